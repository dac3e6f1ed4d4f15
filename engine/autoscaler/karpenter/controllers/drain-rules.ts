/**
 * In which order pods leave a node that Karpenter empties, and from when on they are made to.
 * Upstream: Karpenter core 1.15, groupPodsByPriority of pkg/controllers/node/termination/terminator/terminator.go and
 * needsForceDelete of eviction.go.
 * Simplified: nothing known.
 */
import { NEVER, SECOND, type SimTime } from '../../../kernel/time.js'
import { type DisruptedPod, LEFT_BEHIND_AFTER, protectedUntil } from '../disrupted-pod.js'

const DEFAULT_GRACE_SECONDS = 30
const CRITICAL: ReadonlySet<string> = new Set(['system-cluster-critical', 'system-node-critical'])

/** Groups go one after another: those that others build on come last. */
export function groupOf({ spec, isOfDaemonSet }: DisruptedPod): number {
  return (CRITICAL.has(spec.priorityClassName ?? '') ? 2 : 0) + (isOfDaemonSet ? 1 : 0)
}

export function graceSecondsOf({ spec }: DisruptedPod): number {
  return spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS
}

/** Its own grace period would last longer than the node's. */
export function mustBeDeleted(pod: DisruptedPod, deadline: SimTime, now: SimTime): boolean {
  if (deadline === NEVER) return false
  const { deletionTime } = pod
  if (deletionTime !== undefined) return deletionTime > deadline
  return now > deadline - graceSecondsOf(pod) * SECOND
}

/** When waiting alone makes another thing of the pod; undefined: never again. */
export function nextTurn(pod: DisruptedPod, deadline: SimTime, now: SimTime): SimTime | undefined {
  const { deletionTime } = pod
  const turns = [
    deadline === NEVER ? NEVER : deadline - graceSecondsOf(pod) * SECOND + 1,
    deletionTime === undefined ? NEVER : deletionTime + LEFT_BEHIND_AFTER + 1,
    protectedUntil(pod) ?? NEVER,
  ].filter(turn => turn > now && turn !== NEVER)
  return turns.length === 0 ? undefined : Math.min(...turns)
}
