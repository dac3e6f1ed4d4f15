/**
 * Looks at claims and volumes that change, and every 15 s at those that are not settled: a claim that waits is not
 * woken by a volume that suits it. Passes with nothing to look at are not made.
 *
 * Upstream: pkg/controller/volume/persistentvolume/pv_controller_base.go (1.36).
 * Simplified: no migration of volumes from in-tree plugins to CSI drivers. Claims and volumes have a worker each
 * upstream, two workers for both here.
 */
import type { EventKind } from '../../kernel/kernel.js'
import type { SimTime } from '../../kernel/time.js'
import { VOLUME_SYNC_PERIOD } from '../../model/defaults.js'
import { Change, type Source } from '../../state/change-log.js'
import type { ObjectId } from '../../state/ids.js'
import { type ControllerContext, DONE, type ReconcileResult, type Reconciler } from '../controller.js'
import { ClaimSync } from './claim-sync.js'
import { KnownStorage } from './known-storage.js'
import { VolumeSync } from './volume-sync.js'

export class VolumeBinderReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #known: KnownStorage
  readonly #claims: ClaimSync
  readonly #volumes: VolumeSync
  readonly #pass: EventKind
  #startedAt: SimTime = 0
  #isScheduled = false

  constructor(context: ControllerContext) {
    this.#context = context
    this.#startedAt = context.kernel.now
    this.#pass = context.on('pass', () => this.#lookAgain())
    this.#known = new KnownStorage(context.state)
    this.#claims = new ClaimSync(context, this.#known, () => this.#wake())
    this.#volumes = new VolumeSync(context, this.#known)
  }

  changed(_: Source, row: number, fields: number): void {
    const { queue, state } = this.#context
    const id = row as ObjectId
    const object = state.objects.get(id)
    this.#wake()
    if ((fields & Change.Deleted) === 0) {
      this.#known.add(object)
      queue.add(id)
      return
    }
    // The other side of the binding hears of the end of this one.
    this.#known.remove(object)
    const other =
      object.kind === 'PersistentVolume' ? this.#known.claimNamedBy(id) : this.#known.volumeNamedBy(id)
    if (other !== undefined) queue.add(other)
  }

  reconcile(key: number): ReconcileResult {
    const { objects } = this.#context.state
    const id = key as ObjectId
    if (!objects.exists(id)) return DONE
    const { kind } = objects.get(id)
    if (kind === 'PersistentVolumeClaim') this.#claims.sync(id)
    else if (kind === 'PersistentVolume') this.#volumes.sync(id)
    return DONE
  }

  /** The next pass of the grid that began with the controller. */
  #wake(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const { kernel } = this.#context
    const passes = Math.floor((kernel.now - this.#startedAt) / VOLUME_SYNC_PERIOD) + 1
    kernel.schedule(this.#startedAt + passes * VOLUME_SYNC_PERIOD, this.#pass, 0)
  }

  #lookAgain(): void {
    this.#isScheduled = false
    const { queue } = this.#context
    for (const id of this.#known.unsettled()) queue.add(id)
  }
}
