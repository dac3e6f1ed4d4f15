/**
 * Distributes endpoints over slices with as few writes as possible: endpoints stay where they are, slices that are
 * written anyway are filled up, then the fullest one with room for the rest, then new ones. Slices are never joined.
 *
 * Upstream: reconcileByPortMapping of staging/src/k8s.io/endpointslice/reconciler.go, getSliceToFill of utils.go,
 * release 1.36.
 * Simplified: where upstream's order is that of a hash map, slices go by name and endpoints by age.
 */
import type { Endpoint } from '../../model/services.js'

/** A slice, and what its endpoints are to become. */
export interface PackedSlice<Id> {
  /** Undefined: a new slice. */
  readonly id: Id | undefined
  readonly endpoints: Endpoint[]
}

/** A slice that stays as it is, unless it has room that is needed. */
type UnchangedSlice<Id> = Pick<ExistingSlice<Id>, 'id' | 'endpoints'>

export interface ExistingSlice<Id> {
  readonly id: Id
  readonly endpoints: readonly Endpoint[]
  /** To be written even if its endpoints stay the same. */
  readonly isOutdated: boolean
  /** Places of the endpoints that may have changed, the others stay as they are; absent: all of them. */
  readonly asked?: readonly number[]
}

export interface Packing<Id> {
  readonly create: PackedSlice<Id>[]
  readonly update: PackedSlice<Id>[]
  readonly remove: Id[]
}

/** What is wanted: endpoints by key; those that have been placed are taken out. */
export interface WantedEndpoints {
  /** The endpoint as it shall be, `current` itself when nothing changed; undefined when it shall go. */
  take(current: Endpoint): Endpoint | undefined
  /** How many are left to be placed. */
  readonly size: number
  /** Takes out any of them. */
  next(): Endpoint
}

export function packEndpoints<Id>(
  existing: readonly ExistingSlice<Id>[],
  wanted: WantedEndpoints,
  most: number,
): Packing<Id> {
  const update: PackedSlice<Id>[] = []
  const remove: Id[] = []
  let unchanged: UnchangedSlice<Id>[] = []
  for (const slice of existing) {
    const { id, asked } = slice
    if (asked?.length === 0) {
      unchanged.push(slice)
      continue
    }
    const endpoints: Endpoint[] = []
    let isChanged = false
    for (let place = 0; place < slice.endpoints.length; place++) {
      const current = slice.endpoints[place]
      const kept = asked === undefined || asked.includes(place) ? wanted.take(current) : current
      if (kept === undefined) continue
      endpoints.push(kept)
      if (kept !== current) isChanged = true
    }
    isChanged ||= endpoints.length !== slice.endpoints.length
    if (isChanged && endpoints.length === 0) remove.push(id)
    else if (isChanged || slice.isOutdated) update.push({ id, endpoints })
    else unchanged.push({ id, endpoints })
  }
  if (wanted.size > 0) {
    const fullestFirst = update.toSorted((a, b) => b.endpoints.length - a.endpoints.length)
    for (const { endpoints } of fullestFirst) fill(endpoints, wanted, most)
  }
  const create: PackedSlice<Id>[] = []
  while (wanted.size > 0) {
    const room = wanted.size < most ? tightestFor(unchanged, wanted.size, most) : undefined
    const slice: PackedSlice<Id> = { id: room?.id, endpoints: [...(room?.endpoints ?? [])] }
    fill(slice.endpoints, wanted, most)
    if (room === undefined) {
      create.push(slice)
    } else {
      update.push(slice)
      unchanged = unchanged.filter(other => other !== room)
    }
  }
  return { create, update, remove }
}

function fill(endpoints: Endpoint[], wanted: WantedEndpoints, most: number): void {
  while (wanted.size > 0 && endpoints.length < most) endpoints.push(wanted.next())
}

/** The slice that has room for all of them and is fullest then; a slice that stays empty is none. */
function tightestFor<Id>(
  slices: readonly UnchangedSlice<Id>[],
  count: number,
  most: number,
): UnchangedSlice<Id> | undefined {
  let tightest: UnchangedSlice<Id> | undefined
  let least = most
  for (const slice of slices) {
    const left = most - (count + slice.endpoints.length)
    if (left < 0 || left >= least) continue
    least = left
    tightest = slice
  }
  return tightest
}
