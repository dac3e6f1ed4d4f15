/**
 * All limit ranges of a namespace as one: the lowest maximum, the highest minimum, the last default limits.
 * Upstream: vertical-pod-autoscaler/pkg/utils/limitrange/limit_range_calculator.go (VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { Amounts } from '../../model/pod-spec.js'
import type { Quantity } from '../../model/quantity.js'
import { compareQuantities } from '../../model/quantity-arithmetic.js'
import { type ResourceList, resourceListOf } from '../../model/resource-list.js'
import { SCALED_RESOURCES } from './proportional-limits.js'

interface LimitItem {
  readonly type: string
  readonly min?: Amounts
  readonly max?: Amounts
  readonly default?: Amounts
}

export interface LimitRange {
  readonly limits?: readonly LimitItem[]
}

/** Bounds of limits; a missing list is undefined, as it bounds nothing at all. */
export interface LimitBounds {
  readonly min: ResourceList | undefined
  readonly max: ResourceList | undefined
  readonly defaults: ResourceList
}

/** What applies to the limits of containers, or of whole pods; undefined when nothing does. */
export function limitBounds(
  ranges: readonly LimitRange[],
  type: 'Container' | 'Pod',
): LimitBounds | undefined {
  let min: ResourceList | undefined
  let max: ResourceList | undefined
  let defaults: ResourceList | undefined
  for (const { limits = [] } of ranges) {
    for (const item of limits) {
      if (item.type !== type) continue
      if (item.default !== undefined) defaults = resourceListOf(item.default)
      if (item.max !== undefined) max = stricter(max, resourceListOf(item.max), -1)
      if (item.min !== undefined) min = stricter(min, resourceListOf(item.min), 1)
    }
  }
  if (min === undefined && max === undefined && defaults === undefined) return undefined
  return { min, max, defaults: defaults ?? new Map<string, Quantity>() }
}

/** @param sign 1 keeps the higher amount, -1 the lower */
function stricter(known: ResourceList | undefined, added: ResourceList, sign: 1 | -1): ResourceList {
  if (known === undefined) return added
  const result = new Map(known)
  for (const name of SCALED_RESOURCES) {
    const amount = added.get(name)
    if (amount === undefined) continue
    const own = result.get(name)
    if (own === undefined || compareQuantities(amount, own) === sign) result.set(name, amount)
  }
  return result
}
