/**
 * What is left of a node's capacity for its pods: less what is reserved for the system and the kubelet, and less what
 * hard eviction thresholds keep free.
 *
 * Upstream: pkg/kubelet/cm/node_container_manager_linux.go (1.36).
 * Simplified: nothing known.
 */
import { type EvictionThreshold, type ThresholdValue } from './eviction-thresholds.js'
import type { KubeletConfig, NodeReservations } from './kubelet-config.js'
import type { Amounts } from './pod-spec.js'
import { formatQuantity, parseQuantity, type Quantity, quantityOf } from './quantity.js'
import { addQuantities, scaledInt64, subtractQuantities } from './quantity-arithmetic.js'
import { amountOf } from './resources.js'

/** Quantities by resource name. */
export type Quantities = ReadonlyMap<string, Quantity>

/** Hard thresholds that count as reserved, by the resource they keep free. */
const RESERVED_SIGNALS: Readonly<Partial<Record<EvictionThreshold['signal'], string>>> = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
}

const ZERO: Quantity = quantityOf(0)

/** The capacity less the reservations; `withEviction` also less the hard thresholds, as the scheduler sees it. */
export function nodeAllocatable(
  capacity: Amounts,
  reservations: NodeReservations,
  thresholds: readonly EvictionThreshold[],
): Map<string, Quantity> {
  const reserved = nodeReservation(capacity, reservations, thresholds)
  const left = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(capacity)) {
    const whole = parseQuantity(text) ?? ZERO
    const taken = reserved.get(name)
    const rest = taken === undefined ? whole : subtractQuantities(whole, taken)
    left.set(name, rest.unscaled < 0n ? { ...ZERO, format: whole.format } : rest)
  }
  return left
}

/** The same in the units of the model: milliCPU, bytes, counts. */
export function allocatableAmounts(
  capacity: Readonly<Record<string, number>>,
  { reservations, thresholds }: Pick<KubeletConfig, 'reservations' | 'thresholds'>,
): Record<string, number> {
  const written = Object.entries(capacity).map(([name, amount]) => {
    return [name, name === 'cpu' ? `${amount}m` : String(amount)] as const
  })
  const left = nodeAllocatable(Object.fromEntries(written), reservations, thresholds)
  return Object.fromEntries(
    [...left].map(([name, quantity]) => [name, amountOf(name, formatQuantity(quantity)) ?? 0]),
  )
}

/** What no pod may use: reserved for the system, for the kubelet, and kept free by hard thresholds. */
export function nodeReservation(
  capacity: Amounts,
  { kubeReserved = {}, systemReserved = {} }: NodeReservations,
  thresholds: readonly EvictionThreshold[],
): Map<string, Quantity> {
  const reserved = new Map<string, Quantity>()
  const evicted = hardEvictionReservation(capacity, thresholds)
  for (const name of Object.keys(capacity)) {
    let sum = ZERO
    for (const text of [systemReserved[name], kubeReserved[name]]) {
      const quantity = text === undefined ? undefined : parseQuantity(text)
      if (quantity !== undefined) sum = addQuantities(sum, quantity)
    }
    const kept = evicted.get(name)
    if (kept !== undefined) sum = addQuantities(sum, kept)
    if (sum.unscaled > 0n) reserved.set(name, sum)
  }
  return reserved
}

/** The amount a threshold stands for on a node of this capacity. */
export function thresholdQuantity(value: ThresholdValue, capacity: Quantity): Quantity {
  if ('quantity' in value) return value.quantity
  return quantityOf(BigInt(Math.trunc(Number(scaledInt64(capacity, 0)) * value.fraction)), 'BinarySI')
}

function hardEvictionReservation(capacity: Amounts, thresholds: readonly EvictionThreshold[]): Quantities {
  const kept = new Map<string, Quantity>()
  for (const { signal, value, graceSeconds } of thresholds) {
    const resource = RESERVED_SIGNALS[signal]
    if (resource === undefined || graceSeconds > 0) continue
    const whole = parseQuantity(capacity[resource] ?? '0') ?? ZERO
    kept.set(resource, thresholdQuantity(value, whole))
  }
  return kept
}
