/**
 * Pods that may only be active for so long: their kubelet ends them when activeDeadlineSeconds are over.
 *
 * Upstream: pkg/kubelet/active_deadline.go (1.36).
 * Simplified: nothing known.
 */
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'
import type { PodEnding } from './pod-endings.js'

const ENDING: PodEnding = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
  isDisruption: false,
}

export interface DeadlinePorts {
  isPutOff(pod: PodId, act: (pod: PodId) => void): boolean
  /** Ends a pod within its own grace period. */
  end(pod: PodId, ending: PodEnding): void
}

export class ActiveDeadlines {
  readonly #kernel: Kernel
  readonly #state: ClusterState
  readonly #ports: DeadlinePorts
  readonly #over: EventKind

  constructor(kernel: Kernel, state: ClusterState, ports: DeadlinePorts) {
    this.#kernel = kernel
    this.#state = state
    this.#ports = ports
    this.#over = kernel.on('kubelet/ActiveDeadline', Rank.Kubelet, (pod, uid) =>
      this.#look(pod as PodId, uid),
    )
  }

  /** A pod of the kubelet is new, or its spec has changed. */
  watch(pod: PodId): void {
    const { pods } = this.#state
    const at = this.#deadlineOf(pod)
    if (at !== NEVER) this.#kernel.schedule(Math.max(at, this.#kernel.now), this.#over, pod, pods.uid[pod])
  }

  /** A pod that does not run yet has all of its time before it. */
  #deadlineOf(pod: PodId): SimTime {
    const { pods, templates } = this.#state
    const seconds = templates.get(pods.templateOf(pod)).spec.activeDeadlineSeconds
    if (seconds === undefined) return NEVER
    const since = pods.startedAt[pod] === NEVER ? this.#kernel.now : pods.startedAt[pod]
    return since + seconds * SECOND
  }

  #look(pod: PodId, uid: number): void {
    const { pods } = this.#state
    if (pods.uid[pod] !== uid || !pods.exists(pod) || pods.isFinished(pod)) return
    const at = this.#deadlineOf(pod)
    if (at === NEVER || pods.isTerminating(pod)) return
    if (at > this.#kernel.now) this.#kernel.schedule(at, this.#over, pod, uid)
    else if (!this.#ports.isPutOff(pod, later => this.#look(later, uid))) this.#ports.end(pod, ENDING)
  }
}
