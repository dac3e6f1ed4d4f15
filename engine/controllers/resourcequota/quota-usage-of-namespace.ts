/**
 * What the objects of a namespace take from a quota, all counted anew.
 *
 * Upstream: staging/src/k8s.io/apiserver/pkg/quota/v1/resources.go CalculateUsage, generic CalculateUsageStats (1.36).
 * Simplified: nothing known.
 */
import { inScopes, type ResourceQuotaSpec } from '../../apiserver/admission/quota-admission.js'
import {
  claimUsage,
  objectUsage,
  podUsage,
  type ServiceLike,
  serviceUsage,
} from '../../apiserver/admission/quota-usage.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import { resourceOf } from '../../model/kinds.js'
import type { Amounts, PersistentVolumeClaimSpec } from '../../model/pod-spec.js'
import type { Quantity } from '../../model/quantity.js'
import { maskOf, type ResourceList, resourceListOf, sumOf, ZERO } from '../../model/resource-list.js'
import type { PodId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { ControllerContext } from '../controller.js'

export function usageOfNamespace(
  context: ControllerContext,
  namespace: string,
  quota: ResourceQuotaSpec,
  now: SimTime,
): ResourceList {
  const { state, informer } = context
  const names = [...resourceListOf(quota.hard).keys()]
  let used: ResourceList = new Map(names.map((name): [string, Quantity] => [name, ZERO]))
  const { pods, objects } = state
  for (const pod of pods.names(state.namespaceId(namespace)).values()) {
    if (!informer.sees(pods.createdSequence[pod], 0)) continue
    const { spec } = state.templates.get(pods.templateOf(pod))
    if (!inScopes('Pod', spec, quota)) continue
    used = sumOf(used, maskOf(podUsage(spec, isCharged(context, pod, now)), names))
  }
  for (let row = 0; row < objects.highWater; row++) {
    const object = objects.object[row]
    if (object === undefined || object.meta.namespace !== namespace || !objects.exists(object.id)) continue
    if (!informer.sees(objects.createdSequence[row], 0) || !inScopes(object.kind, object.spec, quota))
      continue
    used = sumOf(used, maskOf(usageOfObject(object), names))
  }
  return used
}

/** Finished pods, and those that should have been gone, take nothing but a name. */
function isCharged({ state: { pods } }: ControllerContext, pod: PodId, now: SimTime): boolean {
  if (pods.isFinished(pod)) return false
  return !pods.isTerminating(pod) || now <= pods.deletionAt[pod] + pods.gracePeriodSeconds[pod] * SECOND
}

function usageOfObject({ kind, spec, status, meta }: StoredObject): ResourceList {
  if (kind === 'Service') return serviceUsage(spec as ServiceLike)
  if (kind !== 'PersistentVolumeClaim') return objectUsage(resourceOf(kind))
  const { allocatedResources = {} } = status as { readonly allocatedResources?: Amounts }
  return claimUsage({
    spec: spec as PersistentVolumeClaimSpec,
    annotations: meta.annotations,
    allocatedResources,
  })
}
