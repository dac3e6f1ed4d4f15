import type { Quantity } from '../../../model/quantity.js'
import type { Constraint } from './constraints.js'
import { addCapacity, type ConsumedCapacity, consumedBy, hasCapacity } from './consumable-capacity.js'
import { type Demand, isKeptAway } from './demands.js'
import type { PoolDevice } from './device-pools.js'
import { PoolCounters } from './pool-counters.js'

/** What is in use already, by allocations written or under way. */
export interface AllocatedState {
  /** In use by one claim alone. */
  isTaken(id: string): boolean
  /** Capacities that claims consume of a device they share; undefined when nobody does. */
  consumedOf(id: string): ConsumedCapacity | undefined
}

/** A device chosen for a request. */
export interface ChosenDevice {
  readonly device: PoolDevice
  readonly demand: Demand
  /** Set for a device that several claims share. */
  readonly consumed: ReadonlyMap<string, Quantity> | undefined
}

/** Whether a device was taken; Conflict: a constraint of the claim was against it. */
export const Taking = { Refused: 0, Taken: 1, Conflict: 2 } as const
export type Taking = (typeof Taking)[keyof typeof Taking]

/**
 * The devices chosen so far in a search, with all that a choice uses up: the device itself or some of its
 * capacity, counters of its pool, places under the constraints. The last choice can be taken back.
 *
 * Upstream: allocateDevice and rollbackDevice of k8s.io/dynamic-resource-allocation
 * structured/internal/incubating/allocator_incubating.go (1.36).
 * Simplified: nothing known.
 */
export class DeviceChoices {
  readonly #state: AllocatedState
  readonly #constraints: readonly (readonly Constraint[])[]
  readonly #inUse = new Map<string, Set<number>>()
  readonly #sharing = new Map<string, ConsumedCapacity[]>()
  readonly #counters: PoolCounters
  /** For each device chosen, whether its counters were taken. */
  readonly #drawn: boolean[] = []
  /** By claim, in the order of its requests. */
  readonly byClaim: readonly ChosenDevice[][]

  /** @param constraints of each claim. */
  constructor(state: AllocatedState, constraints: readonly (readonly Constraint[])[]) {
    this.#state = state
    this.#constraints = constraints
    this.#counters = new PoolCounters(id => state.isTaken(id) || state.consumedOf(id) !== undefined)
    this.byClaim = constraints.map(() => [])
  }

  /** In use by any claim, of this pod or another. */
  isInUse(id: string): boolean {
    return this.#state.isTaken(id) || (this.#inUse.get(id)?.size ?? 0) > 0
  }

  /** Chosen for this very claim. */
  isInUseBy(id: string, claim: number): boolean {
    return this.#inUse.get(id)?.has(claim) === true
  }

  hasCapacity({ capacityRequests }: Demand, { id, device }: PoolDevice): boolean {
    if (device.capacity === undefined && capacityRequests === undefined) return true
    const shares = this.#sharing.get(id)
    const allocating = shares?.reduce(addCapacity)
    return hasCapacity(device, capacityRequests, this.#state.consumedOf(id), allocating)
  }

  /** Chooses the device, if nothing is against it. */
  take(claim: number, demand: Demand, device: PoolDevice): Taking {
    const { id, device: offer } = device
    const isShared = offer.allowMultipleAllocations === true
    if (demand.isAdmin ? !isShared && this.isInUseBy(id, claim) : this.isInUse(id)) return Taking.Refused
    const isSharedAlready = isShared && (this.#state.consumedOf(id) !== undefined || this.#sharing.has(id))
    const drawsOnCounters = !isSharedAlready && offer.consumesCounters !== undefined
    if (drawsOnCounters && !this.#counters.take(device)) return Taking.Refused
    const taking = this.#join(claim, demand, device)
    if (taking !== Taking.Taken) {
      if (drawsOnCounters) this.#counters.release(device)
      return taking
    }
    let consumed: Map<string, Quantity> | undefined
    if (isShared) {
      consumed = consumedBy(offer, demand.capacityRequests)
      const shares = this.#sharing.get(id)
      if (shares === undefined) this.#sharing.set(id, [consumed])
      else shares.push(consumed)
    } else {
      const users = this.#inUse.get(id)
      if (users === undefined) this.#inUse.set(id, new Set([claim]))
      else users.add(claim)
    }
    this.#drawn.push(drawsOnCounters)
    this.byClaim[claim].push({ device, demand, consumed })
    return Taking.Taken
  }

  /** Lets the device meet taints, all constraints and what is left of it, or none of them. */
  #join(claim: number, demand: Demand, device: PoolDevice): Taking {
    if (isKeptAway(demand, device.device.taints)) return Taking.Refused
    const [request, alternative] = namesOf(demand)
    const constraints = this.#constraints[claim]
    for (let i = 0; i < constraints.length; i++) {
      if (constraints[i].add(request, alternative, device)) continue
      while (--i >= 0) constraints[i].remove(request, alternative)
      return Taking.Conflict
    }
    if (this.hasCapacity(demand, device)) return Taking.Taken
    this.#leave(claim, demand)
    return Taking.Refused
  }

  #leave(claim: number, demand: Demand): void {
    const [request, alternative] = namesOf(demand)
    const constraints = this.#constraints[claim]
    for (let i = constraints.length - 1; i >= 0; i--) constraints[i].remove(request, alternative)
  }

  /** Takes back the device that was chosen last. */
  release(claim: number): void {
    const last = this.byClaim[claim].pop()
    const drawsOnCounters = this.#drawn.pop()
    if (last === undefined) return
    const { device, demand, consumed } = last
    if (consumed === undefined) this.#inUse.get(device.id)?.delete(claim)
    else {
      const shares = this.#sharing.get(device.id) ?? []
      shares.pop()
      if (shares.length === 0) this.#sharing.delete(device.id)
    }
    this.#leave(claim, demand)
    if (drawsOnCounters === true) this.#counters.release(device)
  }
}

/** Request and alternative as constraints name them. */
function namesOf({ name, parent }: Demand): readonly [string, string] {
  return parent === '' ? [name, ''] : [parent, name]
}
