/**
 * Which devices of a node a pod gets. Pods of whole devices take the first that are wholly free; a share takes, unless
 * the policy says otherwise, the device with the least room that is enough.
 *
 * Upstream: the rules of the FGD paper's simulator (USENIX ATC '23).
 * Simplified: nothing known.
 */
import { type GpuDemand, isShare } from '../../model/gpu-demand.js'

/** Whether `devices` of those in `free[from..from + count)` have `milliEach` each. */
export function fitsDevices(
  { devices, milliEach }: GpuDemand,
  free: Int32Array,
  from: number,
  count: number,
): boolean {
  let fitting = 0
  for (let i = from; i < from + count; i++) if (free[i] >= milliEach) fitting++
  return fitting >= devices
}

/** The devices for the pod, by their numbers, ascending; empty when there are too few. */
export function bestFitDevices(
  demand: GpuDemand,
  free: Int32Array,
  from: number,
  count: number,
): readonly number[] {
  if (!fitsDevices(demand, free, from, count)) return []
  return isShare(demand)
    ? [tightestDevice(demand.milliEach, free, from, count)]
    : firstDevices(demand, free, from, count)
}

/** The device with the least free that is enough, the first of equal ones; -1 when there is none. */
export function tightestDevice(milli: number, free: Int32Array, from: number, count: number): number {
  let best = -1
  for (let i = 0; i < count; i++) {
    const room = free[from + i]
    if (room >= milli && (best < 0 || room < free[from + best])) best = i
  }
  return best
}

function firstDevices(
  { devices, milliEach }: GpuDemand,
  free: Int32Array,
  from: number,
  count: number,
): readonly number[] {
  const chosen: number[] = []
  for (let i = 0; i < count && chosen.length < devices; i++) if (free[from + i] >= milliEach) chosen.push(i)
  return chosen
}

/** A set of devices as bits. */
export function devicesMask(devices: readonly number[]): number {
  let mask = 0
  for (const device of devices) mask |= 1 << device
  return mask
}
