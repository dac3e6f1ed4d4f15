/**
 * The topology rules of a pod: its spread constraints and its terms of affinity and anti-affinity, preferences included
 * while they are respected.
 * Upstream: newForTopologies, newForAffinities, buildNamespaceList and TopologyGroup.Hash of Karpenter core 1.15,
 * pkg/controllers/provisioning/scheduling (topology.go and topologygroup.go). As there, minDomains does not tell two
 * rules apart: that of the first counts.
 * Simplified: no spread constraints by default (`--scheduler-config`).
 */
import { type CompiledSelector, compileSelector, type LabelSelector } from '../../model/labels.js'
import type { Labels, PodAffinityTerm, TopologySpreadConstraint } from '../../model/pod-spec.js'
import { byCodeUnits } from '../../model/resource-list.js'
import type { PodShape } from './pod-shape.js'
import { TopologyKind, type TopologyRule } from './topology-group.js'
import { TopologyNodeFilter, withoutPairs } from './topology-node-filter.js'

/** Labels of the namespaces that exist, by name. */
export type NamespaceLabels = ReadonlyMap<string, Labels>

const NOTHING = compileSelector(undefined) as CompiledSelector
const EVERYTHING = compileSelector({}) as CompiledSelector

export function topologyRules(
  shape: PodShape,
  respectsPreferences: boolean,
  namespaces: NamespaceLabels,
): TopologyRule[] {
  const { spec } = shape
  const rules: TopologyRule[] = []
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    if (respectsPreferences || constraint.whenUnsatisfiable === 'DoNotSchedule') {
      rules.push(spreadRule(shape, constraint))
    }
  }
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  for (const [kind, own] of [
    [TopologyKind.Affinity, podAffinity],
    [TopologyKind.AntiAffinity, podAntiAffinity],
  ] as const) {
    for (const term of own?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      rules.push(affinityRule(kind, shape.namespace, term, namespaces))
    }
    if (!respectsPreferences) continue
    for (const { podAffinityTerm } of own?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      rules.push(affinityRule(kind, shape.namespace, podAffinityTerm, namespaces))
    }
  }
  return rules
}

/** The rules by which a pod keeps others away; preferences bind only the pod that has them. */
export function inverseRules({ namespace, spec }: OwnerOfRules, namespaces: NamespaceLabels): TopologyRule[] {
  const terms = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.map(term => affinityRule(TopologyKind.AntiAffinity, namespace, term, namespaces))
}

type OwnerOfRules = Pick<PodShape, 'namespace' | 'spec'>

function affinityRule(
  kind: TopologyKind,
  namespace: string,
  term: PodAffinityTerm,
  existing: NamespaceLabels,
): TopologyRule {
  const { labelSelector, topologyKey } = term
  const namespaces = namespacesOf(term, namespace, existing)
  const identity = [topologyKey, [...namespaces].sort(byCodeUnits), selectorKey(labelSelector)]
  return {
    kind,
    topologyKey,
    namespaces,
    ...selectorsOf(labelSelector),
    maxSkew: Number.POSITIVE_INFINITY,
    minDomains: undefined,
    nodeFilter: undefined,
    key: JSON.stringify([kind, ...identity]),
    countingKey: JSON.stringify(identity),
  }
}

function spreadRule(shape: PodShape, constraint: TopologySpreadConstraint): TopologyRule {
  const { topologyKey, maxSkew, minDomains } = constraint
  const labelSelector = withLabelKeys(constraint, shape.labels)
  const nodeFilter = new TopologyNodeFilter(shape.spec, constraint)
  const identity = [topologyKey, shape.namespace, maxSkew, nodeFilter.key, selectorKey(labelSelector)]
  return {
    kind: TopologyKind.Spread,
    topologyKey,
    namespaces: new Set([shape.namespace]),
    ...selectorsOf(labelSelector),
    maxSkew,
    minDomains,
    nodeFilter,
    key: JSON.stringify([TopologyKind.Spread, ...identity]),
    countingKey: JSON.stringify([
      topologyKey,
      shape.namespace,
      nodeFilter.meaning,
      selectorKey(labelSelector),
    ]),
  }
}

function withLabelKeys(
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
  labels: Labels,
): LabelSelector | undefined {
  const own = matchLabelKeys.filter(key => typeof labels[key] === 'string')
  if (own.length === 0) return labelSelector
  const added = own.map(key => ({ key, operator: 'In', values: [labels[key]] }))
  return { ...labelSelector, matchExpressions: [...(labelSelector?.matchExpressions ?? []), ...added] }
}

function namespacesOf(
  { namespaces = [], namespaceSelector }: PodAffinityTerm,
  own: string,
  existing: NamespaceLabels,
): ReadonlySet<string> {
  if (namespaceSelector === undefined) return new Set(namespaces.length === 0 ? [own] : namespaces)
  const selector = compileSelector(namespaceSelector) ?? NOTHING
  const selected = [...existing].filter(([, labels]) => selector.matches(labels)).map(([name]) => name)
  return new Set([...selected, ...namespaces])
}

function selectorsOf(
  selector: LabelSelector | undefined,
): Pick<TopologyRule, 'selector' | 'countingSelector'> {
  const compiled = compileSelector(selector) ?? NOTHING
  return { selector: compiled, countingSelector: selector === undefined ? EVERYTHING : compiled }
}

function selectorKey(selector: LabelSelector | undefined): string {
  if (selector === undefined) return ''
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => byCodeUnits(a, b))
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) =>
    JSON.stringify([key, operator, withoutPairs(values ?? [])]),
  )
  return JSON.stringify([labels, [...new Set(expressions)].sort(byCodeUnits)])
}
