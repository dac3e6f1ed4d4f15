/**
 * Makes `matchLabelKeys` and `mismatchLabelKeys` part of the selectors they stand beside, with the pod's own labels.
 * Upstream: the pod strategy of pkg/registry/core/pod/strategy.go (1.36).
 * Simplified: nothing known.
 */
import type { LabelSelector } from './labels.js'
import type { Labels, PodAffinity, PodAffinityTerm, PodSpec, TopologySpreadConstraint } from './pod-spec.js'

export function mergeLabelKeys(spec: PodSpec, labels: Labels): PodSpec {
  const { affinity, topologySpreadConstraints: constraints } = spec
  const spreadConstraints = constraints?.map(constraint => mergeConstraint(constraint, labels))
  if (affinity === undefined) {
    return spreadConstraints === undefined ? spec : { ...spec, topologySpreadConstraints: spreadConstraints }
  }
  const { podAffinity, podAntiAffinity } = affinity
  return {
    ...spec,
    ...(spreadConstraints === undefined ? {} : { topologySpreadConstraints: spreadConstraints }),
    affinity: {
      ...affinity,
      ...(podAffinity === undefined ? {} : { podAffinity: mergeTerms(podAffinity, labels) }),
      ...(podAntiAffinity === undefined ? {} : { podAntiAffinity: mergeTerms(podAntiAffinity, labels) }),
    },
  }
}

function mergeTerms(terms: PodAffinity, labels: Labels): PodAffinity {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = terms
  return {
    ...(required === undefined
      ? {}
      : { requiredDuringSchedulingIgnoredDuringExecution: required.map(term => mergeTerm(term, labels)) }),
    ...(preferred === undefined
      ? {}
      : {
          preferredDuringSchedulingIgnoredDuringExecution: preferred.map(({ weight, podAffinityTerm }) => ({
            weight,
            podAffinityTerm: mergeTerm(podAffinityTerm, labels),
          })),
        }),
  }
}

function mergeTerm(term: PodAffinityTerm, labels: Labels): PodAffinityTerm {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term
  const requirements = [
    ...requirementsOf(matchLabelKeys, 'In', labels),
    ...requirementsOf(mismatchLabelKeys, 'NotIn', labels),
  ]
  return labelSelector === undefined || requirements.length === 0
    ? term
    : { ...term, labelSelector: withRequirements(labelSelector, requirements) }
}

function mergeConstraint(constraint: TopologySpreadConstraint, labels: Labels): TopologySpreadConstraint {
  const { labelSelector, matchLabelKeys = [] } = constraint
  const requirements = requirementsOf(matchLabelKeys, 'In', labels)
  return labelSelector === undefined || requirements.length === 0
    ? constraint
    : { ...constraint, labelSelector: withRequirements(labelSelector, requirements) }
}

type Requirements = NonNullable<LabelSelector['matchExpressions']>

/** A key that the pod does not have asks for nothing. */
function requirementsOf(keys: readonly string[], operator: string, labels: Labels): Requirements {
  return keys.flatMap(key => (Object.hasOwn(labels, key) ? [{ key, operator, values: [labels[key]] }] : []))
}

function withRequirements(selector: LabelSelector, requirements: Requirements): LabelSelector {
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...requirements] }
}
