/**
 * What to do with a claim: find it a volume, ask a provisioner for one, wait for its pod or for a volume; or see that
 * a binding that was made still stands. In upstream's words to the user.
 *
 * Upstream: syncClaim, syncUnboundClaim, syncBoundClaim and provisionClaim of
 * pkg/controller/volume/persistentvolume/pv_controller.go (1.36).
 * Simplified: no provisioners inside the controller, since none is left but that of host paths, which is off.
 */
import { defaultStorageClass } from '../../apiserver/admission/default-storage-class.js'
import type { EventType } from '../../apiserver/event-recorder.js'
import { Result } from '../../apiserver/result.js'
import {
  BETA_STORAGE_PROVISIONER,
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  classOfClaim,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  type StorageClassSpec,
} from '../../model/storage.js'
import { isVolumeOfClaim, matchForController, volumeMismatch } from '../../model/volume-matching.js'
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { BindingWrites } from './binding-writes.js'
import type { KnownStorage, StoredClaim, StoredVolume } from './known-storage.js'

const IN_TREE = 'kubernetes.io/'

export class ClaimSync {
  readonly #context: ControllerContext
  readonly #known: KnownStorage
  readonly #writes: BindingWrites
  readonly #again: () => void

  /** @param again the claim was told to wait, and is to be told so again at the next pass */
  constructor(context: ControllerContext, known: KnownStorage, again: () => void) {
    this.#context = context
    this.#known = known
    this.#writes = new BindingWrites(context, known)
    this.#again = again
  }

  sync(id: ObjectId): void {
    const claim = this.#known.claim(id)
    if (claim.meta.annotations[BIND_COMPLETED] !== undefined) this.#syncBound(claim)
    else if ((claim.spec.volumeName ?? '') === '') this.#findVolume(claim)
    else this.#bindNamed(claim, claim.spec.volumeName ?? '')
  }

  #findVolume(claim: StoredClaim): void {
    const storageClass = this.#classOf(claim)
    const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer'
    const volume = matchForController(claim, this.#known.volumes(), waits)
    if (volume !== undefined) {
      this.#writes.bind(volume as StoredVolume, claim)
      return
    }
    if (this.#giveDefaultClass(claim)) return
    if (waits && claim.meta.annotations[SELECTED_NODE] === undefined) {
      this.#waitForPod(claim)
    } else if (classOfClaim(claim) !== '') {
      this.#provision(claim, storageClass)
      return
    } else {
      const why = 'no persistent volumes available for this claim and no storage class is set'
      this.#tell(claim, 'Normal', 'FailedBinding', why)
    }
    this.#writes.setClaimPhase(claim, 'Pending')
  }

  /** A claim without class gets the default one also when that comes later. */
  #giveDefaultClass({ id, meta, spec }: StoredClaim): boolean {
    const { state, api } = this.#context
    const storageClassName = defaultStorageClass(state, spec, meta.annotations)
    if (storageClassName === undefined) return false
    this.#context.charge()
    return api.objects.updateSpec(id, { ...spec, storageClassName }) === Result.Ok
  }

  #waitForPod(claim: StoredClaim): void {
    const { state, claimUsers, informer } = this.#context
    const { pods } = state
    const isWaiting = (pod: PodId): boolean =>
      informer.sees(pods.createdSequence[pod], pods.deletedSequence[pod]) &&
      !pods.isFinished(pod) &&
      pods.nodeOf(pod) === NONE
    const users = [...claimUsers.of(claim.meta.namespace, claim.meta.name)].filter(isWaiting)
    const names = users.map(pod => pods.name[pod])
    if (names.length === 0) {
      const message = 'waiting for first consumer to be created before binding'
      this.#tell(claim, 'Normal', 'WaitForFirstConsumer', message)
    } else {
      const noun = names.length === 1 ? 'pod' : 'pods'
      const message = `waiting for ${noun} ${names.join(',')} to be scheduled`
      this.#tell(claim, 'Normal', 'WaitForPodScheduled', message)
    }
  }

  #provision(claim: StoredClaim, storageClass: StorageClassSpec | undefined): void {
    if (storageClass === undefined) {
      const message = `storageclass.storage.k8s.io "${classOfClaim(claim)}" not found`
      this.#tell(claim, 'Warning', 'ProvisioningFailed', message)
      return
    }
    const { provisioner } = storageClass
    if (provisioner.startsWith(IN_TREE)) {
      const message = `no volume plugin matched name: ${provisioner}`
      this.#tell(claim, 'Warning', 'ProvisioningFailed', message)
      return
    }
    if (!this.#nameProvisioner(claim, provisioner)) return
    const message =
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the ` +
      'system administrator. If volume creation is delayed, please verify that the provisioner is running and ' +
      'correctly registered.'
    this.#tell(claim, 'Normal', 'ExternalProvisioning', message)
  }

  #nameProvisioner({ id, meta }: StoredClaim, provisioner: string): boolean {
    if (meta.annotations[STORAGE_PROVISIONER] === provisioner) return true
    const names = { [STORAGE_PROVISIONER]: provisioner, [BETA_STORAGE_PROVISIONER]: provisioner }
    this.#context.charge()
    const annotations = { ...meta.annotations, ...names }
    return this.#context.api.objects.updateMeta(id, { annotations }) === Result.Ok
  }

  #bindNamed(claim: StoredClaim, name: string): void {
    const volume = this.#known.findVolume(name)
    if (volume === undefined) {
      this.#writes.setClaimPhase(claim, 'Pending')
    } else if (volume.spec.claimRef === undefined) {
      const mismatch = volumeMismatch(volume, claim)
      if (mismatch === undefined) {
        this.#writes.bind(volume, claim)
        return
      }
      const message = `Cannot bind to requested volume "${name}": ${mismatch}`
      this.#tell(claim, 'Warning', 'VolumeMismatch', message)
      this.#writes.setClaimPhase(claim, 'Pending')
    } else if (isVolumeOfClaim(volume, claim)) {
      this.#writes.bind(volume, claim)
    } else {
      this.#tell(claim, 'Warning', 'FailedBinding', `volume "${name}" already bound to a different claim.`)
      if (claim.meta.annotations[BOUND_BY_CONTROLLER] === undefined) {
        this.#writes.setClaimPhase(claim, 'Pending')
      }
    }
  }

  #syncBound(claim: StoredClaim): void {
    const name = claim.spec.volumeName ?? ''
    const volume = this.#known.findVolume(name)
    if (name === '') {
      this.#lose(
        claim,
        'ClaimLost',
        'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
      )
    } else if (volume === undefined) {
      this.#lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')
    } else if (
      volume.spec.claimRef === undefined ||
      this.#known.uidOf(volume.spec.claimRef) === claim.meta.uid
    ) {
      this.#writes.bind(volume, claim)
    } else {
      const message = 'Two claims are bound to the same volume, this one is bound incorrectly'
      this.#lose(claim, 'ClaimMisbound', message)
    }
  }

  #lose(claim: StoredClaim, reason: string, message: string): void {
    if (claim.status.phase === 'Lost') return
    if (this.#writes.setClaimPhase(claim, 'Lost')) this.#writes.event(claim, 'Warning', reason, message)
  }

  #tell(claim: StoredClaim, type: EventType, reason: string, message: string): void {
    this.#writes.event(claim, type, reason, message)
    this.#again()
  }

  #classOf(claim: StoredClaim): StorageClassSpec | undefined {
    const { objects } = this.#context.state
    const id = objects.find('StorageClass', '', classOfClaim(claim))
    return id === undefined ? undefined : objects.get<StorageClassSpec>(id).spec
  }
}
