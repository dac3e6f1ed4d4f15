/** Recorded failures: formats of files that say which machine was down when. */
import { NEVER, type RecordedOutages, SECOND, type SimTime } from '../../engine/index.js'
import type { Issue } from '../issue.js'
import type { Unreadable } from '../manifests/read-file.js'
import type { CsvRow } from '../traces/csv-row.js'
import { readCsv } from '../traces/csv-rows.js'

export interface OutageOptions {
  readonly file: string
  /** Only this system of the file, where it knows several. */
  readonly system?: string | undefined
  /** Virtual time 0 in the file's own time, seconds; outages before are left out. */
  readonly fromSeconds: number
}

interface OutageFormat {
  readonly columns: readonly string[]
  /** The machine, when it went down and for how long in seconds; undefined: the row is about something else. */
  readonly read: (row: CsvRow, options: OutageOptions) => OutageOfMachine | undefined
}

interface OutageOfMachine {
  readonly machine: string
  readonly fromSeconds: number
  readonly downSeconds: number
}

const MINUTE = 60
/** One outage a row: `machine`, `start_s`, `down_s`. */
const plain: OutageFormat = {
  columns: ['machine', 'start_s', 'down_s'],
  read(row) {
    const from = row.seconds(1)
    const down = row.seconds(2)
    if (Number.isNaN(from + down)) return undefined
    return { machine: row.text(0), fromSeconds: from / SECOND, downSeconds: down / SECOND }
  },
}

/** LANL's release LA-UR-05-7318: `Prob Started` as month/day/year hour:minute, `Down Time` in minutes. */
const lanl: OutageFormat = {
  columns: ['System', 'nodenumz', 'Prob Started', 'Down Time'],
  read(row, { system }) {
    if (system !== undefined && row.text(0) !== system) return undefined
    const minutes = row.count(3)
    const parts = /^(\d+)\/(\d+)\/(\d{4}) (\d+):(\d\d)$/.exec(row.text(2))
    if (parts === null) row.fault(2, `expected a time such as 9/26/2003 16:40, got ${row.text(2)}`)
    if (parts === null || Number.isNaN(minutes)) return undefined
    const [month, day, year, hour, minute] = parts.slice(1).map(Number)
    const fromSeconds = Date.UTC(year, month - 1, day, hour, minute) / 1000
    return { machine: row.text(1).padStart(6, '0'), fromSeconds, downSeconds: minutes * MINUTE }
  },
}

export const OUTAGE_FORMATS = { outages: plain, lanl } as const
export type OutageFormatName = keyof typeof OUTAGE_FORMATS

export interface OutageRecords {
  /** Machines in order of name, each with its outages in order of time. */
  readonly outages: readonly RecordedOutages[]
  readonly issues: readonly Issue[]
}

/** Reads recorded outages; those of one machine that overlap follow one another. */
export async function readOutages(
  format: OutageFormatName,
  options: OutageOptions,
): Promise<OutageRecords | Unreadable> {
  const { columns, read }: OutageFormat = OUTAGE_FORMATS[format]
  const machines = new Map<string, { readonly at: SimTime; readonly lasts: SimTime }[]>()
  const found = await readCsv(options.file, columns, row => {
    const outage = read(row, options)
    if (outage === undefined) return
    const outages = machines.get(outage.machine) ?? []
    machines.set(outage.machine, outages)
    const seconds = outage.fromSeconds - options.fromSeconds
    if (seconds < 0) return
    const lasts = Math.round(outage.downSeconds * SECOND)
    outages.push({ at: Math.round(seconds * SECOND), lasts: Math.min(lasts, NEVER) })
  })
  if ('unreadable' in found) return found
  const outages = [...machines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, list]) => {
      const sorted = list.toSorted((a, b) => a.at - b.at)
      return {
        at: Float64Array.from(sorted, ({ at }) => at),
        lasts: Float64Array.from(sorted, ({ lasts }) => lasts),
      }
    })
  return { outages, issues: found }
}
