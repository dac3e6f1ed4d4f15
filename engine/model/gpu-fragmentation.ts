/**
 * How much of a node's free GPU the typical pods could not use, each class weighing as many pods as it has. Tables by
 * model and free cpu turn the sum over classes into one look-up a device, and whole numbers keep it exact: equal
 * situations have equal fragmentation to the last bit, on which scores and their ties depend.
 *
 * Upstream: the definition in section 4.1 of the FGD paper (USENIX ATC '23).
 * Simplified: memory plays no part, as in the paper.
 */
import { MILLI_PER_DEVICE } from './gpu-demand.js'
import type { TypicalPod } from './typical-pods.js'

/** A class of several devices each, of which only a part is asked: too rare for a table. */
interface SpreadClass {
  readonly count: number
  readonly milliCPU: number
  readonly devices: number
  readonly milliEach: number
}

/** What counts for the nodes of one model. */
export interface ModelTables {
  /** By cpu step and thousandths free of one device: pods of single-device classes that fit. */
  readonly single: Int32Array
  /** By cpu step and number of wholly free devices: pods of whole-device classes that fit. */
  readonly whole: Int32Array
  readonly spread: readonly SpreadClass[]
}

/** Entries of a table for one cpu step: 0 to 1,000 thousandths. */
const LEVELS = MILLI_PER_DEVICE + 1

export class GpuFragmentation {
  /** Pods of all classes: what fragmentation times this many pods is measured in. */
  readonly total: number
  readonly #typical: readonly TypicalPod[]
  /** Different cpu requests of the classes, ascending; a step is how many of them fit. */
  readonly #cpuSteps: Float64Array
  readonly #mostDevices: number
  readonly #byModel = new Map<string, ModelTables>()

  constructor(typical: readonly TypicalPod[]) {
    this.#typical = typical
    this.total = typical.reduce((sum, { count }) => sum + count, 0)
    const steps = new Set(typical.map(({ milliCPU }) => milliCPU))
    this.#cpuSteps = Float64Array.from(steps).sort()
    this.#mostDevices = typical.reduce((most, { devices }) => Math.max(most, devices), 0)
  }

  /** The tables of nodes of that model; empty: nodes without the label. */
  tablesOf(model: string): ModelTables {
    let tables = this.#byModel.get(model)
    if (tables === undefined) {
      tables = this.#build(model)
      this.#byModel.set(model, tables)
    }
    return tables
  }

  /** How many of the classes' cpu requests fit into so much free cpu. */
  cpuStep(freeMilliCPU: number): number {
    const steps = this.#cpuSteps
    let low = 0
    let high = steps.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (steps[middle] <= freeMilliCPU) low = middle + 1
      else high = middle
    }
    return low
  }

  /**
   * Fragmentation times {@link total} of a node whose devices have `free[from..from + devices)` thousandths.
   * Divide by the total for thousandths of a device.
   */
  weighed(
    tables: ModelTables,
    freeMilliCPU: number,
    free: Int32Array,
    from: number,
    devices: number,
  ): number {
    const step = this.cpuStep(freeMilliCPU)
    const { single } = tables
    const row = step * LEVELS
    let sum = 0
    let usable = 0
    let untouched = 0
    for (let i = from; i < from + devices; i++) {
      const milli = free[i]
      sum += milli
      usable += milli * single[row + milli]
      if (milli === MILLI_PER_DEVICE) untouched++
    }
    usable += this.wholeUsable(tables, step, untouched)
    if (tables.spread.length > 0) usable += spreadUsable(tables.spread, freeMilliCPU, free, from, devices)
    return sum * this.total - usable
  }

  /** What whole-device classes could use of so many wholly free devices, weighed. */
  wholeUsable(tables: ModelTables, step: number, untouched: number): number {
    const most = this.#mostDevices
    const fitting = untouched < most ? untouched : most
    return untouched * MILLI_PER_DEVICE * tables.whole[step * (most + 1) + fitting]
  }

  #build(model: string): ModelTables {
    const steps = this.#cpuSteps.length + 1
    const width = this.#mostDevices + 1
    const single = new Int32Array(steps * LEVELS)
    const whole = new Int32Array(steps * width)
    const spread: SpreadClass[] = []
    for (const { milliCPU, devices, milliEach, models, count } of this.#typical) {
      if (devices === 0 || (models.length > 0 && !models.includes(model))) continue
      if (devices > 1 && milliEach < MILLI_PER_DEVICE) {
        spread.push({ milliCPU, devices, milliEach, count })
        continue
      }
      for (let step = this.cpuStep(milliCPU); step < steps; step++) {
        if (devices === 1) {
          for (let milli = milliEach; milli < LEVELS; milli++) single[step * LEVELS + milli] += count
        } else for (let n = devices; n < width; n++) whole[step * width + n] += count
      }
    }
    return { single, whole, spread }
  }
}

function spreadUsable(
  classes: readonly SpreadClass[],
  freeMilliCPU: number,
  free: Int32Array,
  from: number,
  devices: number,
): number {
  let usable = 0
  for (const wanted of classes) {
    if (wanted.milliCPU > freeMilliCPU) continue
    let fitting = 0
    let sum = 0
    for (let i = from; i < from + devices; i++) {
      if (free[i] < wanted.milliEach) continue
      fitting++
      sum += free[i]
    }
    if (fitting >= wanted.devices) usable += sum * wanted.count
  }
  return usable
}
