/**
 * Builds the wall-clock tables of time zones, so that the engine needs no time zone data of its own.
 * Upstream: Go's time.LoadLocation, as kube-controller-manager 1.36 uses it (with UTC for its local time).
 * Simplified: the rules are those of the Node.js in use (`process.versions.tz`), not of a Kubernetes image.
 */
import { Temporal } from 'temporal-polyfill'
import { timeZoneNames } from './time-zone-names.js'

/** The engine's table of a zone's wall clock, in the same shape. */
export interface ZoneTransitions {
  /** Instants in seconds since 1970, ascending, at which the offset changes. */
  readonly transitions: readonly number[]
  /** Seconds east of UTC before the first transition, and from each of them on. */
  readonly offsets: readonly number[]
}

const UTC: ZoneTransitions = { transitions: [], offsets: [0] }

export interface Years {
  /** The first and the last year in which the table is exact. */
  readonly first: number
  readonly last: number
}

/** Whether the API server takes this as the time zone of a CronJob. */
export function isTimeZoneName(name: string): boolean {
  return timeZoneNames.has(name)
}

/** A function that builds each zone's table once; it knows the names Go would find, in their exact spelling. */
export function zoneFinder(years: Years): (name: string) => ZoneTransitions | undefined {
  const tables = new Map<string, ZoneTransitions | undefined>()
  return name => {
    if (!tables.has(name)) tables.set(name, zoneTable(name, years))
    return tables.get(name)
  }
}

function zoneTable(name: string, years: Years): ZoneTransitions | undefined {
  if (name === '' || name === 'Local') return UTC
  // Go opens a file of that name, so empty parts and dots in a path go unnoticed.
  const path = name.replaceAll(/\/(\.?\/)+/g, '/')
  return timeZoneNames.has(path) ? transitionsOf(path, years) : undefined
}

function transitionsOf(name: string, { first, last }: Years): ZoneTransitions {
  const transitions: number[] = []
  let moment = Temporal.PlainDate.from({ year: first, month: 1, day: 1 }).toZonedDateTime(name)
  const end = Temporal.PlainDate.from({ year: last + 1, month: 1, day: 2 }).toZonedDateTime(name)
  const offsets = [moment.offsetNanoseconds / 1e9]
  for (;;) {
    const next = moment.getTimeZoneTransition('next')
    if (next === null || Temporal.ZonedDateTime.compare(next, end) > 0) return { transitions, offsets }
    moment = next
    const offset = moment.offsetNanoseconds / 1e9
    if (offset === offsets[offsets.length - 1]) continue
    transitions.push(moment.epochMilliseconds / 1000)
    offsets.push(offset)
  }
}
