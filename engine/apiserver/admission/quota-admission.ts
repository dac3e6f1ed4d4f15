/**
 * Resource quotas at the door: whether an object fits the quotas of its namespace, and what they have used then. A
 * quota whose use has not been measured yet refuses nothing, because its status names no limits.
 *
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go CheckRequest (1.36).
 * Simplified: requests are checked one by one, never in batches; nothing is limited by configuration.
 */
import type { Amounts, PersistentVolumeClaimSpec, PodSpec } from '../../model/pod-spec.js'
import type { Quantity } from '../../model/quantity.js'
import { compareQuantities } from '../../model/quantity-arithmetic.js'
import {
  amountsOf,
  byCodeUnits,
  listText,
  maskOf,
  namesOf,
  type ResourceList,
  resourceListOf,
  sumOf,
} from '../../model/resource-list.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'
import { claimInScopes, podInScopes, type QuotaScopes, scopeRequirements } from './quota-scopes.js'
import { countedResources, hardNames, missingAmounts } from './quota-usage.js'

export interface ResourceQuotaSpec extends QuotaScopes {
  readonly hard?: Amounts
}

export interface ResourceQuotaStatus {
  readonly hard?: Amounts
  readonly used?: Amounts
}

/** An object on its way into the store, as quotas see it. */
export interface QuotaSubject {
  readonly kind: string
  readonly spec: unknown
  readonly usage: ResourceList
}

/** New amounts used, by quota. */
export type QuotaCharges = ReadonlyMap<ObjectId, ResourceQuotaStatus>

const NO_CHARGES: QuotaCharges = new Map()

/** What the quotas will have used with the object, or why one of them refuses it. */
export function chargeQuotas(
  state: ClusterState,
  quotas: readonly ObjectId[],
  subject: QuotaSubject,
): QuotaCharges | { readonly refusal: string } {
  const interesting: ObjectId[] = []
  for (const id of quotas) {
    const { meta, spec, status } = state.objects.get<ResourceQuotaSpec, ResourceQuotaStatus>(id)
    const counted = countedResources(subject.kind, hardNames(status.hard), subject.usage)
    if (counted.length === 0 || !inScopes(subject.kind, subject.spec, spec)) continue
    const missing = subject.kind === 'Pod' ? missingAmounts(subject.spec as PodSpec, counted) : undefined
    if (missing !== undefined) return { refusal: `failed quota: ${meta.name}: ${missing}` }
    const unknown = counted.filter(name => status.used?.[name] === undefined)
    if (unknown.length > 0) {
      return { refusal: `status unknown for quota: ${meta.name}, resources: ${counted.join(',')}` }
    }
    interesting.push(id)
  }
  const negative = namesOf(subject.usage).filter(name => (subject.usage.get(name) as Quantity).unscaled < 0n)
  if (interesting.length > 0 && negative.length > 0) {
    return { refusal: `quota usage is negative for resource(s): ${negative.join(',')}` }
  }
  return addUp(state, interesting, withoutZeros(subject.usage))
}

/** Whether the quota is about such an object at all. */
export function inScopes(kind: string, spec: unknown, quota: QuotaScopes): boolean {
  if (kind === 'Pod') return podInScopes(spec as PodSpec, quota)
  if (kind === 'PersistentVolumeClaim') return claimInScopes(spec as PersistentVolumeClaimSpec, quota)
  return scopeRequirements(quota).length === 0
}

function addUp(
  state: ClusterState,
  quotas: readonly ObjectId[],
  usage: ResourceList,
): QuotaCharges | { readonly refusal: string } {
  if (quotas.length === 0 || usage.size === 0) return NO_CHARGES
  const charges = new Map<ObjectId, ResourceQuotaStatus>()
  for (const id of quotas) {
    const { meta, status } = state.objects.get<ResourceQuotaSpec, ResourceQuotaStatus>(id)
    const hard = resourceListOf(status.hard)
    const used = resourceListOf(status.used)
    const requested = maskOf(usage, hard.keys())
    const sum = sumOf(used, requested)
    const exceeded = namesOf(requested).filter(
      name => compareQuantities(sum.get(name) as Quantity, hard.get(name) as Quantity) > 0,
    )
    if (exceeded.length > 0) {
      const [asked, taken, most] = [requested, used, hard].map(list => listText(maskOf(list, exceeded)))
      return {
        refusal: `exceeded quota: ${meta.name}, requested: ${asked}, used: ${taken}, limited: ${most}`,
      }
    }
    if (requested.size > 0) charges.set(id, { ...status, used: amountsOf(sum) })
  }
  return charges
}

function withoutZeros(usage: ResourceList): ResourceList {
  return new Map([...usage].filter(([, { unscaled }]) => unscaled !== 0n))
}

/** Quotas in order of their names. */
export function byName(state: ClusterState): (a: ObjectId, b: ObjectId) => number {
  const { objects } = state
  return (a, b) => byCodeUnits(objects.get(a).meta.name, objects.get(b).meta.name)
}
