/**
 * How many pods there are of each namespace and set of labels, how many of them are ready and stay, and whose they
 * are: kept as pods change, so that whoever wants just these sums looks at no pod. Which pods count is said by the
 * index of labelled pods, late as its informer is; what they are like is as fresh as their fields.
 *
 * Upstream: none; pkg/controller/disruption/disruption.go (1.36) lists and counts the pods anew.
 * Simplified: nothing known.
 */
import { NEVER } from '../kernel/time.js'
import { Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, type ObjectId, type PodId } from '../state/ids.js'
import type { AttachedColumn } from '../state/table.js'

export interface PodTally {
  pods: number
  /** Ready and not being deleted. */
  healthy: number
  /** Pods by owner; those of nobody under {@link NONE}. */
  readonly owners: Map<ObjectId, number>
}

const COUNTED = Change.Ready | Change.Deleting | Change.Ownership

export class PodTallies implements LogListener {
  readonly #state: ClusterState
  readonly #tallies: PodTally[] = []
  /** Places in the list of tallies. */
  readonly #places = new Map<NamespaceId, Map<LabelSetId, number>>()
  /** By pod: the place of its tally, NONE for one that does not count. */
  readonly #place: AttachedColumn<Int32Array>
  /** By pod that counts: as what it does. */
  readonly #healthy: AttachedColumn<Uint8Array>
  readonly #owner: AttachedColumn<Int32Array>

  constructor(state: ClusterState) {
    const { pods, log } = state
    this.#state = state
    this.#place = pods.attach(Int32Array, NONE)
    this.#healthy = pods.attach(Uint8Array, 0)
    this.#owner = pods.attach(Int32Array, NONE)
    log.listen(this, [{ source: Source.Pods, fields: COUNTED }])
  }

  /** It hears at once, so it never keeps a row from being reused. */
  get cursor(): number {
    return this.#state.log.end
  }

  appended(_source: Source, row: number): void {
    const place = this.#place.values[row]
    if (place !== NONE) this.#recount(this.#tallies[place], row as PodId)
  }

  /** The sums over some sets of labels, to be read at once. */
  of(namespace: NamespaceId, labelSets: readonly LabelSetId[]): PodTally {
    const places = this.#places.get(namespace)
    if (labelSets.length === 1) {
      const place = places?.get(labelSets[0])
      if (place !== undefined) return this.#tallies[place]
    }
    const sum = emptyTally()
    if (places === undefined) return sum
    for (let i = 0; i < labelSets.length; i++) {
      const place = places.get(labelSets[i])
      if (place === undefined) continue
      const { pods, healthy, owners } = this.#tallies[place]
      sum.pods += pods
      sum.healthy += healthy
      for (const [owner, owned] of owners) changeOwned(sum, owner, owned)
    }
    return sum
  }

  enter(pod: PodId, namespace: NamespaceId, labels: LabelSetId): void {
    const place = this.#placeOf(namespace, labels)
    const tally = this.#tallies[place]
    const owner = this.#state.pods.owner[pod] as ObjectId
    this.#place.values[pod] = place
    this.#healthy.values[pod] = 0
    this.#owner.values[pod] = owner
    tally.pods++
    changeOwned(tally, owner, 1)
    this.#recount(tally, pod)
  }

  leave(pod: PodId): void {
    const place = this.#place.values[pod]
    if (place === NONE) return
    const tally = this.#tallies[place]
    tally.pods--
    tally.healthy -= this.#healthy.values[pod]
    changeOwned(tally, this.#owner.values[pod] as ObjectId, -1)
    this.#place.values[pod] = NONE
  }

  #recount(tally: PodTally, pod: PodId): void {
    const { ready, deletionAt, owner } = this.#state.pods
    const healthy = ready[pod] === 1 && deletionAt[pod] === NEVER ? 1 : 0
    tally.healthy += healthy - this.#healthy.values[pod]
    this.#healthy.values[pod] = healthy
    const before = this.#owner.values[pod] as ObjectId
    const now = owner[pod] as ObjectId
    if (now === before) return
    changeOwned(tally, before, -1)
    changeOwned(tally, now, 1)
    this.#owner.values[pod] = now
  }

  #placeOf(namespace: NamespaceId, labels: LabelSetId): number {
    let places = this.#places.get(namespace)
    if (places === undefined) {
      places = new Map()
      this.#places.set(namespace, places)
    }
    let place = places.get(labels)
    if (place === undefined) {
      place = this.#tallies.push(emptyTally()) - 1
      places.set(labels, place)
    }
    return place
  }
}

function emptyTally(): PodTally {
  return { pods: 0, healthy: 0, owners: new Map() }
}

function changeOwned({ owners }: PodTally, owner: ObjectId, change: number): void {
  const owned = (owners.get(owner) ?? 0) + change
  if (owned === 0) owners.delete(owner)
  else owners.set(owner, owned)
}
