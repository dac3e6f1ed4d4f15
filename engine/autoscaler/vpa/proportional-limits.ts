/**
 * Keeps a limit in the ratio to its request that it had, and turns bounds of limits into bounds of requests:
 * cpu in milli, memory in bytes, rounded down.
 * Upstream: vertical-pod-autoscaler/pkg/utils/vpa/limit_and_request_scaling.go (VPA 1.8.1).
 * Simplified: results beyond an int64 are not capped; amounts are validated before they come here.
 */
import { type Quantity, quantityOf, quantityOfMilli } from '../../model/quantity.js'
import { scaledInt64 } from '../../model/quantity-arithmetic.js'
import { type ResourceList, ZERO } from '../../model/resource-list.js'

export type ScaledResource = 'cpu' | 'memory'
export const SCALED_RESOURCES: readonly ScaledResource[] = ['cpu', 'memory']

/**
 * How a scaled amount is rounded: down in general; within the limits of a pod up to a minimum, or down to a
 * maximum, where upstream makes -1 of no memory.
 */
export type Rounding = 'down' | 'up to minimum' | 'down to maximum'

/** scaled * result / base; undefined when the base is nothing, where upstream fails. */
export function scaleProportionally(
  resource: ScaledResource,
  scaled: Quantity,
  base: Quantity,
  result: Quantity,
  rounding: Rounding = 'down',
): Quantity | undefined {
  if (base.unscaled === 0n) return resource === 'cpu' ? scaled : undefined
  const unit = resource === 'cpu' ? -3 : 0
  const divisor = scaledInt64(base, unit)
  const product = scaledInt64(scaled, unit) * scaledInt64(result, unit)
  if (resource === 'memory') {
    const whole = product / divisor
    // It takes 0.999 off and rounds away from zero, which leaves every other whole number as it is.
    return quantityOf(whole === 0n && rounding === 'down to maximum' ? -1n : whole, scaled.format)
  }
  const isUp = rounding === 'up to minimum' && product % divisor !== 0n
  return quantityOfMilli(product / divisor + (isUp ? 1n : 0n), scaled.format)
}

/** The limit that goes with a recommended request; undefined for none. */
export function proportionalLimit(
  resource: ScaledResource,
  { limit, request }: { readonly limit: Quantity | undefined; readonly request: Quantity | undefined },
  recommended: Quantity | undefined,
  defaultLimit: Quantity | undefined,
): Quantity | undefined {
  const original = isNothing(limit) ? defaultLimit : limit
  if (original === undefined || isNothing(original)) return undefined
  if (recommended === undefined || isNothing(recommended)) return undefined
  // A request that is missing counts as equal to the limit.
  if (request === undefined || isNothing(request)) return recommended
  if (scaledInt64(request, -3) === scaledInt64(original, -3)) return recommended
  return scaleProportionally(resource, original, request, recommended)
}

/** Cpu and memory limits for recommended requests, as far as there are any. */
export function proportionalLimits(
  current: { readonly requests: ResourceList; readonly limits: ResourceList },
  recommended: ResourceList,
  defaultLimits: ResourceList,
): ResourceList {
  const result = new Map<string, Quantity>()
  for (const resource of SCALED_RESOURCES) {
    const original = { limit: current.limits.get(resource), request: current.requests.get(resource) }
    const defaultLimit = defaultLimits.get(resource)
    const limit = proportionalLimit(resource, original, recommended.get(resource), defaultLimit)
    if (limit !== undefined) result.set(resource, limit)
  }
  return result
}

/** The request at which the limit would meet its bound; 0 for no bound. */
export function boundaryRequest(
  resource: ScaledResource,
  current: { readonly requests: ResourceList; readonly limits: ResourceList },
  boundaryLimit: Quantity,
  defaultLimit: Quantity | undefined,
): Quantity {
  const limit = current.limits.get(resource)
  const original = isNothing(limit) ? defaultLimit : limit
  if (original === undefined || isNothing(original)) return ZERO
  const request = current.requests.get(resource)
  if (request === undefined || isNothing(request)) return boundaryLimit
  return scaleProportionally(resource, request, original, boundaryLimit) ?? ZERO
}

function isNothing(quantity: Quantity | undefined): boolean {
  return quantity === undefined || quantity.unscaled === 0n
}
