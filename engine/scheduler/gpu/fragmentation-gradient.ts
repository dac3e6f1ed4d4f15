import { type GpuDemand, isShare } from '../../model/gpu-demand.js'
import type { ModelTables } from '../../model/gpu-fragmentation.js'
import type { NodeId } from '../../state/ids.js'
import { MAX_SCORE } from '../framework/normalize.js'
import { bestFitDevices } from './device-choice.js'
import { MAX_DEVICES } from './gpu-devices.js'
import type { NodeFragmentation } from './node-fragmentation.js'

/**
 * How much a pod would change the fragmentation of a node, as a score: 100 times the sigmoid of what it would lessen
 * it by in devices, cut to a whole number. A share is tried on every device that fits, and the best counts.
 *
 * Upstream: section 4.3 of the FGD paper (USENIX ATC '23) and the rules of its artifact.
 * Simplified: nothing known.
 */
export class FragmentationGradient {
  readonly #fragmentation: NodeFragmentation
  /** What is free on the devices of the node at hand. */
  readonly #free = new Int32Array(MAX_DEVICES)
  #tables: ModelTables
  #devices = 0

  constructor(fragmentation: NodeFragmentation) {
    this.#fragmentation = fragmentation
    this.#tables = fragmentation.measure.tablesOf('')
  }

  /** The score of a node on which the pod fits. */
  score(node: NodeId, demand: GpuDemand): number {
    const fragmentation = this.#fragmentation
    const count = fragmentation.devices.copyFree(node, this.#free)
    const left = fragmentation.freeMilliCPU(node) - demand.milliCPU
    const before = fragmentation.weighed(node)
    this.#tables = fragmentation.tablesOf(node)
    if (isShare(demand)) return this.#bestShare(demand.milliEach, left, before, count)
    const free = this.#free
    if (demand.devices > 0) {
      for (const device of bestFitDevices(demand, free, 0, count)) free[device] -= demand.milliEach
    }
    return this.#scoreOf(left, before, count)
  }

  /** The device behind the score, as bits, for a share that counts on the node and holds `held` already. */
  deviceFor(node: NodeId, { milliCPU, milliEach }: GpuDemand, held: number): number {
    const fragmentation = this.#fragmentation
    const free = this.#free
    const count = fragmentation.devices.copyFree(node, free)
    for (let i = 0; i < count; i++) if ((held & (1 << i)) !== 0) free[i] += milliEach
    const left = fragmentation.freeMilliCPU(node)
    this.#tables = fragmentation.tablesOf(node)
    const before = fragmentation.measure.weighed(this.#tables, left + milliCPU, free, 0, count)
    this.#bestShare(milliEach, left, before, count)
    return this.#devices
  }

  /** The best score over the devices that fit; the first device of that score is kept. */
  #bestShare(milli: number, freeMilliCPU: number, before: number, count: number): number {
    const free = this.#free
    let best = -1
    this.#devices = 0
    for (let device = 0; device < count; device++) {
      const room = free[device]
      if (room < milli || isAmong(free, room, device)) continue
      free[device] = room - milli
      const score = this.#scoreOf(freeMilliCPU, before, count)
      free[device] = room
      if (score <= best) continue
      best = score
      this.#devices = 1 << device
    }
    return Math.max(best, 0)
  }

  #scoreOf(freeMilliCPU: number, before: number, count: number): number {
    const { measure } = this.#fragmentation
    const after = measure.weighed(this.#tables, freeMilliCPU, this.#free, 0, count)
    const gain = (before - after) / (Math.max(measure.total, 1) * 1000)
    return Math.trunc(MAX_SCORE / (1 + Math.exp(-gain)))
  }
}

/** Whether an earlier device has exactly as much room, and so the same score. */
function isAmong(free: Int32Array, room: number, before: number): boolean {
  for (let i = 0; i < before; i++) if (free[i] === room) return true
  return false
}
