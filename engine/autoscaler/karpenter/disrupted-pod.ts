/**
 * What Karpenter asks about a pod of a node that it may disrupt: whether it would move, whether it may be evicted,
 * whether it forbids a disruption.
 * Upstream: Karpenter core 1.15, pkg/utils/pod/scheduling.go.
 * Simplified: events about annotations that cannot be read or have run out are not written.
 */
import { MINUTE, type SimTime } from '../../kernel/time.js'
import { parseGoDuration } from '../../model/go-duration.js'
import type { Labels } from '../../model/labels.js'
import { isTolerated } from '../../model/taints.js'
import { DISRUPTED_TAINT } from './karpenter-taints.js'
import type { SchedulingPod } from './scheduling-pod.js'

export const DO_NOT_DISRUPT = 'karpenter.sh/do-not-disrupt'

/** How long past its grace period a deleted pod still holds its node. */
export const LEFT_BEHIND_AFTER: SimTime = MINUTE

/** A pod on a node, as the disruption side looks at it. Times are virtual. */
export interface DisruptedPod extends SchedulingPod {
  readonly annotations: Labels
  readonly priority: number
  readonly isOfStatefulSet: boolean
  /** The kubelet made it: its owner is its node. */
  readonly isStatic: boolean
  /** The condition Ready is there and says False. */
  readonly isUnready: boolean
  readonly startTime?: SimTime
  /** When it is to be gone, once it is deleted. */
  readonly deletionTime?: SimTime
}

/** It runs, or will, and nobody has deleted it. */
function isActive({ isTerminal, isTerminating }: DisruptedPod): boolean {
  return !isTerminal && !isTerminating
}

/** It needs a place elsewhere when its node goes. A StatefulSet brings back what is being deleted. */
export function isReschedulable(pod: DisruptedPod): boolean {
  const comesBack = pod.isOfStatefulSet && pod.isTerminating
  return (isActive(pod) || comesBack) && !pod.isOfDaemonSet && !pod.isStatic
}

/** Karpenter asks for its eviction. */
export function isEvictable(pod: DisruptedPod, now: SimTime): boolean {
  return isActive(pod) && !staysOnDisrupted(pod) && !pod.isStatic && !isProtected(pod, now)
}

/** Its node is not given back before it is gone. Protected pods are waited for, though nobody evicts them. */
export function isWaitedFor(pod: DisruptedPod, now: SimTime): boolean {
  const { isTerminal, deletionTime, isStatic } = pod
  const isStuck = deletionTime !== undefined && now - deletionTime > LEFT_BEHIND_AFTER
  return !isTerminal && !staysOnDisrupted(pod) && !isStuck && !isStatic
}

/** Nothing in the pod forbids to disrupt its node. Counts for daemons and static pods too. */
export function isDisruptable(pod: DisruptedPod, now: SimTime): boolean {
  return !isActive(pod) || !isProtected(pod, now)
}

/** When a protection that is given as a duration ends; undefined: there is none, or it has no end. */
export function protectedUntil({ annotations, startTime }: DisruptedPod): SimTime | undefined {
  const micros = protectionMicros(annotations[DO_NOT_DISRUPT])
  return startTime === undefined || micros === undefined ? undefined : startTime + micros
}

function isProtected(pod: DisruptedPod, now: SimTime): boolean {
  const value = pod.annotations[DO_NOT_DISRUPT]
  if (value === undefined) return false
  if (value === 'true') return true
  if (protectionMicros(value) === undefined) return false
  const until = protectedUntil(pod)
  // A pod that has not started may have all of its time before it.
  return until === undefined || now < until
}

function protectionMicros(value: string | undefined): number | undefined {
  const nanos = value === undefined ? undefined : parseGoDuration(value)
  return typeof nanos === 'bigint' && nanos > 0n ? Number(nanos) / 1000 : undefined
}

function staysOnDisrupted({ spec }: DisruptedPod): boolean {
  return isTolerated(spec.tolerations ?? [], DISRUPTED_TAINT)
}
