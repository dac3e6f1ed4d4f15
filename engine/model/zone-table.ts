/**
 * Wall clocks of time zones as plain tables, and the calendar: instants to local date and time, and back.
 * Upstream: Go's time package (Date, lookup), whose choice of instant for local times that do not exist or exist
 * twice is followed exactly, as Kubernetes 1.36 is built with it.
 * Simplified: outside the years of its table a zone keeps its first or last offset.
 */

export interface ZoneTable {
  /** Instants in seconds since 1970, ascending, at which the offset changes. */
  readonly transitions: readonly number[]
  /** Seconds east of UTC: `offsets[i]` holds from `transitions[i - 1]` until before `transitions[i]`. */
  readonly offsets: readonly number[]
}

export const UTC: ZoneTable = { transitions: [], offsets: [0] }

/** A function that finds these zones and UTC by name. */
export function zonesByName(
  zones: Readonly<Record<string, ZoneTable>>,
): (name: string) => ZoneTable | undefined {
  const known = new Map([['', UTC], ['UTC', UTC], ...Object.entries(zones)])
  return name => known.get(name)
}

export interface LocalTime {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

const DAY = 86_400

/** The number of transitions up to and at an instant, which is the index of its offset. */
function indexAt({ transitions }: ZoneTable, instant: number): number {
  let low = 0
  let high = transitions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (transitions[middle] <= instant) low = middle + 1
    else high = middle
  }
  return low
}

export function offsetAt(zone: ZoneTable, instant: number): number {
  return zone.offsets[indexAt(zone, instant)]
}

/** The first change of the offset after an instant, if the table has one. */
export function nextTransition(zone: ZoneTable, instant: number): number | undefined {
  return zone.transitions[indexAt(zone, instant)]
}

/** What the clocks of the zone show at an instant. */
export function localTime(zone: ZoneTable, instant: number): LocalTime {
  const local = instant + offsetAt(zone, instant)
  const days = Math.floor(local / DAY)
  const seconds = local - days * DAY
  const hour = Math.floor(seconds / 3600)
  const minute = Math.floor((seconds % 3600) / 60)
  // 1 January 1970 was a Thursday.
  const weekday = (((days + 4) % 7) + 7) % 7
  return { ...dateOfDay(days), weekday, hour, minute, second: seconds % 60 }
}

/**
 * The instant at which the zone's clocks show a date and time; months and days may run over. Of two such instants
 * it is the one, and for none the shifted one, that Go picks.
 */
export function instantOf(
  zone: ZoneTable,
  { year, month, day, hour, minute, second }: Omit<LocalTime, 'weekday'>,
): number {
  const months = year * 12 + month - 1
  const first = dayOfDate(Math.floor(months / 12), (((months % 12) + 12) % 12) + 1)
  const unshifted = (first + day - 1) * DAY + hour * 3600 + minute * 60 + second
  const index = indexAt(zone, unshifted)
  const shifted = unshifted - zone.offsets[index]
  const start = index === 0 ? -Infinity : zone.transitions[index - 1]
  const end = index === zone.transitions.length ? Infinity : zone.transitions[index]
  if (zone.offsets[index] === 0 || (shifted >= start && shifted < end)) return shifted
  return unshifted - offsetAt(zone, shifted)
}

/** Days in the 400 years after which the calendar repeats. */
const ERA = 146_097

/** Days from 1 January 1970 to the first of a month. Years are counted from March, so that leap days come last. */
function dayOfDate(year: number, month: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5)
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * ERA + dayOfEra - DAYS_TO_1970
}

/** From 1 March of the year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468

function dateOfDay(days: number): { year: number; month: number; day: number } {
  const shifted = days + DAYS_TO_1970
  const era = Math.floor(shifted / ERA)
  const dayOfEra = shifted - era * ERA
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const yearStart = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const dayOfYear = dayOfEra - yearStart
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}
