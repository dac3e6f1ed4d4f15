/**
 * What it costs to move pods, in pods: one each, more or less as annotations and priorities say.
 * Upstream: Karpenter core 1.15, pkg/utils/disruption/disruption.go and computeRescheduleDisruptionCost of
 * pkg/controllers/disruption/types.go.
 * Simplified: hexadecimal numbers in annotations are not read.
 */
import type { SimTime } from '../../kernel/time.js'
import type { DisruptedPod } from './disrupted-pod.js'

const DISRUPTION_COST = 'karpenter.sh/disruption-cost'
const POD_DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
const ANNOTATION_UNIT = 2 ** 27
const PRIORITY_UNIT = 2 ** 25
const MOST = 10
const GO_FLOAT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** What a node costs that nobody misses. */
export const NODE_COST = 1

export function evictionCost({ annotations, priority }: DisruptedPod): number {
  // Once the annotation of its own is there, the other one is not looked at, readable or not.
  const stated = annotations[DISRUPTION_COST] ?? annotations[POD_DELETION_COST] ?? ''
  const cost = 1 + parsedCost(stated) / ANNOTATION_UNIT + priority / PRIORITY_UNIT
  return Math.min(Math.max(cost, -MOST), MOST)
}

/** The sum over all pods of a node, daemons and finished ones too; it may be negative. */
export function reschedulingCost(pods: readonly DisruptedPod[]): number {
  return pods.reduce((sum, pod) => sum + evictionCost(pod), 0)
}

/** The node and those of its pods that somebody would miss. */
export function disruptionCostOf(pods: readonly DisruptedPod[]): number {
  return pods.reduce((sum, pod) => sum + Math.max(0, evictionCost(pod)), NODE_COST)
}

/**
 * The share of its life that a node has before it: the sooner it goes anyway, the less it costs to disrupt it.
 * @param expireAfter microseconds from its creation; undefined: never
 */
export function lifetimeRemaining(createdAt: SimTime, expireAfter: number | undefined, now: SimTime): number {
  if (expireAfter === undefined) return 1
  const lifetimeSeconds = expireAfter / 1_000_000
  const share = (lifetimeSeconds - (now - createdAt) / 1_000_000) / lifetimeSeconds
  return Math.min(Math.max(share, 0), 1)
}

function parsedCost(text: string): number {
  const cost = GO_FLOAT.test(text) ? Number(text) : 0
  return Number.isFinite(cost) ? cost : 0
}
