import { NEVER } from '../../../kernel/time.js'
import {
  type ConsumerReference,
  POD_CLAIM_NAME,
  type ResourceClaim,
  type ResourceClaimStatus,
} from '../../../model/devices.js'
import { isControlledByPod } from '../../../model/pod-claims.js'
import type { PodSpec } from '../../../model/pod-spec.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import type { PodId } from '../../../state/ids.js'
import type { Snapshot } from '../../framework/snapshot.js'
import { watchObjects } from '../object-watch.js'

type PodResourceClaim = NonNullable<PodSpec['resourceClaims']>[number]

/**
 * The claims of pods: named by the pod, or made for it from a template.
 *
 * Upstream: k8s.io/dynamic-resource-allocation resourceclaim/resourceclaim.go and foreachPodResourceClaim of
 * pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go (1.36).
 * Simplified: a pod's status does not list the claims made for it; the claim's owner and annotation tell the
 * same.
 */
export class PodResourceClaims {
  readonly #state: ClusterState
  /** Claims made from templates, by namespace, pod and the entry of its spec. */
  readonly #generated = new Map<string, ResourceClaim>()

  constructor(state: ClusterState) {
    this.#state = state
    watchObjects(state, {
      ResourceClaim: (claim: ResourceClaim, exists) => {
        const { namespace, annotations, owners } = claim.meta
        const entry = annotations[POD_CLAIM_NAME]
        const owner = owners.find(({ controller, kind }) => controller && kind === 'Pod')
        if (entry === undefined || owner === undefined) return
        const key = `${namespace}/${owner.name}/${entry}`
        if (exists) this.#generated.set(key, claim)
        else if (this.#generated.get(key) === claim) this.#generated.delete(key)
      },
    })
  }

  /** The claims in the order of the spec, or why they cannot be used. */
  of(pod: PodId, namespace: string, spec: PodSpec): ResourceClaim[] | string {
    const claims: ResourceClaim[] = []
    for (const entry of spec.resourceClaims ?? []) {
      const claim = this.#claimOf(pod, namespace, entry)
      if (typeof claim === 'string') return claim
      claims.push(claim)
    }
    return claims
  }

  #claimOf(pod: PodId, namespace: string, entry: PodResourceClaim): ResourceClaim | string {
    const { pods, objects } = this.#state
    const podName = pods.name[pod] as string
    const { name, resourceClaimName, resourceClaimTemplateName } = entry
    let claim: ResourceClaim | undefined
    if (resourceClaimName !== undefined) {
      const id = objects.find('ResourceClaim', namespace, resourceClaimName)
      if (id === undefined) return `could not find ResourceClaim "${namespace}/${resourceClaimName}"`
      claim = objects.get(id) as ResourceClaim
    } else if (resourceClaimTemplateName === undefined) {
      const place = `pod "${namespace}/${podName}", spec.resourceClaim "${name}"`
      return `${place}: none of the supported fields are set`
    } else {
      claim = this.#generated.get(`${namespace}/${podName}/${name}`)
      if (claim === undefined) return `pod "${namespace}/${podName}": ResourceClaim not created yet`
    }
    if (claim.meta.deletionAt !== NEVER) return `resourceclaim "${claim.meta.name}" is being deleted`
    if (resourceClaimName === undefined && !isControlledByPod(claim.meta, podName, pods.uid[pod])) {
      const made = `ResourceClaim ${namespace}/${claim.meta.name} was not created for Pod`
      return `${made} ${namespace}/${podName} (Pod is not owner)`
    }
    return claim
  }
}

/** Whether the claim is reserved for this very pod. */
export function isReservedFor(
  { reservedFor = [] }: ResourceClaimStatus,
  podName: string,
  podUid: number,
): boolean {
  return reservedFor.some(reference => isReferenceTo(reference, podName, podUid))
}

export function isReferenceTo(
  { resource, name, uid }: ConsumerReference,
  podName: string,
  podUid: number,
): boolean {
  return resource === 'pods' && (typeof uid === 'number' ? uid === podUid : name === podName)
}

const indexes = new WeakMap<Snapshot, PodResourceClaims>()

/** The claims as a scheduler looks them up: one index, however many profiles ask. */
export function podResourceClaimsOf(snapshot: Snapshot): PodResourceClaims {
  let index = indexes.get(snapshot)
  if (index === undefined) {
    index = new PodResourceClaims(snapshot.state)
    indexes.set(snapshot, index)
  }
  return index
}
