/** Reads use of many machines: one row a machine, one column for each point in time, as PlanetLab's CPU traces. */
import type { LoadSpec } from '../../engine/index.js'
import type { Issue } from '../issue.js'
import type { Unreadable } from '../manifests/read-file.js'
import { readCsv } from '../traces/csv-rows.js'

export interface MachineOptions {
  /** Time between two columns. */
  readonly every: number
  /** What one unit of the file is. */
  readonly unit: number
  readonly limit: number
}

/** Each row as a load that starts anew after its last column; the first column names the machine. */
export async function readMachines(
  file: string,
  { every, unit, limit }: MachineOptions,
): Promise<{ readonly loads: readonly LoadSpec[]; readonly issues: readonly Issue[] } | Unreadable> {
  const loads: LoadSpec[] = []
  let at: Float64Array | undefined
  const issues = await readCsv(
    file,
    names => names,
    row => {
      if (loads.length >= limit) return
      const columns = row.columns.length
      at ??= Float64Array.from({ length: columns - 1 }, (_, i) => i * every)
      const value = new Float64Array(columns - 1)
      for (let i = 1; i < columns; i++) {
        const use = row.text(i) === '' ? Number.NaN : Number(row.text(i))
        if (Number.isNaN(use)) row.fault(i, `expected a number, got "${row.text(i)}"`)
        value[i - 1] = use * unit
      }
      loads.push({ kind: 'trace', name: row.text(0), at, value, end: value.length * every, repeat: true })
    },
  )
  return 'unreadable' in issues ? issues : { loads, issues }
}
