/**
 * The Kubernetes events of Karpenter and its rows in the record of node autoscalers, in upstream's words. An event that
 * was written a short while ago is not written again.
 * Upstream: Karpenter core 1.15, pkg/events/recorder.go, pkg/controllers/disruption/events, provisioning/scheduling/
 * events.go, nodeclaim/lifecycle/events.go and node/termination/terminator/events.
 * Simplified: no event says that something was read wrong, or how a move of a Balanced pool was scored.
 */
import type { EventSubject, EventType, EventWriter } from '../../../apiserver/event-recorder.js'
import { MINUTE, type SimTime } from '../../../kernel/time.js'
import type { AutoscalerAction } from '../../../record/autoscaler-record.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import type { NamespaceId, PodId } from '../../../state/ids.js'
import type { NodeClaim } from './node-claim.js'
import { type KnownPool, NODE_POOL_KIND } from './node-pools.js'

const USUAL_REST = 2 * MINUTE
/** Events that are repeated less often, or more. */
const RESTS: Readonly<Record<string, SimTime>> = {
  Unconsolidatable: 15 * MINUTE,
  FailedScheduling: 5 * MINUTE,
  NoAllowedDisruptions: MINUTE,
}

/** The one written longest ago is forgotten first. */
const MOST_REMEMBERED = 4096

export type ActionSink = (action: AutoscalerAction) => void

export interface KarpenterEventSettings {
  readonly state: ClusterState
  readonly writer: EventWriter
  readonly sink: ActionSink
  readonly now: () => SimTime
  /** Claims of the pool that are not gone. */
  readonly sizeOf: (pool: string) => number
}

export class KarpenterEvents {
  readonly #settings: KarpenterEventSettings
  readonly #last = new Map<string, SimTime>()

  constructor(settings: KarpenterEventSettings) {
    this.#settings = settings
  }

  launched(claim: NodeClaim, pods: number): void {
    const sizeAfter = this.#settings.sizeOf(claim.pool.name)
    this.#act({ action: 'scale-up', ...subjectOf(claim), sizeBefore: sizeAfter - 1, sizeAfter, pods })
  }

