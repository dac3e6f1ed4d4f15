/**
 * Cron schedules of CronJobs, read with upstream's error texts.
 * Upstream: robfig/cron v3.0.1 (parser.go, constantdelay.go), the version of Kubernetes 1.36, and
 * pkg/controller/cronjob/utils.go for the time zone.
 * Simplified: nothing known.
 */

import { parseGoDuration } from './go-duration.js'
import { atoi } from './go-integer.js'
import type { ZoneTable } from './zone-table.js'

/** Finds the table of a zone by its name; undefined for a name the time zone database does not have. */
export type FindZone = (name: string) => ZoneTable | undefined

/** Due whenever the wall clock shows a time of these fields; each list is indexed by the value of its field. */
export interface FieldSchedule {
  readonly kind: 'fields'
  /** Set by a `TZ=` prefix. */
  readonly zone: ZoneTable | undefined
  readonly minutes: readonly boolean[]
  readonly hours: readonly boolean[]
  readonly daysOfMonth: readonly boolean[]
  readonly months: readonly boolean[]
  readonly daysOfWeek: readonly boolean[]
  /** Both day fields must match, instead of one, when either was written as a plain star. */
  readonly needsBothDays: boolean
}

/** Due a fixed span after the time it is asked at. */
interface DelaySchedule {
  readonly kind: 'delay'
  readonly seconds: number
}

export type CronSchedule = FieldSchedule | DelaySchedule

interface CronRefusal {
  readonly error: string
}

interface Bounds {
  readonly low: number
  readonly high: number
  readonly names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const BOUNDS: readonly Bounds[] = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: WEEKDAYS },
]
const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])
const EVERY = '@every '
/** What Go's strings.Fields splits at. */
const BLANKS = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u

/** Reads a schedule; `findZone` is asked for the zone of a `TZ=` or `CRON_TZ=` prefix only. */
export function parseCron(text: string, findZone: FindZone): CronSchedule | CronRefusal {
  if (text === '') return { error: 'empty spec string' }
  let spec = text
  let zone: ZoneTable | undefined
  if (spec.startsWith('TZ=') || spec.startsWith('CRON_TZ=')) {
    const blank = spec.indexOf(' ')
    // The library slices up to the missing blank and panics; the API server reports the panic.
    if (blank < 0) return { error: 'invalid schedule format: runtime error: slice bounds out of range [:-1]' }
    const name = spec.slice(spec.indexOf('=') + 1, blank)
    zone = findZone(name)
    if (zone === undefined) return { error: `provided bad location ${name}: unknown time zone ${name}` }
    spec = trimBlanks(spec.slice(blank))
  }
  if (!spec.startsWith('@')) return parseFields(spec, zone)
  const fields = DESCRIPTORS.get(spec)
  if (fields !== undefined) return parseFields(fields, zone)
  if (!spec.startsWith(EVERY)) return { error: `unrecognized descriptor: ${spec}` }
  const nanos = parseGoDuration(spec.slice(EVERY.length))
  if (typeof nanos !== 'bigint') return { error: `failed to parse duration ${spec}: ${nanos.error}` }
  return { kind: 'delay', seconds: Math.max(1, Number(nanos / 1_000_000_000n)) }
}

function trimBlanks(text: string): string {
  return text
    .split(BLANKS)
    .filter(word => word !== '')
    .join(' ')
}

function parseFields(spec: string, zone: ZoneTable | undefined): FieldSchedule | CronRefusal {
  const words = spec.split(BLANKS).filter(word => word !== '')
  if (words.length !== BOUNDS.length) {
    return { error: `expected exactly 5 fields, found ${words.length}: [${words.join(' ')}]` }
  }
  const fields: Field[] = []
  for (const [i, word] of words.entries()) {
    const field = parseField(word, BOUNDS[i])
    if ('error' in field) return field
    fields.push(field)
  }
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = fields.map(({ values }) => values)
  const needsBothDays = fields[2].isStar || fields[4].isStar
  return { kind: 'fields', zone, minutes, hours, daysOfMonth, months, daysOfWeek, needsBothDays }
}

interface Field {
  readonly values: readonly boolean[]
  readonly isStar: boolean
}

/** A list of ranges; empty items are dropped, so `,` alone is a field that never matches. */
function parseField(text: string, bounds: Bounds): Field | CronRefusal {
  const values = new Array<boolean>(bounds.high + 1).fill(false)
  let isStar = false
  for (const item of text.split(',')) {
    if (item === '') continue
    const range = parseRange(item, bounds)
    if ('error' in range) return range
    for (let i = range.start; i <= range.end; i += range.step) values[i] = true
    isStar ||= range.isStar
  }
  return { values, isStar }
}

interface Range {
  readonly start: number
  readonly end: number
  readonly step: number
  readonly isStar: boolean
}

function parseRange(item: string, bounds: Bounds): Range | CronRefusal {
  const [span, stepText, ...moreSlashes] = item.split('/')
  const [from, to, ...moreHyphens] = span.split('-')
  const isStar = from === '*' || from === '?'
  let start = bounds.low
  let end = bounds.high
  if (!isStar) {
    const first = parseValue(from, bounds)
    if (typeof first !== 'number') return first
    const last = to === undefined || moreHyphens.length > 0 ? first : parseValue(to, bounds)
    if (moreHyphens.length > 0) return { error: `too many hyphens: ${item}` }
    if (typeof last !== 'number') return last
    start = first
    end = last
  }
  if (moreSlashes.length > 0) return { error: `too many slashes: ${item}` }
  const step = stepText === undefined ? 1 : parseNumber(stepText)
  if (typeof step !== 'number') return step
  // `5/20` stands for `5-59/20`.
  if (stepText !== undefined && to === undefined) end = bounds.high
  if (start < bounds.low)
    return { error: `beginning of range (${start}) below minimum (${bounds.low}): ${item}` }
  if (end > bounds.high) return { error: `end of range (${end}) above maximum (${bounds.high}): ${item}` }
  if (start > end) return { error: `beginning of range (${start}) beyond end of range (${end}): ${item}` }
  if (step === 0) return { error: `step of range should be a positive number: ${item}` }
  // A star with a step is no star any more where the two day fields are combined.
  return { start, end, step, isStar: isStar && step === 1 }
}

function parseValue(text: string, { low, names }: Bounds): number | CronRefusal {
  const index = names.indexOf(text.toLowerCase())
  return index < 0 ? parseNumber(text) : index + low
}

function parseNumber(text: string): number | CronRefusal {
  const number = atoi(text)
  if (typeof number !== 'number') return { error: `failed to parse int from ${text}: ${number.error}` }
  return number < 0 ? { error: `negative number (${number}) not allowed: ${text}` } : number
}

/**
 * The schedule as the CronJob controller reads it: the time zone of the spec goes in front, unless the schedule
 * names one itself or the zone is unknown, when the controller's own (UTC) is used.
 */
export function cronSpecOf(
  schedule: string,
  timeZone: string | null | undefined,
  findZone: FindZone,
): string {
  if (schedule.includes('TZ') || timeZone === null || timeZone === undefined) return schedule
  return findZone(timeZone) === undefined ? schedule : `TZ=${timeZone} ${schedule}`
}
