/** Loads as a scenario writes them: a number, or a mapping with one key that names the model. */
import {
  type DistributionSpec,
  distributionIssues,
  type LoadSpec,
  NEVER,
  SECOND,
} from '../../engine/index.js'
import { describeValue, isRecord } from '../describe-value.js'
import type { Fault } from '../issue.js'
import { type Path, parsePath } from '../path.js'
import { durationOf } from '../schema/duration.js'
import { unknownKey } from '../schema/zod-faults.js'

/** A series in a file, to be read later. */
export interface SeriesFile {
  readonly file: string
  /** Column of the times; absent: the first one. */
  readonly time?: string
  /** Column of the values; with `count` there is none. */
  readonly value?: string
  /** Rows are counted over spans of this length. */
  readonly count?: number
  /** Values are counted over spans of this length: they become rates a second. */
  readonly per?: number
  /** Values are averaged over spans of this length. */
  readonly every?: number
  /** The part of the series to take, from its own start. */
  readonly from: number
  readonly until: number
  readonly repeat: boolean
}

/** A load whose series have not been read yet. */
export type WrittenLoad =
  | Exclude<LoadSpec, { readonly kind: 'poisson' | 'trace' | 'sum' | 'scaled' }>
  | { readonly kind: 'file'; readonly series: SeriesFile; readonly path: Path }
  | { readonly kind: 'poisson'; readonly of: WrittenLoad; readonly per: number }
  | { readonly kind: 'sum'; readonly of: readonly WrittenLoad[] }
  | {
      readonly kind: 'scaled'
      readonly of: WrittenLoad
      readonly factor: number
      readonly delay: number
      readonly least: number
      readonly most: number
    }

const DAY = 86_400 * SECOND
const NOTHING: WrittenLoad = { kind: 'constant', value: 0 }

/** Fields of one model as they are read, with a fault for each that does not fit. */
class Fields {
  readonly #value: Readonly<Record<string, unknown>>
  readonly #path: Path
  readonly #faults: Fault[]
  readonly #asked: string[] = []

  constructor(value: unknown, path: Path, faults: Fault[]) {
    this.#path = path
    this.#faults = faults
    this.#value = isRecord(value) ? value : {}
    if (!isRecord(value)) this.#fault([], `expected a mapping, got ${describeValue(value)}`)
  }

  #fault(path: Path, message: string, part?: 'key'): void {
    this.#faults.push({ path: [...this.#path, ...path], message, ...(part === undefined ? {} : { part }) })
  }

  has(key: string): boolean {
    return this.#value[key] !== undefined && this.#value[key] !== null
  }

  raw(key: string): unknown {
    this.#asked.push(key)
    return this.#value[key]
  }

  number(key: string, fallback?: number): number {
    const value = this.raw(key)
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (value === undefined && fallback !== undefined) return fallback
    this.#missing(key, value, 'a number')
    return 0
  }

  time(key: string, fallback?: number): number {
    const value = this.raw(key)
    if (value === undefined && fallback !== undefined) return fallback
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.#missing(key, value, 'a duration such as "90s"')
      return SECOND
    }
    const time = durationOf(value)
    if (typeof time === 'number') return time
    this.#fault([key], time)
    return SECOND
  }

  positiveTime(key: string, fallback?: number): number {
    const time = this.time(key, fallback)
    if (time > 0) return time
    this.#fault([key], 'must be longer than 0s')
    return SECOND
  }

  text(key: string): string | undefined {
    const value = this.raw(key)
    if (value === undefined || typeof value === 'string') return value
    this.#fault([key], `expected text, got ${describeValue(value)}`)
    return undefined
  }

  flag(key: string): boolean {
    const value = this.raw(key) ?? false
    if (typeof value === 'boolean') return value
    this.#fault([key], `expected true or false, got ${describeValue(value)}`)
    return false
  }

  list(key: string): readonly unknown[] {
    const value = this.raw(key)
    if (Array.isArray(value) && value.length > 0) return value
    this.#missing(key, value, 'a list that is not empty')
    return []
  }

  load(key: string): WrittenLoad {
    const value = this.raw(key)
    if (value !== undefined) return readLoad(value, [...this.#path, key], this.#faults)
    this.#missing(key, value, 'a load')
    return NOTHING
  }

  /** @param isTime its parameters are durations, else plain numbers */
  distribution(key: string, isTime: boolean): DistributionSpec {
    const written = this.raw(key)
    const given = typeof written === 'number' || typeof written === 'string' ? constantOf(written) : written
    const read = isTime ? inSeconds(given) : given
    for (const { path, message } of distributionIssues(read, ''))
      this.#fault([key, ...(parsePath(path.replace(/^\./, '')) ?? [])], message)
    return read as DistributionSpec
  }

  points(key: string): { at: number; value: number }[] {
    const points = this.list(key).map((point, i) => {
      const fields = new Fields(point, [...this.#path, key, i], this.#faults)
      const read = { at: fields.time('at'), value: fields.number('value') }
      fields.end()
      return read
    })
    points.forEach(({ at }, i) => {
      if (i > 0 && at <= points[i - 1].at) this.#fault([key, i, 'at'], 'is not after the point before it')
    })
    return points
  }

  /** Keys that nobody asked for are mistakes. */
  end(): void {
    for (const key of Object.keys(this.#value))
      if (!this.#asked.includes(key)) this.#fault([key], unknownKey(key, this.#asked), 'key')
  }

  #missing(key: string, value: unknown, wanted: string): void {
    if (value === undefined) this.#fault([], `"${key}" is missing`)
    else this.#fault([key], `expected ${wanted}, got ${describeValue(value)}`)
  }
}

function constantOf(value: unknown): unknown {
  return { constant: { value } }
}

function inSeconds(given: unknown): unknown {
  if (!isRecord(given)) return given
  const seconds = (value: unknown): unknown => {
    const time = typeof value === 'string' ? durationOf(value) : value
    return typeof time === 'number' && typeof value === 'string' ? time / SECOND : value
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, parameters]) => [
      name,
      isRecord(parameters)
        ? Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, seconds(value)]))
        : parameters,
    ]),
  )
}

