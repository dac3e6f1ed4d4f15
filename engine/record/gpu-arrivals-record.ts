/**
 * The record `gpu-arrivals`: how the GPUs stood while so many percent of them had been asked for by the pods that had
 * arrived, placed or not. Each row is the mean over the arrivals of one level, written at the end of the run.
 * Upstream: analysis of the FGD paper's artifact (USENIX ATC '23): levels are rounded half to even, allocation to two
 * decimals before the mean, every mean to two decimals; a level without arrivals takes the mean of those around it.
 * Simplified: nothing known.
 */
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const GPU_ARRIVALS_RECORD = defineRecord({
  name: 'gpu-arrivals',
  about:
    'One row for each percent of the GPU capacity that arriving pods have asked for: means over the arrivals.',
  columns: [
    {
      name: 'arrived_pct',
      type: 'integer',
      about: 'GPU asked for by the pods that have arrived, in percent of all GPUs.',
    },
    { name: 'arrivals', type: 'integer', about: 'Pods that arrived at this level.' },
    { name: 'unalloc_pct', type: 'number', about: 'GPU that no pod holds, in percent of all GPUs.' },
    {
      name: 'frag_pct',
      type: 'number',
      about: 'Idle GPU that the typical pods could not use, in percent of all GPUs.',
    },
    { name: 'frag_ratio_pct', type: 'number', about: 'The same in percent of the idle GPUs.' },
  ],
})

const C = columnIndex(GPU_ARRIVALS_RECORD)

/** How the GPUs of the cluster stand, in thousandths of a device. */
export interface GpuStanding {
  readonly capacityMilli: number
  readonly allocatedMilli: number
  readonly fragmentedMilli: number
}

/** Sums over the arrivals of one level. */
interface Level {
  arrivals: number
  allocatedPct: number
  fragmentedPct: number
  fragmentedRatioPct: number
}

/** Gathers arrivals by level and writes the rows. */
export class GpuArrivalsRecord {
  readonly table: RecordTable<(typeof GPU_ARRIVALS_RECORD)['columns'][number]['name']>
  readonly #levels: (Level | undefined)[] = []

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(GPU_ARRIVALS_RECORD, sink)
  }

  /** A pod has arrived and been tried; `requestedMilli` is what all pods so far have asked for. */
  arrival(requestedMilli: number, { capacityMilli, allocatedMilli, fragmentedMilli }: GpuStanding): void {
    const at = roundHalfEven((100 * requestedMilli) / capacityMilli)
    const level = (this.#levels[at] ??= NO_ARRIVALS())
    const idleMilli = capacityMilli - allocatedMilli
    level.arrivals++
    level.allocatedPct += toHundredths((100 * allocatedMilli) / capacityMilli)
    level.fragmentedPct += (100 * fragmentedMilli) / capacityMilli
    level.fragmentedRatioPct += idleMilli === 0 ? 0 : (100 * fragmentedMilli) / idleMilli
  }

  /** Writes a row for every level up to the highest. */
  finish(): void {
    const levels = this.#levels
    for (let at = 0; at < levels.length; at++) {
      const arrivals = levels[at]?.arrivals ?? 0
      const { allocatedPct, fragmentedPct, fragmentedRatioPct } = means(
        arrivals > 0 ? [levels[at]] : [levels[at - 1], levels[at + 1]],
      )
      const { table } = this
      table.add()
      table.set(C.arrived_pct, at)
      table.set(C.arrivals, arrivals)
      table.set(C.unalloc_pct, toHundredths(100 - allocatedPct))
      table.set(C.frag_pct, toHundredths(fragmentedPct))
      table.set(C.frag_ratio_pct, toHundredths(fragmentedRatioPct))
    }
  }
}

const NO_ARRIVALS = (): Level => ({ arrivals: 0, allocatedPct: 0, fragmentedPct: 0, fragmentedRatioPct: 0 })

/** Means over the arrivals of several levels; NaN when there are none. */
function means(levels: readonly (Level | undefined)[]): Level {
  const sum = NO_ARRIVALS()
  for (const level of levels) {
    if (level === undefined) continue
    sum.arrivals += level.arrivals
    sum.allocatedPct += level.allocatedPct
    sum.fragmentedPct += level.fragmentedPct
    sum.fragmentedRatioPct += level.fragmentedRatioPct
  }
  const { arrivals, allocatedPct, fragmentedPct, fragmentedRatioPct } = sum
  return {
    arrivals,
    allocatedPct: allocatedPct / arrivals,
    fragmentedPct: fragmentedPct / arrivals,
    fragmentedRatioPct: fragmentedRatioPct / arrivals,
  }
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100
}

/** The nearest whole number, of two equally near ones the even one. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value)
  const over = value - below
  if (over !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}
