/**
 * What a pod gives up when it finds no place, one thing at a time: the first of several required node affinity terms,
 * the heaviest preferred pod affinity, preferred pod anti-affinity and preferred node affinity, a spread constraint
 * that may be broken, and last its dislike of taints that only ask not to be chosen.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/preferences.go.
 * Simplified: nothing known.
 */
import type { Affinity, PodSpec } from '../../model/pod-spec.js'
import { TaintEffect, type Toleration } from '../../model/taints.js'

const TOLERATE_PREFERENCES: Toleration = { operator: 'Exists', effect: TaintEffect.PreferNoSchedule }

/**
 * The pod's spec with one thing given up; undefined when nothing is left to give up.
 * @param somePoolPrefersNot whether a pool has a taint of the effect PreferNoSchedule
 */
export function relaxPod(spec: PodSpec, somePoolPrefersNot: boolean): PodSpec | undefined {
  return (
    withoutRequiredTerm(spec) ??
    withoutPreferredPods(spec, 'podAffinity') ??
    withoutPreferredPods(spec, 'podAntiAffinity') ??
    withoutPreferredNodes(spec) ??
    withoutBreakableSpread(spec) ??
    (somePoolPrefersNot ? tolerantOfPreferences(spec) : undefined)
  )
}

/** The terms are alternatives: without its first one the pod asks for the next. The last one stays. */
export function withoutRequiredTerm(spec: PodSpec): PodSpec | undefined {
  const nodeAffinity = spec.affinity?.nodeAffinity
  const terms = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (terms.length <= 1) return undefined
  return withAffinity(spec, {
    nodeAffinity: {
      ...nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms.slice(1) },
    },
  })
}

/** Undefined when it does already. */
export function tolerantOfPreferences(spec: PodSpec): PodSpec | undefined {
  const tolerations = spec.tolerations ?? []
  const has = tolerations.some(
    ({ key = '', operator, value = '', effect }) =>
      key === '' && value === '' && operator === 'Exists' && effect === TaintEffect.PreferNoSchedule,
  )
  return has ? undefined : { ...spec, tolerations: [...tolerations, TOLERATE_PREFERENCES] }
}

function withoutPreferredPods(spec: PodSpec, kind: 'podAffinity' | 'podAntiAffinity'): PodSpec | undefined {
  const own = spec.affinity?.[kind]
  const terms = own?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  if (terms.length === 0) return undefined
  const rest = withoutHeaviest(terms)
  return withAffinity(spec, { [kind]: { ...own, preferredDuringSchedulingIgnoredDuringExecution: rest } })
}

function withoutPreferredNodes(spec: PodSpec): PodSpec | undefined {
  const own = spec.affinity?.nodeAffinity
  const terms = own?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  if (terms.length === 0) return undefined
  const rest = withoutHeaviest(terms)
  return withAffinity(spec, {
    nodeAffinity: { ...own, preferredDuringSchedulingIgnoredDuringExecution: rest },
  })
}

/** Of equally heavy ones the first goes first. */
function withoutHeaviest<T extends { readonly weight: number }>(terms: readonly T[]): readonly T[] {
  return terms.toSorted((a, b) => b.weight - a.weight).slice(1)
}

/** The last constraint takes the place of the one given up. */
function withoutBreakableSpread(spec: PodSpec): PodSpec | undefined {
  const constraints = [...(spec.topologySpreadConstraints ?? [])]
  const breakable = constraints.findIndex(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway')
  if (breakable < 0) return undefined
  constraints[breakable] = constraints[constraints.length - 1]
  constraints.pop()
  return { ...spec, topologySpreadConstraints: constraints }
}

function withAffinity(spec: PodSpec, changed: Affinity): PodSpec {
  return { ...spec, affinity: { ...spec.affinity, ...changed } }
}
