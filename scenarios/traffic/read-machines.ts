/**
 * Reads use of many machines: a CSV file with one row a machine and one column for each point in time, or a folder with
 * a file for each machine and a number a line, as PlanetLab's CPU traces are published.
 */
import type { LoadSpec } from '../../engine/index.js'
import type { Issue } from '../issue.js'
import type { Unreadable } from '../manifests/read-file.js'
import { readCsv } from '../traces/csv-rows.js'
import { readMachineFiles } from '../traces/machine-files.js'

export interface MachineOptions {
  /** Time between two columns. */
  readonly every: number
  /** What one unit of the file is. */
  readonly unit: number
  readonly limit: number
}

interface ReadMachines {
  readonly loads: readonly LoadSpec[]
  readonly issues: readonly Issue[]
}

/** Each machine as a load that starts anew after its last point. */
export async function readMachines(
  file: string,
  options: MachineOptions,
): Promise<ReadMachines | Unreadable> {
  const { every, unit, limit } = options
  const files = readMachineFiles(file, limit)
  if (files === undefined) return readRows(file, options)
  if ('unreadable' in files) return files
  const loads = files.machines.map(({ name, values }): LoadSpec => {
    const at = Float64Array.from(values, (_, i) => i * every)
    return {
      kind: 'trace',
      name,
      at,
      value: values.map(use => use * unit),
      end: at.length * every,
      repeat: true,
    }
  })
  return { loads, issues: files.issues }
}

/** The first column names the machine. */
async function readRows(
  file: string,
  { every, unit, limit }: MachineOptions,
): Promise<ReadMachines | Unreadable> {
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
