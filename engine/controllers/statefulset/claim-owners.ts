/**
 * Who has to own the volume claims of a StatefulSet's pod for the garbage collector to do what the
 * retention policy says: the set when claims go with it, the pod when claims go with a scale-down and the
 * pod is superfluous.
 *
 * Upstream: isClaimOwnerUpToDate and updateClaimOwnerRefForSetAndPod of
 * pkg/controller/statefulset/stateful_set_utils.go (1.36).
 * Simplified: owners are told apart by kind and name, without their API group.
 */
import type { OwnerReference } from '../../model/api-object.js'
import type { StatefulSetSpec } from '../../model/workloads.js'

/** UID of an object that does not exist yet. */
export const NO_UID = -1

/** A set or pod as an owner; a pod that does not exist yet has the UID NO_UID, which is nobody's. */
export interface ClaimOwner {
  readonly kind: 'StatefulSet' | 'Pod'
  readonly name: string
  readonly uid: number
}

export interface ClaimOwners {
  readonly policy: StatefulSetSpec['persistentVolumeClaimRetentionPolicy']
  readonly set: ClaimOwner
  readonly pod: ClaimOwner
  /** The set does not want the pod any more. */
  readonly isPodSuperfluous: boolean
}

/** A reference to an earlier object of the same kind and name: the claim is on its way out with that one. */
export function isStale(owners: readonly OwnerReference[], owner: ClaimOwner): boolean {
  const reference = owners.find(candidate => isNamed(candidate, owner))
  return reference !== undefined && reference.uid !== owner.uid
}

/** Whether the claim's owners need no change. Claims with stale owners are left alone. */
export function areOwnersRight(owners: readonly OwnerReference[], wanted: ClaimOwners): boolean {
  const { set, pod } = wanted
  if (isStale(owners, set) || isStale(owners, pod)) return true
  const isOwned = isOwnedBy(owners, set) || isOwnedBy(owners, pod)
  if (hasForeignController(owners, wanted)) return !isOwned
  if (owners.some(({ uid, controller }) => !controller && (uid === set.uid || uid === pod.uid))) return false
  const target = ownerOf(wanted)
  return isOwnedBy(owners, set) === (target === set) && isOwnedBy(owners, pod) === (target === pod)
}

/** Somebody else controls the claim, so the retention policy cannot be carried out. */
export function hasForeignController(owners: readonly OwnerReference[], wanted: ClaimOwners): boolean {
  const { policy, set, pod } = wanted
  if (policy.whenScaled === 'Retain' && policy.whenDeleted === 'Retain') return false
  return owners.some(owner => {
    if (isNamed(owner, set)) return owner.uid !== set.uid
    if (isNamed(owner, pod)) return owner.uid !== pod.uid
    return owner.controller
  })
}

/** The owners as they should be: the references to set and pod replaced. */
export function withRightOwners(
  owners: readonly OwnerReference[],
  wanted: ClaimOwners,
): readonly OwnerReference[] {
  const { set, pod } = wanted
  const others = owners.filter(owner => !isNamed(owner, set) && !isNamed(owner, pod))
  const target = hasForeignController(owners, wanted) ? undefined : ownerOf(wanted)
  if (target === undefined || isOwnedBy(others, target)) return others
  const { kind, name, uid } = target
  return [...others, { kind, name, uid, controller: true, blockOwnerDeletion: true }]
}

function ownerOf({ policy, set, pod, isPodSuperfluous }: ClaimOwners): ClaimOwner | undefined {
  if (policy.whenScaled === 'Delete' && isPodSuperfluous) return pod
  return policy.whenDeleted === 'Delete' ? set : undefined
}

function isNamed(reference: OwnerReference, { kind, name }: ClaimOwner): boolean {
  return reference.kind === kind && reference.name === name
}

function isOwnedBy(owners: readonly OwnerReference[], { uid }: ClaimOwner): boolean {
  return owners.some(owner => owner.uid === uid)
}
