/**
 * What the API server refuses in a NodePool.
 * Upstream: the validation rules and patterns of Karpenter core 1.15, pkg/apis/v1/nodepool.go and nodeclaim.go, and
 * pkg/apis/v1/nodepool_validation.go.
 * Simplified: labels and requirements that Kubernetes or Karpenter keep for themselves are not looked for; a node class
 * may be left out.
 */
import { type NodePoolSpec, parseCron, qualifiedNameErrors } from '../../engine/index.js'
import { describeValue, listAlternatives } from '../describe-value.js'
import type { Fault } from '../issue.js'
import type { Path } from '../path.js'
import { quantityFault } from '../quantity-fault.js'
import { labelFaults } from './check-pod.js'
import { taintFaults } from './check-taints.js'

const POLICIES = ['WhenEmpty', 'WhenEmptyOrUnderutilized', 'Balanced']
const REASONS = ['Underutilized', 'Empty', 'Drifted']
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt', 'Gte', 'Lte']
const BOUNDS: ReadonlySet<string> = new Set(['Gt', 'Lt', 'Gte', 'Lte'])
const DURATION = /^([0-9]+(s|m|h))+$/
const DURATION_OR_NEVER = /^(([0-9]+(s|m|h))+|Never)$/
const BUDGET_DURATION = /^([0-9]+(m|h)+(0s)?)+$/
const BUDGET_NODES = /^((100|[0-9]{1,2})%|[0-9]+)$/
const MOST_BUDGETS = 50
const MOST_MIN_VALUES = 50
const MOST_WEIGHT = 100

type Disruption = NonNullable<NodePoolSpec['disruption']>
type Budget = NonNullable<Disruption['budgets']>[number]
type WrittenRequirement = NonNullable<NodePoolSpec['template']['spec']['requirements']>[number]

/** @param path where the spec stands */
export function nodePoolFaults(spec: NodePoolSpec & { readonly replicas?: number }, path: Path): Fault[] {
  const { template, disruption = {}, limits = {}, weight, replicas } = spec
  const {
    requirements = [],
    taints = [],
    startupTaints = [],
    expireAfter,
    terminationGracePeriod,
  } = template.spec
  const at = [...path, 'template', 'spec']
  const faults: Fault[] = [
    ...labelFaults(template.metadata?.labels, [...path, 'template', 'metadata', 'labels']),
    ...requirements.flatMap((requirement, i) => requirementFaults(requirement, [...at, 'requirements', i])),
    ...taintFaults(taints, [...at, 'taints']),
    ...taintFaults(startupTaints, [...at, 'startupTaints']),
    ...textFaults(expireAfter, DURATION_OR_NEVER, 'a duration such as "720h", or "Never"', [
      ...at,
      'expireAfter',
    ]),
    ...textFaults(terminationGracePeriod, DURATION, 'a duration such as "48h"', [
      ...at,
      'terminationGracePeriod',
    ]),
    ...disruptionFaults(disruption, [...path, 'disruption']),
  ]
  for (const [resource, quantity] of Object.entries(limits)) {
    const message = quantityFault(resource, quantity)
    if (message !== undefined) faults.push({ path: [...path, 'limits', resource], message })
  }
  if (weight !== undefined && (weight < 1 || weight > MOST_WEIGHT)) {
    faults.push({ path: [...path, 'weight'], message: `must be between 1 and ${MOST_WEIGHT}, got ${weight}` })
  }
  if (replicas !== undefined) {
    const message = 'static pools are behind a gate that is off by default, and are not simulated'
    faults.push({ path: [...path, 'replicas'], part: 'key', message })
  }
  return faults
}

function disruptionFaults(disruption: Disruption, path: Path): Fault[] {
  const { consolidateAfter, consolidationPolicy, budgets = [] } = disruption
  const expected = 'a duration such as "30s", or "Never"'
  const faults = [
    ...textFaults(consolidateAfter, DURATION_OR_NEVER, expected, [...path, 'consolidateAfter']),
    ...oneOf(consolidationPolicy, POLICIES, [...path, 'consolidationPolicy']),
    ...budgets.flatMap((budget, i) => budgetFaults(budget, [...path, 'budgets', i])),
  ]
  if (budgets.length > MOST_BUDGETS) {
    const message = `at most ${MOST_BUDGETS} are allowed, got ${budgets.length}`
    faults.push({ path: [...path, 'budgets'], message })
  }
  return faults
}

function budgetFaults({ nodes, schedule, duration, reasons = [] }: Budget, path: Path): Fault[] {
  const faults = [
    ...textFaults(nodes, BUDGET_NODES, 'a number such as "3" or a share such as "10%"', [...path, 'nodes']),
    ...textFaults(duration, BUDGET_DURATION, 'hours and minutes such as "8h30m"', [...path, 'duration']),
    ...reasons.flatMap((reason, i) => oneOf(reason, REASONS, [...path, 'reasons', i])),
  ]
  if ((schedule === undefined) !== (duration === undefined)) {
    faults.push({ path, message: '"schedule" and "duration" must be set together' })
  }
  const read = schedule === undefined ? undefined : parseCron(schedule, () => undefined)
  if (read !== undefined && 'error' in read) faults.push({ path: [...path, 'schedule'], message: read.error })
  return faults
}

function requirementFaults(
  { key, operator, values = [], minValues }: WrittenRequirement,
  path: Path,
): Fault[] {
  const faults = oneOf(operator, OPERATORS, [...path, 'operator'])
  for (const message of qualifiedNameErrors(key)) faults.push({ path: [...path, 'key'], message })
  if (operator === 'In' && values.length === 0) faults.push({ path, message: '"In" needs values' })
  if (BOUNDS.has(operator) && !(values.length === 1 && /^[0-9]+$/.test(values[0]))) {
    faults.push({ path, message: `"${operator}" needs one whole number in quotes as its only value` })
  }
  if (minValues === undefined) return faults
  const place = [...path, 'minValues']
  if (minValues < 1 || minValues > MOST_MIN_VALUES) {
    faults.push({ path: place, message: `must be between 1 and ${MOST_MIN_VALUES}, got ${minValues}` })
  } else if (operator === 'In' && values.length < minValues) {
    faults.push({ path: place, message: `asks for ${minValues} values, and there are ${values.length}` })
  }
  return faults
}

function textFaults(text: string | undefined, pattern: RegExp, expected: string, path: Path): Fault[] {
  if (text === undefined || pattern.test(text)) return []
  return [{ path, message: `expected ${expected}, got ${describeValue(text)}` }]
}

function oneOf(value: string | undefined, allowed: readonly string[], path: Path): Fault[] {
  if (value === undefined || allowed.includes(value)) return []
  return [{ path, message: `expected ${listAlternatives(allowed)}, got ${describeValue(value)}` }]
}
