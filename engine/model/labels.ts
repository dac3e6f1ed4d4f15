/**
 * Label maps and label selectors: compilation and matching.
 * A missing selector selects nothing, an empty one everything; a compiled selector's `key` is equal for selectors
 * that mean the same, so that sums and answers can be shared under it.
 * Upstream: apimachinery pkg/labels/selector.go, pkg/apis/meta/v1/helpers.go, release 1.36.
 * Simplified: nothing known.
 */
import { aggregateError, invalidField, quoted } from './field-error.js'
import { parseInt64 } from './go-integer.js'
import { labelValueErrors, qualifiedNameErrors } from './names.js'

export type Labels = Readonly<Record<string, string>>

export interface LabelSelectorRequirement {
  readonly key: string
  /** In, NotIn, Exists or DoesNotExist; anything else is refused when compiled. */
  readonly operator: string
  readonly values?: readonly string[] | null
}

export interface LabelSelector {
  readonly matchLabels?: Labels | null
  readonly matchExpressions?: readonly LabelSelectorRequirement[] | null
}

/** The operators of selectors in their text form. */
export const SelectorOperator = {
  In: 'in',
  NotIn: 'notin',
  Equals: '=',
  DoubleEquals: '==',
  NotEquals: '!=',
  GreaterThan: 'gt',
  LessThan: 'lt',
  Exists: 'exists',
  DoesNotExist: '!',
} as const
export type SelectorOperator = (typeof SelectorOperator)[keyof typeof SelectorOperator]

export interface Requirement {
  readonly key: string
  readonly operator: SelectorOperator
  readonly values: readonly string[]
}

export interface CompiledSelector {
  /** In the order of their keys; none select everything, unless {@link selectsNothing}. */
  readonly requirements: readonly Requirement[]
  readonly selectsNothing: boolean
  /** Equal for selectors of equal meaning, whatever order and spelling they were written in. */
  readonly key: string
  /** The selector as upstream prints it. */
  readonly text: string
  matches(labels: Labels): boolean
}

export interface SelectorRefusal {
  readonly error: string
}

export const SELECTS_NOTHING: CompiledSelector = {
  requirements: [],
  selectsNothing: true,
  key: '(nothing)',
  text: '',
  matches: () => false,
}

/** Compiles an API selector; a missing one selects nothing. Throws no error but returns the refusal. */
export function readSelector(selector: LabelSelector | null | undefined): CompiledSelector | SelectorRefusal {
  if (selector === null || selector === undefined) return SELECTS_NOTHING
  const requirements: Requirement[] = []
  const { matchLabels, matchExpressions } = selector
  for (const key of Object.keys(matchLabels ?? {}).toSorted()) {
    const refusal = addRequirement(requirements, key, SelectorOperator.Equals, [matchLabels![key]])
    if (refusal !== undefined) return refusal
  }
  for (const { key, operator, values } of matchExpressions ?? []) {
    const known = API_OPERATORS.get(operator)
    if (known === undefined) return { error: `${quoted(operator)} is not a valid label selector operator` }
    const refusal = addRequirement(requirements, key, known, values ?? [])
    if (refusal !== undefined) return refusal
  }
  return compileRequirements(requirements)
}

/** {@link readSelector} for selectors that validation has let through; undefined when it would refuse. */
export function compileSelector(selector: LabelSelector | null | undefined): CompiledSelector | undefined {
  const read = readSelector(selector)
  return 'error' in read ? undefined : read
}

/** A selector for exactly these labels, as services and replication controllers write them. */
export function selectorOfLabels(labels: Labels): CompiledSelector {
  const keys = Object.keys(labels)
  return compileRequirements(
    keys.map(key => ({ key, operator: SelectorOperator.Equals, values: [labels[key]] })),
  )
}

/** Labels, with their values, that everything has which the selector matches. */
export function requiredLabels({ requirements }: CompiledSelector): (readonly [string, string])[] {
  return requirements
    .filter(({ operator, values }) => MEANINGS[operator] === 'in' && values.length === 1)
    .map(({ key, values }) => [key, values[0]])
}

/** The operators an API selector may use. */
export const API_OPERATORS: ReadonlyMap<string, SelectorOperator> = new Map([
  ['In', SelectorOperator.In],
  ['NotIn', SelectorOperator.NotIn],
  ['Exists', SelectorOperator.Exists],
  ['DoesNotExist', SelectorOperator.DoesNotExist],
])

function addRequirement(
  requirements: Requirement[],
  key: string,
  operator: SelectorOperator,
  values: readonly string[],
): SelectorRefusal | undefined {
  const error = aggregateError(requirementErrors(key, operator, values))
  if (error !== undefined) return { error }
  requirements.push({ key, operator, values })
  return undefined
}

