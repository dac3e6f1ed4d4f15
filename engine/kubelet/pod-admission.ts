/**
 * Admission of pods by the kubelet that is to run them. A pod that does not fit is refused and fails; for a critical
 * one that only lacks resources others are ended first, and whatever else the node is given meanwhile waits.
 *
 * Upstream: canAdmitPod of pkg/kubelet/kubelet.go, pkg/kubelet/lifecycle/predicate.go,
 * HandleAdmissionFailure of pkg/kubelet/preemption/preemption.go (1.36).
 * Simplified: pods of recorded runs are taken as they come, as their kubelets did.
 */
import { isRecorded } from '../model/pod-behaviour.js'
import { isCriticalPod, qosClass } from '../model/qos.js'
import { effectiveRequests } from '../model/resources.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { NodeId, PodId, TemplateId } from '../state/ids.js'
import { type PreemptablePod, podsToPreempt, type Requirement } from './critical-preemption.js'
import type { NodePredicates, PredicateFailure } from './node-predicates.js'
import type { PodEnding } from './pod-endings.js'

/** Why a pod is not taken; 'later': it waits for others to end. */
export type Verdict = PodEnding | 'admitted' | 'later'

export interface AdmissionPorts {
  /** Handlers before and after the predicates. */
  readonly refusals: readonly ((node: NodeId, pod: PodId) => PodEnding | undefined)[]
  readonly lastRefusal: (node: NodeId, pod: PodId) => PodEnding | undefined
  /** Ends a pod within its own grace period. */
  end(pod: PodId, ending: PodEnding): void
  /** The pod has been let in after having waited. */
  admitted(pod: PodId): void
  /** The pod's turn has come to be looked at. */
  look(pod: PodId): void
}

const ENDING: PodEnding = {
  reason: 'Preempting',
  message: 'Preempted in order to admit critical pod',
  isDisruption: true,
}

/** A node whose kubelet waits for pods to end. */
interface Preemption {
  readonly critical: Waiting
  readonly victims: Set<PodId>
  readonly queue: Waiting[]
}

interface Waiting {
  readonly pod: PodId
  readonly uid: number
}

interface Candidate extends PreemptablePod {
  readonly pod: PodId
}

export class PodAdmission {
  readonly #state: ClusterState
  readonly #ports: AdmissionPorts
  readonly #predicates: NodePredicates
  readonly #preemptions = new Map<NodeId, Preemption>()
  readonly #recorded: (boolean | undefined)[] = []

  constructor(state: ClusterState, predicates: NodePredicates, ports: AdmissionPorts) {
    this.#state = state
    this.#ports = ports
    this.#predicates = predicates
  }

  admit(node: NodeId, pod: PodId): Verdict {
    const { pods } = this.#state
    const preemption = this.#preemptions.size === 0 ? undefined : this.#preemptions.get(node)
    if (preemption !== undefined) {
      preemption.queue.push({ pod, uid: pods.uid[pod] })
      return 'later'
    }
    for (const refusal of this.#ports.refusals) {
      const ending = refusal(node, pod)
      if (ending !== undefined) return ending
    }
    if (!this.#isRecorded(pods.templateOf(pod))) {
      const failures = this.#predicates.failures(node, pod)
      if (failures.length > 0) {
        const verdict = this.#failed(node, pod, failures)
        if (verdict !== 'admitted') return verdict
      }
    }
    return this.#ports.lastRefusal(node, pod) ?? 'admitted'
  }

  /** A pod has ended, or its object has gone. */
  podChanged(node: NodeId, pod: PodId): void {
    if (this.#preemptions.size === 0) return
    const preemption = this.#preemptions.get(node)
    if (preemption === undefined || !preemption.victims.has(pod)) return
    const { pods } = this.#state
    if (pods.exists(pod) && !pods.isFinished(pod)) return
    preemption.victims.delete(pod)
    if (preemption.victims.size > 0) return
    this.#preemptions.delete(node)
    if (this.#isStill(preemption.critical)) this.#ports.admitted(preemption.critical.pod)
    for (const waiting of preemption.queue) if (this.#isStill(waiting)) this.#ports.look(waiting.pod)
  }

  /** The machine is down, or the node has gone: nobody is waited for any more. */
  forget(node: NodeId): void {
    this.#preemptions.delete(node)
  }

  #failed(node: NodeId, pod: PodId, failures: readonly PredicateFailure[]): Verdict {
    const { pods, templates } = this.#state
    const { annotations } = templates.get(pods.templateOf(pod))
    if (!isCriticalPod(pods.priority[pod], annotations)) return endingOf(failures[0])
    const other = failures.find(failure => 'predicate' in failure)
    if (other !== undefined) return endingOf(other)
    const requirements = failures.flatMap((failure): Requirement[] => {
      if ('predicate' in failure) return []
      const { resource, requested, used, capacity } = failure
      return [{ resource, amount: requested - (capacity - used) }]
    })
    const preemptor = { priority: pods.priority[pod], isCritical: true }
    const active = this.#predicates.active(node).filter(one => one !== pod)
    const victims = podsToPreempt(
      preemptor,
      active.map(one => this.#candidate(one)),
      requirements,
    )
    if (victims === undefined) return unexpected(requirements)
    this.#preemptions.set(node, {
      critical: { pod, uid: pods.uid[pod] },
      victims: new Set(victims.map(({ pod: victim }) => victim)),
      queue: [],
    })
    for (const victim of victims) this.#ports.end(victim.pod, ENDING)
    return 'later'
  }

  #candidate(pod: PodId): Candidate {
    const { pods, templates } = this.#state
    const { spec, annotations } = templates.get(pods.templateOf(pod))
    const priority = pods.priority[pod]
    const requests = effectiveRequests(spec).set('pods', 1)
    return { pod, priority, isCritical: isCriticalPod(priority, annotations), qos: qosClass(spec), requests }
  }

  #isStill({ pod, uid }: Waiting): boolean {
    const { pods } = this.#state
    return pods.uid[pod] === uid && pods.exists(pod) && !pods.isTerminating(pod)
  }

  #isRecorded(template: TemplateId): boolean {
    return (this.#recorded[template] ??= isRecorded(this.#state.templates.get(template).annotations))
  }
}

function endingOf(failure: PredicateFailure): PodEnding {
  if ('predicate' in failure) {
    const { predicate, description } = failure
    const message = `Predicate ${predicate} failed: ${description}`
    return { reason: predicate, message, isDisruption: false }
  }
  const { resource, requested, used, capacity } = failure
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`
  const message = `Node didn't have enough resource: ${resource}, ${amounts}`
  return { reason: `OutOf${resource}`, message, isDisruption: false }
}

function unexpected(requirements: readonly Requirement[]): PodEnding {
  const list = requirements.map(({ resource, amount }) => `(res: ${resource}, q: ${amount}), `).join('')
  const cause = `no set of running pods found to reclaim resources: [${list}]`
  const message =
    'Unexpected error while attempting to recover from admission failure: ' +
    `preemption: error finding a set of pods to preempt: ${cause}`
  return { reason: 'UnexpectedAdmissionError', message, isDisruption: false }
}
