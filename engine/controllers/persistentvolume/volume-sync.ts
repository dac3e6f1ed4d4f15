/**
 * What to do with a volume: it is free, reserved, bound, or its claim has gone and it is reclaimed by its policy.
 *
 * Upstream: syncVolume of pkg/controller/volume/persistentvolume/pv_controller.go (1.36).
 * Simplified: nothing known beside what volume-reclaim.ts says.
 */
import { PROVISIONED_BY } from '../../model/storage.js'
import { haveSameMode } from '../../model/volume-matching.js'
import type { ObjectId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { BindingWrites } from './binding-writes.js'
import type { KnownStorage, StoredClaim, StoredVolume } from './known-storage.js'
import { VolumeReclaim } from './volume-reclaim.js'

export class VolumeSync {
  readonly #context: ControllerContext
  readonly #known: KnownStorage
  readonly #writes: BindingWrites
  readonly #reclaim: VolumeReclaim

  constructor(context: ControllerContext, known: KnownStorage) {
    this.#context = context
    this.#known = known
    this.#writes = new BindingWrites(context, known)
    this.#reclaim = new VolumeReclaim(context, this.#writes)
  }

  sync(id: ObjectId): void {
    const volume = this.#known.volume(id)
    const { claimRef } = volume.spec
    if (claimRef === undefined || this.#known.uidOf(claimRef) === undefined) {
      this.#writes.setVolumePhase(volume, 'Available')
      return
    }
    const claim = this.#known.findClaim(claimRef)
    if (claim === undefined) this.#release(volume)
    else if ((claim.spec.volumeName ?? '') === '') this.#finishBinding(volume, claim)
    else if (claim.spec.volumeName === volume.meta.name) this.#writes.setVolumePhase(volume, 'Bound')
    else if (isMadeForClaim(volume)) this.#release(volume)
    else this.#writes.unbind(volume)
  }

  #release(volume: StoredVolume): void {
    const { phase } = volume.status
    // A failure stays to be seen.
    if (phase !== 'Failed' && !this.#writes.setVolumePhase(volume, 'Released')) return
    this.#reclaim.run(volume)
  }

  /** The volume is the claim's and the claim does not know it yet: its own sync goes on. */
  #finishBinding(volume: StoredVolume, claim: StoredClaim): void {
    if (haveSameMode(volume, claim)) {
      this.#context.queue.add(claim.id)
      return
    }
    const { name } = claim.meta
    const why = 'due to incompatible volumeMode.'
    const ofVolume = `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${name}" ${why}`
    const ofClaim = `Cannot bind PersistentVolume "${volume.meta.name}" to requested PersistentVolumeClaim ${why}`
    this.#writes.event(volume, 'Warning', 'VolumeMismatch', ofVolume)
    this.#writes.event(claim, 'Warning', 'VolumeMismatch', ofClaim)
  }
}

/** Provisioned for a claim that has found another volume meanwhile: nobody needs it. */
function isMadeForClaim({ meta, spec }: StoredVolume): boolean {
  return meta.annotations[PROVISIONED_BY] !== undefined && spec.persistentVolumeReclaimPolicy === 'Delete'
}
