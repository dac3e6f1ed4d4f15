/**
 * Which nodes a pod may or would rather be placed on: nodeSelector, required terms, weighted preferred terms.
 * Terms are alternatives and their requirements add up; a term without requirements matches nothing, and so does a
 * term that cannot be parsed, which is an error only when no other term matches.
 * Upstream: component-helpers scheduling/corev1/nodeaffinity/nodeaffinity.go and the PreFilter of
 * pkg/scheduler/framework/plugins/nodeaffinity, release 1.36.
 * Simplified: nothing known.
 */
import { aggregateError, invalidField, unsupportedField } from './field-error.js'
import {
  compileRequirements,
  type Labels,
  type Requirement,
  requirementErrors,
  SelectorOperator,
} from './labels.js'

export interface NodeSelectorRequirement {
  readonly key: string
  /** In, NotIn, Exists, DoesNotExist, Gt or Lt; for fields In or NotIn. */
  readonly operator: string
  readonly values?: readonly string[] | null
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[] | null
  /** The only field is `metadata.name`. */
  readonly matchFields?: readonly NodeSelectorRequirement[] | null
}

export interface NodeSelector {
  readonly nodeSelectorTerms: readonly NodeSelectorTerm[]
}

export interface PreferredSchedulingTerm {
  readonly weight: number
  readonly preference: NodeSelectorTerm
}

export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector | null
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTerm[] | null
}

export interface CompiledNodeSelector {
  /** Equal for selectors of equal meaning but for the order of their terms. */
  readonly key: string
  /** What is wrong with the terms that cannot be parsed. */
  readonly error: string | undefined
  matches(labels: Labels, nodeName: string): boolean
}

export interface NodePreferences {
  readonly key: string
  /** The sum of the weights of the terms that match. */
  score(labels: Labels, nodeName: string): number
}

const NAME_FIELD = 'metadata.name'

const OPERATORS: ReadonlyMap<string, SelectorOperator> = new Map<string, SelectorOperator>([
  ['In', SelectorOperator.In],
  ['NotIn', SelectorOperator.NotIn],
  ['Exists', SelectorOperator.Exists],
  ['DoesNotExist', SelectorOperator.DoesNotExist],
  ['Gt', SelectorOperator.GreaterThan],
  ['Lt', SelectorOperator.LessThan],
])
const FIELD_OPERATORS = ['In', 'NotIn']

/** Compiles required terms. */
export function compileNodeSelector({ nodeSelectorTerms }: NodeSelector): CompiledNodeSelector {
  const terms: Term[] = []
  const errors: string[] = []
  for (const [i, term] of nodeSelectorTerms.entries()) {
    if (isEmpty(term)) continue
    const compiled = compileTerm(term, `nodeSelectorTerms[${i}]`)
    if ('errors' in compiled) errors.push(...compiled.errors)
    else terms.push(compiled)
  }
  return {
    key: terms.map(({ key }) => `(${key})`).join(' or '),
    error: aggregateError(errors),
    matches(labels, nodeName) {
      for (const term of terms) if (term.matches(labels, nodeName)) return true
      return false
    },
  }
}

/** Compiles preferred terms, or says what is wrong with them; terms of no weight or content are left out. */
export function readNodePreferences(
  preferred: readonly PreferredSchedulingTerm[],
): NodePreferences | { readonly error: string } {
  const terms: Term[] = []
  const weights: number[] = []
  const errors: string[] = []
  for (const [i, { weight, preference }] of preferred.entries()) {
    if (weight === 0 || isEmpty(preference)) continue
    const compiled = compileTerm(preference, `[${i}]`)
    if ('errors' in compiled) errors.push(...compiled.errors)
    else {
      terms.push(compiled)
      weights.push(weight)
    }
  }
  const error = aggregateError(errors)
  if (error !== undefined) return { error }
  return {
    key: terms.map(({ key }, i) => `${weights[i]} for (${key})`).join(', '),
    score(labels, nodeName) {
      let sum = 0
      for (let i = 0; i < terms.length; i++) if (terms[i].matches(labels, nodeName)) sum += weights[i]
      return sum
    },
  }
}

/**
 * The names the required terms restrict a pod to; undefined when some term names no node, and empty when the names
 * within each term contradict one another.
 */
export function requiredNodeNames({ nodeSelectorTerms }: NodeSelector): ReadonlySet<string> | undefined {
  if (nodeSelectorTerms.length === 0) return undefined
  const names = new Set<string>()
  for (const { matchFields } of nodeSelectorTerms) {
    const lists = (matchFields ?? []).filter(({ key, operator }) => key === NAME_FIELD && operator === 'In')
    if (lists.length === 0) return undefined
    const [first, ...others] = lists.map(({ values }) => values ?? [])
    for (const name of first) if (others.every(list => list.includes(name))) names.add(name)
  }
  return names
}

interface Term {
  readonly key: string
  matches(labels: Labels, nodeName: string): boolean
}

interface TermErrors {
  readonly errors: readonly string[]
}

function isEmpty({ matchExpressions, matchFields }: NodeSelectorTerm): boolean {
  return (matchExpressions ?? []).length === 0 && (matchFields ?? []).length === 0
}

function compileTerm({ matchExpressions, matchFields }: NodeSelectorTerm, path: string): Term | TermErrors {
  const errors: string[] = []
  const requirements: Requirement[] = []
  for (const [i, { key, operator, values }] of (matchExpressions ?? []).entries()) {
    const place = `${path}.matchExpressions[${i}]`
    const known = OPERATORS.get(operator)
    if (known === undefined)
      errors.push(unsupportedField(`${place}.operator`, operator, [...OPERATORS.keys()]))
    else {
      errors.push(...requirementErrors(key, known, values ?? [], place))
      requirements.push({ key, operator: known, values: values ?? [] })
    }
  }
  for (const [i, requirement] of (matchFields ?? []).entries()) {
    errors.push(...fieldErrors(requirement, `${path}.matchFields[${i}]`))
  }
  if (errors.length > 0) return { errors }

  const selector = compileRequirements(requirements)
  const fields = matchFields ?? []
  return {
    key: [selector.key, ...fields.map(fieldKey)].filter(part => part !== '').join(' and '),
    matches: (labels, nodeName) => selector.matches(labels) && areFieldsMatching(fields, nodeName),
  }
}

function fieldErrors({ operator, values }: NodeSelectorRequirement, path: string): string[] {
  if (!FIELD_OPERATORS.includes(operator)) {
    return [unsupportedField(`${path}.operator`, operator, FIELD_OPERATORS)]
  }
  if (values?.length === 1) return []
  return [invalidField(`${path}.values`, values ?? null, 'must have one element')]
}

function fieldKey({ key, operator, values }: NodeSelectorRequirement): string {
  return `${key} ${operator} ${JSON.stringify(values)}`
}

/** A node without a name has no fields at all, and then they are not looked at. */
function areFieldsMatching(fields: readonly NodeSelectorRequirement[], nodeName: string): boolean {
  if (nodeName === '') return true
  for (const { key, operator, values } of fields) {
    const found = key === NAME_FIELD ? nodeName : ''
    if ((found === values![0]) !== (operator === 'In')) return false
  }
  return true
}
