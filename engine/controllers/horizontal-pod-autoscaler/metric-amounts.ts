/**
 * Amounts in the specs of metrics, in thousandths.
 * Upstream: MilliValue of the targets in pkg/controller/podautoscaler/horizontal.go (1.36).
 * Simplified: nothing known.
 */
import { quantityFromJson, roundedUp } from '../../model/quantity.js'

/** Undefined when there is none. */
export function milliOf(amount: string | number | null | undefined): number | undefined {
  if (amount === undefined || amount === null) return undefined
  const quantity = quantityFromJson(amount)
  return 'error' in quantity ? undefined : roundedUp(quantity, -3)
}
