/**
 * Remembers the slices a controller wrote itself: until the watch has brought a write back, the cache is stale and
 * must not be reconciled; a slice in any other version was changed by somebody else.
 *
 * Upstream: staging/src/k8s.io/endpointslice/util/endpointslice_tracker.go (1.36).
 * Simplified: slices have a watch of their own upstream, and its delay varies: it is drawn here for each write.
 */
import type { Stream } from '../../kernel/rng.js'
import type { SimTime } from '../../kernel/time.js'
import { ENDPOINT_SLICE_CACHE_LAG } from '../../model/defaults.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'
import type { Informer } from '../../state/informer.js'

const DELETION_EXPECTED = -1

interface Tracked {
  /** By UID of the slice. */
  readonly generations: Map<number, number>
  /** Sequence of the latest own write, and when the slices' watch brings it back at the earliest. */
  sequence: number
  seenAt: SimTime
}

export class SliceTracker {
  readonly #state: ClusterState
  readonly #informer: Informer
  readonly #lag: Stream
  /** By UID of the object whose slices they are. */
  readonly #byOwner = new Map<number, Tracked>()

  constructor(state: ClusterState, informer: Informer, lag: Stream) {
    this.#state = state
    this.#informer = informer
    this.#lag = lag
  }

  /** Whether the cache does not show all own writes yet. */
  isStale(owner: number, now: SimTime): boolean {
    const tracked = this.#byOwner.get(owner)
    return tracked !== undefined && (tracked.sequence >= this.#informer.cursor || tracked.seenAt > now)
  }

  /** @param answeredAt when the answer to the write is back */
  wrote(owner: number, slice: ObjectId, answeredAt: SimTime): void {
    const { uid, generation, resourceVersion } = this.#state.objects.get(slice).meta
    this.#remember(owner, uid, generation, resourceVersion, answeredAt)
  }

  deleted(owner: number, uid: number, answeredAt: SimTime): void {
    this.#remember(owner, uid, DELETION_EXPECTED, this.#state.log.end - 1, answeredAt)
  }

  /** Whether a change seen of the slice was somebody else's. */
  isForeign(owner: number, slice: ObjectId, isDeleted: boolean): boolean {
    const { uid, generation } = this.#state.objects.get(slice).meta
    const generations = this.#byOwner.get(owner)?.generations
    const known = generations?.get(uid)
    if (!isDeleted) return known === undefined || generation > known
    generations?.delete(uid)
    return known !== undefined && known !== DELETION_EXPECTED
  }

  forget(owner: number): void {
    this.#byOwner.delete(owner)
  }

  #remember(owner: number, uid: number, generation: number, sequence: number, answeredAt: SimTime): void {
    let tracked = this.#byOwner.get(owner)
    if (tracked === undefined) {
      tracked = { generations: new Map(), sequence: 0, seenAt: 0 }
      this.#byOwner.set(owner, tracked)
    }
    tracked.generations.set(uid, generation)
    tracked.sequence = sequence
    tracked.seenAt = answeredAt + Math.floor(this.#lag.next() * ENDPOINT_SLICE_CACHE_LAG)
  }
}
