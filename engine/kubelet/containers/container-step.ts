/**
 * What is due next in a container's life: part of the argument of its events.
 *
 * Upstream: the steps of SyncPod, pkg/kubelet/kuberuntime/kuberuntime_manager.go (1.36).
 * Simplified: nothing known.
 */
export const Step = {
  Started: 0,
  Hooked: 1,
  Exited: 2,
  Killed: 3,
  Restarted: 4,
  Probed: 5,
  PullAgain: 6,
  Ended: 7,
} as const
export type Step = (typeof Step)[keyof typeof Step]
/** How many there are. */
export const STEPS = 8
