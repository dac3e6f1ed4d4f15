/**
 * Thresholds against what is measured on a node, and what each signal stands for.
 *
 * Upstream: thresholdsMet, signalToNodeCondition and signalToResource of pkg/kubelet/eviction/helpers.go (1.36).
 * Simplified: every look finds new measurements.
 */
import type { EvictionSignal, EvictionThreshold } from '../model/eviction-thresholds.js'
import { thresholdQuantity } from '../model/node-allocatable.js'
import { type Quantity, quantityOf, roundedUp } from '../model/quantity.js'
import type { DiskParts, StarvedResource } from './eviction-rank.js'

/** Bytes, inodes or processes. */
export interface Observation {
  readonly available: number
  readonly capacity: number
}

export type Observations = Readonly<Partial<Record<EvictionSignal, Observation>>>

export type PressureCondition = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

/** The resource that a signal is about. */
export function starvedResource(signal: EvictionSignal): StarvedResource {
  if (signal === 'pid.available') return 'pids'
  if (isMemorySignal(signal)) return 'memory'
  return signal.endsWith('.inodesFree') ? 'inodes' : 'ephemeral-storage'
}

export function isMemorySignal(signal: EvictionSignal): boolean {
  return signal === 'memory.available' || signal === 'allocatableMemory.available'
}

/** The condition that a node gets by a signal. */
export function conditionOf(signal: EvictionSignal): PressureCondition {
  if (signal === 'pid.available') return 'PIDPressure'
  return isMemorySignal(signal) ? 'MemoryPressure' : 'DiskPressure'
}

/** With a filesystem for images, containers write their layers there and their logs to the node's. */
export function diskParts(signal: EvictionSignal, hasImageFs: boolean): DiskParts {
  const isNodeFs = signal.startsWith('nodefs.')
  return { rootfs: !hasImageFs || !isNodeFs, logs: !hasImageFs || isNodeFs }
}

/** Whether images and dead containers are removed before any pod is. */
export function isReclaimable(signal: EvictionSignal, hasImageFs: boolean): boolean {
  if (isMemorySignal(signal) || signal === 'pid.available') return false
  return !hasImageFs || !signal.startsWith('nodefs.')
}

/** Less than this must be available for the threshold to be met. */
export function limitOf({ value }: EvictionThreshold, observed: Observation): Quantity {
  return thresholdQuantity(value, quantityOf(observed.capacity))
}

/** The thresholds that are met; `withReclaim`: or not yet left behind by the minimum to be reclaimed. */
export function thresholdsMet(
  thresholds: readonly EvictionThreshold[],
  observations: Observations,
  withReclaim: boolean,
): EvictionThreshold[] {
  return thresholds.filter(threshold => {
    const observed = observations[threshold.signal]
    if (observed === undefined) return false
    return observed.available < limitBytes(threshold, observed, withReclaim)
  })
}

/** The limit as a plain number. */
export function limitBytes(
  threshold: EvictionThreshold,
  observed: Observation,
  withReclaim: boolean,
): number {
  const limit = roundedUp(limitOf(threshold, observed), 0) ?? 0
  if (!withReclaim || threshold.minReclaim === undefined) return limit
  return limit + (roundedUp(thresholdQuantity(threshold.minReclaim, quantityOf(observed.capacity)), 0) ?? 0)
}