/** What upstream finds wrong with one requirement, in its order; `path` is that of the requirement, if known. */
export function requirementErrors(
  key: string,
  operator: SelectorOperator,
  values: readonly string[],
  path = '',
): string[] {
  const errors: string[] = []
  const prefix = path === '' ? '' : `${path}.`
  const keyErrors = qualifiedNameErrors(key)
  if (keyErrors.length > 0) errors.push(invalidField(`${prefix}key`, key, keyErrors.join('; ')))
  const { allows, refusal } = ARITY[operator]
  if (!allows(values.length)) {
    errors.push(invalidField(`${prefix}values`, values.length === 0 ? null : values, refusal))
  }
  if (operator === SelectorOperator.GreaterThan || operator === SelectorOperator.LessThan) {
    for (const [i, number] of values.entries()) {
      if (parseInt64(number) !== undefined) continue
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer"
      errors.push(invalidField(`${prefix}values[${i}]`, number, detail))
    }
  }
  for (const [i, text] of values.entries()) {
    const found = labelValueErrors(text)
    if (found.length > 0) errors.push(invalidField(`${prefix}values[${i}][${key}]`, text, found.join('; ')))
  }
  return errors
}

interface Arity {
  readonly allows: (count: number) => boolean
  readonly refusal: string
}

const some: Arity = {
  allows: count => count > 0,
  refusal: "for 'in', 'notin' operators, values set can't be empty",
}
const exactlyOne: Arity = {
  allows: count => count === 1,
  refusal: 'exact-match compatibility requires one single value',
}
const none: Arity = {
  allows: count => count === 0,
  refusal: 'values set must be empty for exists and does not exist',
}
const oneNumber: Arity = {
  allows: count => count === 1,
  refusal: "for 'Gt', 'Lt' operators, exactly one value is required",
}

const ARITY: Readonly<Record<SelectorOperator, Arity>> = {
  in: some,
  notin: some,
  '=': exactlyOne,
  '==': exactlyOne,
  '!=': exactlyOne,
  gt: oneNumber,
  lt: oneNumber,
  exists: none,
  '!': none,
}

/** Compiles requirements already found valid. */
export function compileRequirements(unordered: readonly Requirement[]): CompiledSelector {
  const requirements = unordered.toSorted((a, b) => compareText(a.key, b.key))
  const matchers = requirements.map(({ key, operator, values }) => MATCHERS[operator](key, values))
  return {
    requirements,
    selectsNothing: false,
    key: [...new Set(requirements.map(meaningOf))].toSorted().join(','),
    text: requirements.map(requirementText).join(','),
    matches(labels) {
      for (let i = 0; i < matchers.length; i++) if (!matchers[i](labels)) return false
      return true
    },
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

type Matcher = (labels: Labels) => boolean

function isOneOf(key: string, values: readonly string[]): Matcher {
  if (values.length === 1) {
    const [only] = values
    return labels => labels[key] === only
  }
  const allowed = new Set(values)
  return labels => allowed.has(labels[key])
}

function isNoneOf(key: string, values: readonly string[]): Matcher {
  const forbidden = new Set(values)
  return labels => !forbidden.has(labels[key])
}

// Labels are plain objects, so a key like `constructor` finds a function: only strings are labels.
const MATCHERS: Readonly<Record<SelectorOperator, (key: string, values: readonly string[]) => Matcher>> = {
  in: isOneOf,
  notin: isNoneOf,
  '=': isOneOf,
  '==': isOneOf,
  '!=': isNoneOf,
  gt: (key, values) => comparisonOf(key, true, parseInt64(values[0])),
  lt: (key, values) => comparisonOf(key, false, parseInt64(values[0])),
  exists: key => labels => typeof labels[key] === 'string',
  '!': key => labels => typeof labels[key] !== 'string',
}

function comparisonOf(
  key: string,
  isGreater: boolean,
  bound: bigint | undefined,
): (labels: Labels) => boolean {
  return labels => {
    const text = labels[key]
    const number = typeof text === 'string' ? parseInt64(text) : undefined
    if (number === undefined || bound === undefined) return false
    return isGreater ? number > bound : number < bound
  }
}

/** The set-based operator an operator comes down to. */
const MEANINGS: Readonly<Record<SelectorOperator, string>> = {
  in: 'in',
  notin: 'notin',
  '=': 'in',
  '==': 'in',
  '!=': 'notin',
  gt: 'gt',
  lt: 'lt',
  exists: 'exists',
  '!': 'absent',
}

function meaningOf({ key, operator, values }: Requirement): string {
  const meaning = MEANINGS[operator]
  // 05 and 5 are the same bound.
  if (meaning === 'gt' || meaning === 'lt') return `${key} ${meaning} ${parseInt64(values[0])}`
  return `${key} ${meaning} (${[...new Set(values)].toSorted().join(',')})`
}

const TEXTS: Readonly<Record<SelectorOperator, (key: string, list: string) => string>> = {
  in: (key, list) => `${key} in (${list})`,
  notin: (key, list) => `${key} notin (${list})`,
  '=': (key, list) => `${key}=${list}`,
  '==': (key, list) => `${key}==${list}`,
  '!=': (key, list) => `${key}!=${list}`,
  gt: (key, list) => `${key}>${list}`,
  lt: (key, list) => `${key}<${list}`,
  exists: key => key,
  '!': key => `!${key}`,
}

function requirementText({ key, operator, values }: Requirement): string {
  return TEXTS[operator](key, values.toSorted().join(','))
}