type Reader = (fields: Fields, path: Path) => WrittenLoad

const READERS: Readonly<Record<string, Reader>> = {
  steps: fields => ({
    kind: 'steps',
    steps: fields.points('points'),
    every: fields.has('every') ? fields.positiveTime('every') : NEVER,
  }),
  ramps: fields => ({
    kind: 'ramps',
    points: fields.points('points'),
    step: fields.positiveTime('step', 60 * SECOND),
  }),
  diurnal: (fields, path) => diurnal(fields, path),
  bursts: fields => ({
    kind: 'bursts',
    pause: fields.distribution('pause', true),
    length: fields.distribution('length', true),
    height: fields.distribution('height', false),
  }),
  poisson: fields => ({
    kind: 'poisson',
    of: fields.load('of'),
    per: fields.positiveTime('per', 60 * SECOND),
  }),
  trace: (fields, path) => ({ kind: 'file', path, series: seriesFile(fields) }),
  scaled: fields => ({
    kind: 'scaled',
    of: fields.load('of'),
    factor: fields.number('factor', 1),
    delay: fields.time('delay', 0),
    least: fields.number('least', 0),
    most: fields.number('most', Number.MAX_VALUE),
  }),
}

function diurnal(fields: Fields, path: Path): WrittenLoad {
  const written = fields.raw('week')
  const week = Array.isArray(written) ? written.map(Number) : Array.from({ length: 7 }, () => 1)
  const isWeek = week.length === 7 && week.every(factor => Number.isFinite(factor) && factor >= 0)
  return {
    kind: 'diurnal',
    low: fields.number('low'),
    high: fields.number('high'),
    peakAt: fields.time('peak', 14 * 3600 * SECOND) % DAY,
    week: isWeek ? week : [Number.NaN, ...path.map(() => 1)],
    step: fields.positiveTime('step', 1800 * SECOND),
  }
}

function seriesFile(fields: Fields): SeriesFile {
  const time = fields.text('time')
  const value = fields.text('value')
  return {
    file: fields.text('file') ?? '',
    ...(time === undefined ? {} : { time }),
    ...(value === undefined ? {} : { value }),
    ...(fields.has('count') ? { count: fields.positiveTime('count') } : {}),
    ...(fields.has('per') ? { per: fields.positiveTime('per') } : {}),
    ...(fields.has('every') ? { every: fields.positiveTime('every') } : {}),
    from: fields.time('from', 0),
    until: fields.time('until', NEVER),
    repeat: fields.flag('repeat'),
  }
}

/** The keys that choose a load. */
export const LOAD_KEYS: readonly string[] = ['constant', 'sum', ...Object.keys(READERS)]

/** Reads a load; whatever is wrong is added to `faults`, under `path`. */
export function readLoad(value: unknown, path: Path, faults: Fault[]): WrittenLoad {
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'constant', value }
  if (!isRecord(value) || Object.keys(value).length !== 1) {
    const message = `expected a number or one of ${LOAD_KEYS.join(', ')}, got ${describeValue(value)}`
    faults.push({ path, message })
    return NOTHING
  }
  const [[kind, given]] = Object.entries(value)
  const inner = [...path, kind]
  if (kind === 'constant' && typeof given === 'number') return { kind, value: given }
  if (kind === 'sum' && Array.isArray(given))
    return { kind, of: given.map((part: unknown, i) => readLoad(part, [...inner, i], faults)) }
  const reader = READERS[kind]
  if (reader === undefined) {
    const isKnown = LOAD_KEYS.includes(kind)
    const message = isKnown
      ? `expected a number or list, got ${describeValue(given)}`
      : unknownKey(kind, LOAD_KEYS)
    faults.push({ path: inner, message, ...(isKnown ? {} : { part: 'key' as const }) })
    return NOTHING
  }
  const fields = new Fields(given, inner, faults)
  const load = reader(fields, inner)
  if (kind === 'trace' && !fields.has('file')) faults.push({ path: inner, message: '"file" is missing' })
  if (load.kind === 'diurnal' && load.week.length !== 7)
    faults.push({ path: [...inner, 'week'], message: 'expected seven factors, from Monday to Sunday' })
  fields.end()
  return load
}
