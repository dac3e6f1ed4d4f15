/**
 * What a stranger writes to add a policy, controller, load or failure: a name, arguments with their defaults,
 * and a function that makes the thing. The defaults are also the types: given arguments are merged over them,
 * and whatever does not fit is answered as a list of issues, all at once, never thrown.
 */
import { didYouMean } from './did-you-mean.js'
import { invariant } from './invariant.js'
import { parseDuration } from './time.js'

/** A mistake in what a user wrote: where (`args.retry.limit`) and what, as a sentence. */
export interface Issue {
  readonly path: string
  readonly message: string
}

export interface Definition<Args extends object, Product, Context = void> {
  readonly name: string
  /** One sentence for lists and documentation. */
  readonly about?: string
  /** Every argument with its default: '90s' makes the argument a duration, null takes anything. */
  readonly args: Args
  /** What the types of the defaults cannot say; answers one message for each fault. */
  readonly check?: (args: Args) => readonly string[]
  readonly create: (context: Context, args: Args) => Product
}

/**
 * Declares a definition, checked and frozen.
 *
 * @example
 * const everyNth = define({
 *   name: 'EveryNth',
 *   args: { n: 2 },
 *   create: (context: undefined, args) => (ordinal: number) => ordinal % args.n === 0,
 * })
 */
export function define<Args extends object, Product, Context = void>(
  definition: Definition<Args, Product, Context>,
): Definition<Args, Product, Context> {
  invariant(
    /^[A-Za-z][A-Za-z0-9/_-]*$/.test(definition.name),
    `"${definition.name}" is no name for a definition`,
  )
  return Object.freeze({ ...definition, args: freezeDeep(definition.args) })
}

export interface ResolvedArgs<Args> {
  /** The given arguments over the defaults; where there is an issue, the default. */
  readonly args: Args
  readonly issues: readonly Issue[]
}

/** Merges given arguments over the defaults of a definition. `given` is undefined when a user gave none. */
export function resolveArgs<Args extends object>(
  definition: Pick<Definition<Args, unknown, never>, 'name' | 'args' | 'check'>,
  given: unknown,
  path = 'args',
): ResolvedArgs<Args> {
  const issues: Issue[] = []
  const args = mergeObject(definition.args, given ?? {}, path, issues)
  if (issues.length === 0 && definition.check !== undefined) {
    for (const message of definition.check(args))
      issues.push({ path, message: `${definition.name}: ${message}` })
  }
  return { args: freezeDeep(args), issues }
}

function mergeObject<Shape extends object>(
  defaults: Shape,
  given: unknown,
  path: string,
  issues: Issue[],
): Shape {
  if (!isRecord(given)) {
    issues.push({ path, message: `expected an object, got ${describe(given)}` })
    return defaults
  }
  const merged = { ...defaults }
  const known = new Map<string, unknown>(Object.entries(defaults))
  for (const [key, value] of Object.entries(given)) {
    const place = `${path}.${key}`
    if (!known.has(key)) {
      issues.push({ path: place, message: unknownKey(key, [...known.keys()]) })
    } else if (value !== undefined) {
      Object.assign(merged, { [key]: mergeValue(known.get(key), value, place, issues) })
    }
  }
  return merged
}

function mergeValue(fallback: unknown, given: unknown, path: string, issues: Issue[]): unknown {
  if (fallback === null || fallback === undefined) return given
  if (Array.isArray(fallback)) return mergeArray(fallback, given, path, issues)
  if (isRecord(fallback)) return mergeObject(fallback, given, path, issues)
  const fault = faultOf(fallback, given)
  if (fault === undefined) return given
  issues.push({ path, message: fault })
  return fallback
}

/** A given list replaces the default; its items are of the type of the default's first one, if it has any. */
function mergeArray(fallback: readonly unknown[], given: unknown, path: string, issues: Issue[]): unknown {
  if (!Array.isArray(given)) {
    issues.push({ path, message: `expected a list, got ${describe(given)}` })
    return fallback
  }
  if (fallback.length === 0) return given
  return given.map((item: unknown, index) => mergeValue(fallback[0], item, `${path}[${index}]`, issues))
}

/** Why a value does not fit a default that is neither list nor object, or undefined when it does. */
function faultOf(fallback: unknown, given: unknown): string | undefined {
  if (typeof fallback === 'string' && isDuration(fallback)) {
    if (typeof given === 'string' && isDuration(given)) return undefined
    return `expected a duration such as "${fallback}", got ${describe(given)}`
  }
  if (typeof given !== typeof fallback) return `expected a ${typeof fallback}, got ${describe(given)}`
  if (typeof given === 'number' && !Number.isFinite(given)) return `expected a finite number, got ${given}`
  return undefined
}

function isDuration(text: string): boolean {
  return parseDuration(text) !== undefined
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = didYouMean(key, known)
  if (meant !== undefined) return `unknown key "${key}"; did you mean "${meant}"?`
  return known.length === 0
    ? `unknown key "${key}"; there are no arguments`
    : `unknown key "${key}"; known are ${known.join(', ')}`
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? typeof value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function freezeDeep<Shape>(value: Shape): Shape {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) freezeDeep(part)
  }
  return value
}
