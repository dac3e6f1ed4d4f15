/**
 * Which volume a claim gets: the one that was reserved for it, else the smallest that is large enough. Used
 * by the scheduler for claims that wait for their pod and by the volume controller for all others.
 * Upstream: k8s.io/component-helpers storage/volume/pv_helpers.go (FindMatchingVolume) and
 * pkg/controller/volume/persistentvolume/index.go, release 1.36.
 * Simplified: a claim reference from a manifest carries a text as its uid; the claim's name decides then.
 * Among volumes of one size the oldest is taken, where upstream's order is that of a hash map.
 */
import { NEVER } from '../kernel/time.js'
import { compileSelector, type Labels } from './labels.js'
import type { NodeSelector } from './node-affinity.js'
import { cachedNodeSelector } from './node-selector-cache.js'
import { parseQuantity, type Quantity } from './quantity.js'
import { compareQuantities } from './quantity-arithmetic.js'
import { byCodeUnits } from './resource-list.js'
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
    if (!haveSameMode(volume, claim)) continue
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

/**
 * The controller's choice: volumes are looked at by the set of their access modes, those that offer least beyond what
 * is asked first, and the first set with a volume that suits decides. With `waits`, only a reserved volume counts,
 * since the scheduler binds the others.
 */
export function matchForController(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  waits: boolean,
): PersistentVolume | undefined {
  const bySet = new Map<string, PersistentVolume[]>()
  for (const volume of volumes) {
    if (volume.spec.claimRef !== undefined && !isVolumeOfClaim(volume, claim)) continue
    if (!offersAccessModes(volume, claim)) continue
    const modes = [...(volume.spec.accessModes ?? [])].sort(byCodeUnits).join()
    const set = bySet.get(modes)
    if (set === undefined) bySet.set(modes, [volume])
    else set.push(volume)
  }
  const size = (modes: string): number => modes.split(',').length
  const sets = [...bySet.keys()].sort((a, b) => size(a) - size(b) || byCodeUnits(a, b))
  for (const modes of sets) {
    const candidates = findCandidates(claim, bySet.get(modes) as readonly PersistentVolume[])
    const volume = candidates.reserved[0] ?? (waits ? undefined : candidates.free[0])
    if (volume !== undefined) return volume
  }
  return undefined
}

/** Why the volume that a claim names cannot be its; undefined when it can. In upstream's words. */
export function volumeMismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const { meta, spec } = volume
  if (meta.deletionAt !== NEVER) return `the volume is marked for deletion "${meta.name}"`
  const size = parseQuantity(spec.capacity?.['storage'] ?? '0')
  const requested = parseQuantity(claim.spec.resources?.requests?.['storage'] ?? '0')
  if (size === undefined || requested === undefined || compareQuantities(size, requested) < 0) {
    return 'requested PV is too small'
  }
  if (classOfVolume(volume) !== classOfClaim(claim)) return 'storageClassName does not match'
  if ((claim.spec.volumeAttributesClassName ?? '') !== (spec.volumeAttributesClassName ?? '')) {
    return 'volumeAttributesClassName does not match'
  }
  if (!haveSameMode(volume, claim)) return 'incompatible volumeMode'
  return offersAccessModes(volume, claim) ? undefined : 'incompatible accessMode'
}

/** Whether both are file systems or both are block devices. */
export function haveSameMode(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec.volumeMode ?? 'Filesystem') === (volume.spec.volumeMode ?? 'Filesystem')
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
