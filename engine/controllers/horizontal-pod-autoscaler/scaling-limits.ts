/**
 * How far one step may go: between the bounds of the spec, and no faster than the policies of `behavior`
 * allow, or without it than to twice the size, but always to 4.
 *
 * Upstream: convertDesiredReplicasWithRules, convertDesiredReplicasWithBehaviorRate,
 * calculateScaleUpLimit... in pkg/controller/podautoscaler/horizontal.go (1.36).
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { ScalingRules } from '../../model/autoscaling.js'
import { toInt32 } from './go-numbers.js'
import type { ScaleEvents } from './scale-events.js'

const MAX_INT32 = 2 ** 31 - 1
const MIN_INT32 = -(2 ** 31)
const SCALE_UP_FACTOR = 2
const SCALE_UP_MINIMUM = 4

export interface LimitedSize {
  readonly replicas: number
  /** Reason and message of the ScalingLimited condition. */
  readonly reason: string
  readonly message: string
}

export interface SizeBounds {
  readonly minReplicas: number
  readonly maxReplicas: number
}

export interface PolicyLimits extends SizeBounds {
  readonly scaleUp: ScalingRules
  readonly scaleDown: ScalingRules
  readonly ups: ScaleEvents
  readonly downs: ScaleEvents
}

const MESSAGES = {
  ScaleUpLimit: 'the desired replica count is increasing faster than the maximum scale rate',
  ScaleDownLimit: 'the desired replica count is decreasing faster than the maximum scale rate',
  TooManyReplicas: 'the desired replica count is more than the maximum replica count',
  TooFewReplicas: 'the desired replica count is less than the minimum replica count',
  DesiredWithinRange: 'the desired count is within the acceptable range',
} as const

function limited(replicas: number, reason: keyof typeof MESSAGES): LimitedSize {
  return { replicas, reason, message: MESSAGES[reason] }
}

/** The size allowed without `behavior`. */
export function limitByBounds(current: number, desired: number, bounds: SizeBounds): LimitedSize {
  const { minReplicas, maxReplicas } = bounds
  const fastest = Math.max(SCALE_UP_FACTOR * current, SCALE_UP_MINIMUM)
  if (desired < minReplicas) return limited(minReplicas, 'TooFewReplicas')
  if (desired > Math.min(maxReplicas, fastest)) {
    return maxReplicas > fastest ? limited(fastest, 'ScaleUpLimit') : limited(maxReplicas, 'TooManyReplicas')
  }
  return limited(desired, 'DesiredWithinRange')
}

/** The size allowed with `behavior`. */
export function limitByPolicies(
  current: number,
  desired: number,
  limits: PolicyLimits,
  now: SimTime,
): LimitedSize {
  const { minReplicas, maxReplicas } = limits
  if (desired > current) {
    const fastest = Math.max(scaleUpLimit(current, limits, now), current)
    if (desired > Math.min(maxReplicas, fastest)) {
      return maxReplicas > fastest
        ? limited(fastest, 'ScaleUpLimit')
        : limited(maxReplicas, 'TooManyReplicas')
    }
  } else if (desired < current) {
    const fastest = Math.min(scaleDownLimit(current, limits, now), current)
    if (desired < Math.max(minReplicas, fastest)) {
      return minReplicas < fastest
        ? limited(fastest, 'ScaleDownLimit')
        : limited(minReplicas, 'TooFewReplicas')
    }
  }
  return limited(desired, 'DesiredWithinRange')
}

function scaleUpLimit(current: number, { scaleUp, ups, downs }: PolicyLimits, now: SimTime): number {
  if (scaleUp.selectPolicy === 'Disabled') return current
  const isMin = scaleUp.selectPolicy === 'Min'
  let limit = isMin ? MAX_INT32 : MIN_INT32
  for (const { type, value, periodSeconds } of scaleUp.policies ?? []) {
    const period = periodSeconds * SECOND
    const atStart = current - ups.within(period, now) + downs.within(period, now)
    // Rounded up: a small percentage of few pods would never add one.
    const proposed = type === 'Percent' ? toInt32(Math.ceil(atStart * (1 + value / 100))) : atStart + value
    limit = isMin ? Math.min(limit, proposed) : Math.max(limit, proposed)
  }
  return limit
}

function scaleDownLimit(current: number, { scaleDown, ups, downs }: PolicyLimits, now: SimTime): number {
  if (scaleDown.selectPolicy === 'Disabled') return current
  // The smallest change is the highest limit.
  const isMin = scaleDown.selectPolicy === 'Min'
  let limit = isMin ? MIN_INT32 : MAX_INT32
  for (const { type, value, periodSeconds } of scaleDown.policies ?? []) {
    const period = periodSeconds * SECOND
    const atStart = current + downs.within(period, now) - ups.within(period, now)
    const proposed = type === 'Percent' ? toInt32(atStart * (1 - value / 100)) : atStart - value
    limit = isMin ? Math.max(limit, proposed) : Math.min(limit, proposed)
  }
  return limit
}

export function longestPeriod(rules: ScalingRules): SimTime {
  let longest = 0
  for (const { periodSeconds } of rules.policies ?? []) longest = Math.max(longest, periodSeconds)
  return longest * SECOND
}
