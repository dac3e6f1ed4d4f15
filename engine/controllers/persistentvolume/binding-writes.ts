/**
 * The writes that bind a claim and a volume, in upstream's order: the volume's reference, the volume's phase, the
 * claim's volume, the claim's phase. Each is left out where it would change nothing, so a binding that was interrupted
 * is finished.
 *
 * Upstream: bind, unbindVolume, updateClaimStatus and updateVolumePhase of
 * pkg/controller/volume/persistentvolume/pv_controller.go (1.36).
 * Simplified: no resizing, no classes of volume attributes in a claim's status.
 */
import { type EventType, subjectOf } from '../../apiserver/event-recorder.js'
import type { ObjectChange } from '../../apiserver/object-registry.js'
import { Result } from '../../apiserver/result.js'
import type { PersistentVolumeClaimSpec } from '../../model/pod-spec.js'
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  type PersistentVolumeClaimStatus,
  type PersistentVolumeSpec,
} from '../../model/storage.js'
import { isVolumeOfClaim } from '../../model/volume-matching.js'
import type { ObjectId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import type { KnownStorage, StoredClaim, StoredVolume } from './known-storage.js'

export class BindingWrites {
  readonly #context: ControllerContext
  readonly #known: KnownStorage

  constructor(context: ControllerContext, known: KnownStorage) {
    this.#context = context
    this.#known = known
  }

  /** Stops at the first refusal: the next look at either side goes on. */
  bind(volume: StoredVolume, claim: StoredClaim): boolean {
    return (
      this.#reserve(volume, claim) &&
      this.setVolumePhase(volume, 'Bound') &&
      this.#name(claim, volume) &&
      this.setClaimPhase(claim, 'Bound', volume)
    )
  }

  #reserve({ id, meta, spec, status }: StoredVolume, claim: StoredClaim): boolean {
    const isReserved = isVolumeOfClaim({ meta, spec, status }, claim)
    const isComplete =
      isReserved && spec.claimRef !== undefined && this.#known.uidOf(spec.claimRef) === claim.meta.uid
    const isMarked = isReserved || meta.annotations[BOUND_BY_CONTROLLER] !== undefined
    if (isComplete && isMarked) return true
    const { namespace, name, uid } = claim.meta
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid }
    const reserved: PersistentVolumeSpec = { ...spec, claimRef }
    return this.#write(id, {
      ...(isComplete ? {} : { spec: reserved }),
      ...(isMarked ? {} : { annotations: { ...meta.annotations, [BOUND_BY_CONTROLLER]: 'yes' } }),
    })
  }

  #name({ id, meta, spec }: StoredClaim, volume: StoredVolume): boolean {
    const { name } = volume.meta
    const isNamed = spec.volumeName === name
    if (isNamed && meta.annotations[BIND_COMPLETED] !== undefined) return true
    const named: PersistentVolumeClaimSpec = { ...spec, volumeName: name }
    const marks = isNamed ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }
    return this.#write(id, {
      ...(isNamed ? {} : { spec: named }),
      annotations: { ...meta.annotations, ...marks, [BIND_COMPLETED]: 'yes' },
    })
  }

  /** Takes the volume back from a claim: what a user had reserved stays reserved by name. */
  unbind({ id, meta, spec }: StoredVolume): boolean {
    const { claimRef: _, ...free } = spec
    const { [BOUND_BY_CONTROLLER]: mark, ...annotations } = meta.annotations
    if (mark !== undefined) return this.#write(id, { spec: free, annotations }) && this.#makeAvailable(id)
    if (spec.claimRef === undefined) return this.#makeAvailable(id)
    const { uid: __, ...byName } = spec.claimRef
    return this.#write(id, { spec: { ...spec, claimRef: byName } }) && this.#makeAvailable(id)
  }

  #makeAvailable(id: ObjectId): boolean {
    return this.setVolumePhase(this.#known.volume(id), 'Available')
  }

  /** A phase that is set already keeps its message. */
  setVolumePhase({ id, status }: StoredVolume, phase: string, message = ''): boolean {
    if (status.phase === phase) return true
    return this.#write(id, { status: { phase, ...(message === '' ? {} : { message }) } })
  }

  /** @param volume gives the status its capacity and access modes; none: they are taken away */
  setClaimPhase({ id, status }: StoredClaim, phase: string, volume?: StoredVolume): boolean {
    const { accessModes: _, capacity: __, ...rest } = status
    const wanted: PersistentVolumeClaimStatus =
      volume === undefined
        ? { ...rest, phase }
        : {
            ...rest,
            phase,
            accessModes: volume.spec.accessModes ?? [],
            // A claim that is bound already may have its own idea of its size.
            capacity: status.phase === phase ? (status.capacity ?? {}) : (volume.spec.capacity ?? {}),
          }
    if (isSameStatus(status, wanted)) return true
    return this.#write(id, { status: wanted })
  }

  event({ id }: StoredClaim | StoredVolume, type: EventType, reason: string, message: string): void {
    const subject = subjectOf(this.#context.state.objects.get(id))
    this.#context.events.record(subject, type, reason, message)
  }

  #write(id: ObjectId, change: ObjectChange): boolean {
    this.#context.charge()
    return this.#context.api.objects.update(id, change) === Result.Ok
  }
}

function isSameStatus(a: PersistentVolumeClaimStatus, b: PersistentVolumeClaimStatus): boolean {
  const size = ({ capacity }: PersistentVolumeClaimStatus): string | undefined => capacity?.['storage']
  const modes = ({ accessModes = [] }: PersistentVolumeClaimStatus): string => accessModes.join()
  return a.phase === b.phase && size(a) === size(b) && modes(a) === modes(b)
}