  outOfCapacity(claim: NodeClaim, message: string): void {
    this.#aboutClaim(
      claim,
      'Warning',
      'InsufficientCapacityError',
      `NodeClaim ${claim.name} event: ${message}`,
    )
    this.#act({ action: 'scale-up-failed', ...subjectOf(claim), reason: 'InsufficientCapacity' })
  }

  neverRegistered(claim: NodeClaim): void {
    this.#act({ action: 'unregistered-deleted', ...subjectOf(claim) })
  }

  removed(claim: NodeClaim): void {
    const { movedPods: pods, deletionReason: reason } = claim
    const sizeAfter = this.#settings.sizeOf(claim.pool.name)
    const action = pods === 0 ? 'scale-down-empty' : 'scale-down'
    this.#act({ action, ...subjectOf(claim), sizeBefore: sizeAfter + 1, sizeAfter, pods, reason })
  }

  nominated(pod: PodId, claim: NodeClaim): void {
    const machine = `nodeclaim/${claim.name}${claim.node === undefined ? '' : `, node/${claim.name}`}`
    this.#aboutPod(pod, 'Normal', 'Nominated', `Pod should schedule on: ${machine}`)
  }

  failedScheduling(pod: PodId, why: string): void {
    this.#aboutPod(pod, 'Warning', 'FailedScheduling', `Failed to schedule pod, ${why}`)
  }

  blocked(claim: NodeClaim, why: string): void {
    this.#aboutBoth(claim, 'DisruptionBlocked', why, '')
  }

  poolBlocked({ name, uid }: KnownPool, reason: string): void {
    const message = `No allowed disruptions for disruption reason ${reason} due to blocking budget`
    const subject = { kind: NODE_POOL_KIND, namespace: '', name, uid }
    this.#write(subject, 'Normal', 'DisruptionBlocked', message, reason, RESTS.NoAllowedDisruptions)
  }

  unconsolidatable(claim: NodeClaim, why: string): void {
    this.#aboutBoth(claim, 'Unconsolidatable', why, '')
  }

  launching(replacement: NodeClaim, reason: string): void {
    this.#aboutClaim(replacement, 'Normal', 'DisruptionLaunching', `Launching NodeClaim: ${reason}`)
  }

  waitingForReadiness(replacement: NodeClaim): void {
    const message = 'Waiting on readiness to continue disruption'
    this.#aboutClaim(replacement, 'Normal', 'DisruptionWaitingReadiness', message)
  }

  terminating(claim: NodeClaim, reason: string): void {
    this.#aboutNode(claim, 'Normal', 'DisruptionTerminating', `Disrupting Node: ${reason}`)
    this.#aboutClaim(claim, 'Normal', 'DisruptionTerminating', `Disrupting NodeClaim: ${reason}`)
  }

  rejected(claim: NodeClaim, command: string, reason: string, savings: number): void {
    const saved = `(savings: $${savings.toFixed(2)})`
    const message = `Consolidation rejected: ${command}, reason: ${reason} ${saved}`
    this.#aboutBoth(claim, 'ConsolidationRejected', message, command + reason)
  }

  candidate(claim: NodeClaim, command: string, savings: number): void {
    const message = `Consolidation candidate: ${command} (savings: $${savings.toFixed(2)})`
    this.#aboutBoth(claim, 'ConsolidationCandidate', message, command)
  }

  evicted(pod: PodId, reason: string): void {
    this.#aboutPod(pod, 'Normal', 'Evicted', `Evicted pod: ${reason}`)
  }

  deletedForDeadline(pod: PodId, deadline: string, granted: number, grace: number): void {
    const message =
      `Deleting the pod to accommodate the terminationTime ${deadline} of the node. The pod was granted ${granted} ` +
      `seconds of grace-period of its ${grace} terminationGracePeriodSeconds. This bypasses the PDB of the pod and ` +
      'the do-not-disrupt annotation.'
    this.#aboutPod(pod, 'Normal', 'Disrupted', message)
  }

  failedDraining(claim: NodeClaim, why: string): void {
    this.#aboutNode(claim, 'Warning', 'FailedDraining', `Failed to drain node, ${why}`)
  }

  deadline(claim: NodeClaim, time: string): void {
    const message = `All pods will be deleted by ${time}`
    this.#aboutNode(claim, 'Warning', 'TerminationGracePeriodExpiring', message)
    this.#aboutClaim(claim, 'Warning', 'TerminationGracePeriodExpiring', message)
  }

  #act(action: AutoscalerAction): void {
    this.#settings.sink(action)
  }

  #aboutPod(pod: PodId, type: EventType, reason: string, message: string): void {
    const { pods, namespaces } = this.#settings.state
    const name = pods.name[pod]
    if (name === undefined) return
    const namespace = namespaces.get(pods.namespace[pod] as NamespaceId)
    this.#write({ kind: 'Pod', namespace, name, uid: pods.uid[pod] }, type, reason, message)
  }

  #aboutBoth(claim: NodeClaim, reason: string, message: string, topic: string): void {
    this.#aboutNode(claim, 'Normal', reason, message, topic)
    this.#aboutClaim(claim, 'Normal', reason, message, topic)
  }

  #aboutClaim({ name, uid }: NodeClaim, type: EventType, reason: string, message: string, topic = ''): void {
    this.#write({ kind: 'NodeClaim', namespace: '', name, uid }, type, reason, message, topic)
  }

  #aboutNode({ node }: NodeClaim, type: EventType, reason: string, message: string, topic = ''): void {
    const { nodes } = this.#settings.state
    const name = node === undefined ? undefined : nodes.name[node]
    if (node === undefined || name === undefined) return
    this.#write({ kind: 'Node', namespace: '', name, uid: nodes.uid[node] }, type, reason, message, topic)
  }

  /** @param topic what tells events of one reason about one object apart, but for their words */
  #write(
    subject: EventSubject,
    type: EventType,
    reason: string,
    message: string,
    topic = '',
    rest = RESTS[reason] ?? USUAL_REST,
  ): void {
    const now = this.#settings.now()
    const key = `${subject.uid}/${reason}/${topic}`
    const last = this.#last.get(key)
    if (last !== undefined && now - last < rest) return
    this.#last.delete(key)
    this.#last.set(key, now)
    if (this.#last.size > MOST_REMEMBERED) this.#last.delete(this.#last.keys().next().value as string)
    this.#settings.writer.record(subject, type, reason, message)
  }
}

function subjectOf(claim: NodeClaim): { readonly group: string; readonly node: string } {
  return { group: claim.pool.name, node: claim.name }
}
