/**
 * Which volume a claim gets: the one that was reserved for it, else the smallest that is large enough. Used
 * by the scheduler for claims that wait for their pod and by the volume controller for all others.
 * Upstream: k8s.io/component-helpers storage/volume/pv_helpers.go (FindMatchingVolume), release 1.36.
 * Simplified: a claim reference from a manifest carries a text as its uid; the claim's name decides then.
 * Among volumes of one size the oldest is taken, where upstream's order is that of a hash map.
 */
import { NEVER } from '../kernel/time.js'
import { compileSelector, type Labels } from './labels.js'
import type { NodeSelector } from './node-affinity.js'
import { cachedNodeSelector } from './node-selector-cache.js'
import { parseQuantity, type Quantity } from './quantity.js'
import { compareQuantities } from './quantity-arithmetic.js'
import { classOfClaim, classOfVolume, type PersistentVolume, type PersistentVolumeClaim } from './storage.js'

/** The volumes that suit a claim as far as nodes do not matter. */
export interface VolumeCandidates {
  /** Reserved for this claim, in the given order: the first of them decides alone. */
  readonly reserved: readonly PersistentVolume[]
  /** Free and large enough, the smallest first. */
  readonly free: readonly PersistentVolume[]
}

/** Whether the volume is reserved for or bound to this very claim. */
export function isVolumeOfClaim(
  { spec: { claimRef } }: PersistentVolume,
  claim: PersistentVolumeClaim,
): boolean {
  if (claimRef === undefined) return false
  if (claimRef.name !== claim.meta.name || claimRef.namespace !== claim.meta.namespace) return false
  return typeof claimRef.uid !== 'number' || claimRef.uid === claim.meta.uid
}

/** The part of the search that is the same for every node. */
export function findCandidates(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
): VolumeCandidates {
  const requested = parseQuantity(claim.spec.resources?.requests?.['storage'] ?? '0')
  const reserved: PersistentVolume[] = []
  const free: { readonly volume: PersistentVolume; readonly size: Quantity }[] = []
  if (requested === undefined) return { reserved, free: [] }
  const selector = claim.spec.selector === undefined ? undefined : compileSelector(claim.spec.selector)
  const wantedClass = classOfClaim(claim)
  for (const volume of volumes) {
    const { meta, spec, status } = volume
    const isReserved = isVolumeOfClaim(volume, claim)
    if (spec.claimRef !== undefined && !isReserved) continue
    const size = parseQuantity(spec.capacity?.['storage'] ?? '0')
    if (size === undefined || compareQuantities(size, requested) < 0) continue
    if ((claim.spec.volumeMode ?? 'Filesystem') !== (spec.volumeMode ?? 'Filesystem')) continue
    if ((claim.spec.volumeAttributesClassName ?? '') !== (spec.volumeAttributesClassName ?? '')) continue
    if (meta.deletionAt !== NEVER) continue
    if (isReserved) {
      reserved.push(volume)
      continue
    }
    if (status.phase !== 'Available') continue
    if (selector !== undefined && !selector.matches(meta.labels)) continue
    if (classOfVolume(volume) !== wantedClass) continue
    free.push({ volume, size })
  }
  // Sorting is stable, so volumes of one size stay in the order in which they were given.
  free.sort((a, b) => compareQuantities(a.size, b.size))
  return { reserved, free: free.map(({ volume }) => volume) }
}

/**
 * The scheduler's choice for one node: the volume must be within the node's reach and offer all access modes.
 * Volumes in `taken` were chosen for other claims of the same pod.
 */
export function pickForNode(
  claim: PersistentVolumeClaim,
  candidates: VolumeCandidates,
  taken: ReadonlySet<PersistentVolume>,
  isInReach: (volume: PersistentVolume) => boolean,
): PersistentVolume | undefined {
  for (const volume of candidates.reserved) {
    if (!taken.has(volume)) return isInReach(volume) ? volume : undefined
  }
  for (const volume of candidates.free) {
    if (!taken.has(volume) && isInReach(volume) && offersAccessModes(volume, claim)) return volume
  }
  return undefined
}

/** The controller's choice: with `waits`, only a reserved volume, since the scheduler binds the others. */
export function pickForController(
  candidates: VolumeCandidates,
  waits: boolean,
): PersistentVolume | undefined {
  return candidates.reserved[0] ?? (waits ? undefined : candidates.free[0])
}

/** Whether the volume can be used in every way the claim asks for. */
export function offersAccessModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered = volume.spec.accessModes ?? []
  return (claim.spec.accessModes ?? []).every(mode => offered.includes(mode))
}

/** Whether a node of these labels can reach the volume. The node's name does not count. */
export function isWithinReach(required: NodeSelector | undefined, labels: Labels): boolean {
  return required === undefined || cachedNodeSelector(required).matches(labels, '')
}
