/** The building blocks of the schema: every kind of value a scenario can hold, with one clear message each. */
import { z } from 'zod'
import {
  amountOf,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  formatDuration,
  type SimTime,
  type Taint,
  TaintEffect,
} from '../../engine/index.js'
import { describeValue } from '../describe-value.js'
import type { Fault } from '../issue.js'
import { amountsOf } from '../manifests/check-object.js'
import { labelFaults } from '../manifests/check-pod.js'
import { taintFaults } from '../manifests/check-taints.js'
import { quantityFault } from '../quantity-fault.js'
import { durationOf } from './duration.js'

/** The most that a count may be where nothing else bounds it. */
const MANY = 1_000_000

type Checked<T> = z.core.ParsePayload<T>

/** Adds faults of a value as issues; their paths are those below the value. */
export function addFaults<T>(
  payload: Pick<Checked<T>, 'issues'>,
  input: unknown,
  faults: readonly Fault[],
): void {
  for (const { path, message, part } of faults) {
    payload.issues.push({ code: 'custom', message, path: [...path], input, params: { part } })
  }
}

function mapped<Value, Input, Output>(
  input: z.ZodType<Value, Input>,
  read: (value: Value, faults: Fault[]) => Output,
): z.ZodType<Output, Input> {
  return input.transform((value, context) => {
    const faults: Fault[] = []
    const output = read(value, faults)
    addFaults(context, value, faults)
    return output
  })
}

/** A span of virtual time such as `90s` or `1h30m`. */
export function duration(options: { readonly positive?: boolean } = {}): z.ZodType<SimTime, string | number> {
  const input: z.ZodType<string | number, string | number> = z.union([z.string(), z.number()], {
    error: ({ input: given }) => `expected a duration such as "90s" or "1h30m", got ${describeValue(given)}`,
  })
  const read = mapped(input, (text, faults): SimTime => {
    const time = durationOf(text)
    if (typeof time === 'string') faults.push({ path: [], message: time })
    else if (time === 0 && options.positive === true) {
      faults.push({ path: [], message: 'must be longer than 0s' })
    }
    return typeof time === 'string' ? 0 : time
  })
  return read.meta({ $comment: 'duration' })
}

/** A duration with a default of the engine. */
export function durationOr(fallback: SimTime, options: { readonly positive?: boolean } = {}) {
  return duration(options).prefault(formatDuration(fallback))
}

/** A whole number within bounds. */
export function integer(least: number, most = MANY) {
  return z
    .number({ error: ({ input }) => `expected a whole number, got ${describeValue(input)}` })
    .check(payload => {
      const { value } = payload
      const message = integerFault(value, least, most)
      if (message !== undefined) payload.issues.push({ code: 'custom', message, input: value })
    })
    .meta({ type: 'integer', minimum: least, maximum: most })
}

function integerFault(value: number, least: number, most: number): string | undefined {
  if (!Number.isInteger(value)) return `expected a whole number, got ${value}`
  if (value < least) return `must be at least ${least}, got ${value}`
  return value > most ? `must be at most ${most}, got ${value}` : undefined
}

/** A number that is not negative. */
export function amount() {
  return z
    .number({ error: ({ input }) => `expected a number, got ${describeValue(input)}` })
    .check(payload => {
      if (payload.value >= 0) return
      payload.issues.push({
        code: 'custom',
        message: `cannot be negative, got ${payload.value}`,
        input: payload.value,
      })
    })
    .meta({ minimum: 0 })
}

/** A number from 0 to 1. */
export function share() {
  return amount()
    .check(payload => {
      if (payload.value <= 1) return
      payload.issues.push({
        code: 'custom',
        message: `is a share, at most 1, got ${payload.value}`,
        input: payload.value,
      })
    })
    .meta({ minimum: 0, maximum: 1 })
}

/** @param whose as in "the scheduler's" */
export function clientLimit({ qps, burst }: { readonly qps: number; readonly burst: number }, whose: string) {
  return section({
    qps: amount().default(qps).describe('Requests per second.'),
    burst: integer(1, 1e9).default(burst).describe('Requests at once.'),
  })
    .prefault({})
    .describe(`Rate limit of ${whose} client.`)
}

export function plainText() {
  return z.string({
    error: ({ input }) =>
      typeof input === 'object'
        ? `expected text, got ${describeValue(input)}`
        : `expected text, got ${describeValue(input)}; put it in quotes`,
  })
}

/** A name that can be part of the names of Kubernetes objects. */
export function objectName() {
  return plainText()
    .check(payload => {
      const errors = dns1123SubdomainErrors(payload.value)
      if (errors.length === 0) return
      payload.issues.push({ code: 'custom', message: errors.join('; '), input: payload.value })
    })
    .meta({ $comment: 'name' })
}

export function namespace() {
  return plainText()
    .check(payload => {
      const errors = dns1123LabelErrors(payload.value)
      if (errors.length === 0) return
      payload.issues.push({ code: 'custom', message: errors.join('; '), input: payload.value })
    })
    .meta({ $comment: 'name' })
}

export function filePath() {
  return plainText()
    .check(payload => {
      if (payload.value !== '') return
      payload.issues.push({ code: 'custom', message: 'the path is empty', input: '' })
    })
    .meta({ $comment: 'path' })
}

/** A quantity or a number, checked later: its resource is the key. */
function quantity() {
  return z.union([z.string(), z.number()], {
    error: ({ input }) => `expected a quantity such as 500m or 16Gi, got ${describeValue(input)}`,
  })
}

/** CPU as Kubernetes writes it, in milli CPUs. */
export function cpu() {
  return mapped(quantity(), (written, faults): number => {
    const message = quantityFault('cpu', written)
    if (message !== undefined) faults.push({ path: [], message })
    return message === undefined ? (amountOf('cpu', String(written).trim()) ?? 0) : 0
  }).meta({ $comment: 'quantity' })
}

/** Amounts by resource name, in the units of the model. */
export function amounts() {
  const record: z.ZodType<Record<string, string | number>, Record<string, string | number>> = z.record(
    z.string(),
    quantity(),
    { error: ({ input }) => `expected amounts by resource, got ${describeValue(input)}` },
  )
  return mapped(record, (quantities, faults) => {
    for (const [resource, written] of Object.entries(quantities)) {
      const message = quantityFault(resource, written)
      if (message !== undefined) faults.push({ path: [resource], message })
    }
    return faults.length > 0 ? {} : amountsOf(quantities)
  }).meta({ $comment: 'amounts' })
}

export function labels() {
  const record: z.ZodType<Record<string, string>, Record<string, string>> = z.record(
    z.string(),
    plainText(),
    {
      error: ({ input }) => `expected labels, got ${describeValue(input)}`,
    },
  )
  return mapped(record, (given, faults) => {
    faults.push(...labelFaults(given, []))
    return given
  }).meta({ $comment: 'labels' })
}

export function taints() {
  const taint = section({ key: plainText(), value: plainText().optional(), effect: z.enum(TaintEffect) })
  return mapped(list(taint), (given, faults): readonly Taint[] => {
    const read = given.map(({ key, value, effect }) =>
      value === undefined ? { key, effect } : { key, value, effect },
    )
    faults.push(...taintFaults(read, []))
    return read
  })
}

/** A mapping of known fields; any other key is a mistake. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'invalid_type' ? `expected a mapping, got ${describeValue(issue.input)}` : undefined,
  })
}

export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: ({ input }) => `expected a list, got ${describeValue(input)}` })
}
