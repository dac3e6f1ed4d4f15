/**
 * The claims and volumes that the controller has heard of, by name: it knows of none before the watch tells of it, and
 * of each until the watch tells of its end. What they contain is always up to date.
 *
 * Upstream: the stores `volumes` and `claims` of pkg/controller/volume/persistentvolume/pv_controller.go (1.36).
 * Simplified: nothing known.
 */
import type {
  ClaimReference,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeSpec,
} from '../../model/storage.js'
import { isFullyBound } from '../../model/storage.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'

export type StoredClaim = PersistentVolumeClaim & { readonly id: ObjectId }
export type StoredVolume = PersistentVolume & { readonly id: ObjectId }

export class KnownStorage {
  readonly #state: ClusterState
  readonly #claims = new Map<string, ObjectId>()
  readonly #volumes = new Map<string, ObjectId>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  add({ id, kind, meta }: StoredObject): void {
    if (kind === 'PersistentVolume') this.#volumes.set(meta.name, id)
    else this.#claims.set(claimKey(meta), id)
  }

  remove({ id, kind, meta }: StoredObject): void {
    const known = kind === 'PersistentVolume' ? this.#volumes : this.#claims
    const key = kind === 'PersistentVolume' ? meta.name : claimKey(meta)
    if (known.get(key) === id) known.delete(key)
  }

  claim(id: ObjectId): StoredClaim {
    return this.#state.objects.get(id) as StoredClaim
  }

  volume(id: ObjectId): StoredVolume {
    return this.#state.objects.get(id) as StoredVolume
  }

  /** In the order in which they were heard of. */
  *volumes(): Iterable<StoredVolume> {
    for (const id of this.#volumes.values()) yield this.volume(id)
  }

  findVolume(name: string): StoredVolume | undefined {
    const id = this.#volumes.get(name)
    return id === undefined ? undefined : this.volume(id)
  }

  /** A claim of that name, known or not: who would release a volume asks the API server before. */
  findClaim(reference: ClaimReference): StoredClaim | undefined {
    const known = this.#claims.get(claimKey(reference))
    const uid = this.uidOf(reference)
    if (known !== undefined && this.claim(known).meta.uid === uid) return this.claim(known)
    const { namespace, name } = reference
    const stored = this.#state.objects.find('PersistentVolumeClaim', namespace, name)
    return stored === undefined || this.claim(stored).meta.uid !== uid ? undefined : this.claim(stored)
  }

  /** The number of the claim a reference is about; undefined when it only names one. */
  uidOf({ uid }: ClaimReference): number | undefined {
    return typeof uid === 'string' ? (this.#state.writtenUids.get(uid) ?? UNKNOWN_UID) : uid
  }

  /** The known claim that a volume's reference names, whoever it is. */
  claimNamedBy(volume: ObjectId): ObjectId | undefined {
    const { claimRef } = this.#state.objects.get<PersistentVolumeSpec>(volume).spec
    return claimRef === undefined ? undefined : this.#claims.get(claimKey(claimRef))
  }

  /** The known volume that a claim names. */
  volumeNamedBy(claim: ObjectId): ObjectId | undefined {
    return this.#volumes.get(this.claim(claim).spec.volumeName ?? '')
  }

  /** Claims that are not bound as they should be, then volumes. */
  *unsettled(): Iterable<ObjectId> {
    for (const id of this.#claims.values()) if (!this.#isClaimSettled(this.claim(id))) yield id
    for (const id of this.#volumes.values()) if (!this.#isVolumeSettled(this.volume(id))) yield id
  }

  #isClaimSettled(claim: StoredClaim): boolean {
    if (!isFullyBound(claim)) return false
    const volume = this.findVolume(claim.spec.volumeName ?? '')
    if (volume === undefined) return claim.status.phase === 'Lost'
    const { claimRef } = volume.spec
    if (claimRef === undefined || claim.status.phase !== 'Bound') return false
    return this.uidOf(claimRef) === claim.meta.uid && volume.status.phase === 'Bound'
  }

  #isVolumeSettled({ meta, spec, status }: StoredVolume): boolean {
    const { claimRef } = spec
    if (claimRef === undefined || this.uidOf(claimRef) === undefined) return status.phase === 'Available'
    const claim = this.findClaim(claimRef)
    if (claim === undefined) return status.phase === 'Released' || status.phase === 'Failed'
    return claim.spec.volumeName === meta.name && status.phase === 'Bound'
  }
}

/** No object's: a reference to something that is not here. */
const UNKNOWN_UID = -1

function claimKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`
}
