import type { NodeId, PodId } from '../state/ids.js'
import type { Verdict } from './pod-admission.js'

/** What the pods' lives meet outside. */
export interface LifecyclePorts {
  /** Whether the pod's kubelet does nothing now; `act` is done when it comes back, if it ever does. */
  isPutOff(pod: PodId, act: (pod: PodId) => void): boolean
  /** Whether the node takes the pod; for 'later', `look` or `admitted` is called in time. */
  admit(node: NodeId, pod: PodId): Verdict
  /** A container was killed for want of memory. */
  ranOutOfMemory(pod: PodId, container: string): void
  /** A pod runs, or runs no more. */
  changed(node: NodeId, pod: PodId): void
}
