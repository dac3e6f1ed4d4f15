/**
 * The scopes of a resource quota: which pods and claims it is about at all.
 *
 * Upstream: podMatchesScopeFunc of pkg/quota/v1/evaluator/core/pods.go, pvcMatchesScopeFunc of
 * persistent_volume_claims.go, and generic.Matches of staging/src/k8s.io/apiserver/pkg/quota/v1/generic (1.36).
 * Simplified: nothing known.
 */
import type { Affinity, PersistentVolumeClaimSpec, PodAffinity, PodSpec } from '../../model/pod-spec.js'
import { resourceListOf } from '../../model/resource-list.js'

export interface ScopeRequirement {
  readonly scopeName: string
  readonly operator: string
  readonly values?: readonly string[]
}

export interface QuotaScopes {
  readonly scopes?: readonly string[]
  readonly scopeSelector?: { readonly matchExpressions?: readonly ScopeRequirement[] }
}

/** Both ways of naming scopes as one list. */
export function scopeRequirements({ scopes = [], scopeSelector }: QuotaScopes): readonly ScopeRequirement[] {
  const named = scopes.map(scopeName => ({ scopeName, operator: 'Exists' }))
  return [...named, ...(scopeSelector?.matchExpressions ?? [])]
}

/** Whether a pod lies in all scopes of the quota. */
export function podInScopes(spec: PodSpec, quota: QuotaScopes): boolean {
  return scopeRequirements(quota).every(requirement => podInScope(spec, requirement))
}

/** Whether a claim lies in all scopes of the quota. */
export function claimInScopes(spec: PersistentVolumeClaimSpec, quota: QuotaScopes): boolean {
  return scopeRequirements(quota).every(
    requirement =>
      requirement.scopeName === 'VolumeAttributesClass' &&
      matchesName(spec.volumeAttributesClassName ?? '', requirement),
  )
}

function podInScope(spec: PodSpec, requirement: ScopeRequirement): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return hasDeadline(spec)
    case 'NotTerminating':
      return !hasDeadline(spec)
    case 'BestEffort':
      return isBestEffort(spec)
    case 'NotBestEffort':
      return !isBestEffort(spec)
    case 'PriorityClass':
      return matchesName(spec.priorityClassName ?? '', requirement)
    case 'CrossNamespacePodAffinity':
      return hasForeignAffinity(spec.affinity)
    default:
      return false
  }
}

function hasDeadline({ activeDeadlineSeconds }: PodSpec): boolean {
  return activeDeadlineSeconds !== undefined && activeDeadlineSeconds !== null && activeDeadlineSeconds >= 0
}

/** No cpu and no memory is asked for or limited. */
function isBestEffort(spec: PodSpec): boolean {
  const levels = [spec, ...spec.containers, ...(spec.initContainers ?? [])]
  return levels.every(({ resources }) =>
    [resources?.requests, resources?.limits].every(amounts =>
      [...resourceListOf(amounts)].every(
        ([name, { unscaled }]) => (name !== 'cpu' && name !== 'memory') || unscaled <= 0n,
      ),
    ),
  )
}

/** A name that is not given is like a label that is not there. */
function matchesName(name: string, { operator, values = [] }: ScopeRequirement): boolean {
  switch (operator) {
    case 'Exists':
      return name !== ''
    case 'DoesNotExist':
      return name === ''
    case 'In':
      return name !== '' && values.includes(name)
    case 'NotIn':
      return name === '' || !values.includes(name)
    default:
      return false
  }
}

function hasForeignAffinity(affinity: Affinity | undefined): boolean {
  return isForeign(affinity?.podAffinity) || isForeign(affinity?.podAntiAffinity)
}

function isForeign(affinity: PodAffinity | undefined): boolean {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const terms = [...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)]
  return terms.some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || !!namespaceSelector)
}
