/**
 * Machines that were paid for ahead: how many each reservation still has while nodes to come are being planned. A
 * planned node holds one of every reservation it might be launched from.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/reservationmanager.go.
 * Simplified: nothing known.
 */
import { invariant } from '../../kernel/invariant.js'
import { capacityTypeOf, type InstanceType, type Offering, reservationOf } from './instance-type.js'
import { CapacityType } from './well-known-labels.js'

export function isReserved(offering: Offering): boolean {
  return capacityTypeOf(offering) === CapacityType.Reserved
}

/** How many machines each reservation has; the least number counts where several offerings name the same one. */
export function reservedCapacity(types: Iterable<InstanceType>): ReadonlyMap<string, number> {
  const capacity = new Map<string, number>()
  for (const { offerings } of types) {
    for (const offering of offerings) {
      if (!isReserved(offering)) continue
      const id = reservationOf(offering)
      const own = offering.reservationCapacity ?? 0
      capacity.set(id, Math.min(capacity.get(id) ?? own, own))
    }
  }
  return capacity
}

export class Reservations {
  readonly #left: Map<string, number>
  readonly #heldBy = new Map<string, Set<string>>()

  constructor(capacity: ReadonlyMap<string, number>) {
    this.#left = new Map(capacity)
  }

  canHold(host: string, offering: Offering): boolean {
    const id = reservationOf(offering)
    return this.#heldBy.get(host)?.has(id) === true || (this.#left.get(id) ?? 0) > 0
  }

  /** The host now holds one of these reservations each, and of no other ones. */
  hold(host: string, offerings: readonly Offering[]): void {
    const wanted = new Set(offerings.map(reservationOf))
    const held = this.#heldBy.get(host) ?? new Set()
    for (const id of wanted) if (!held.has(id)) this.#take(id, -1)
    for (const id of held) if (!wanted.has(id)) this.#take(id, 1)
    this.#heldBy.set(host, wanted)
  }

  #take(id: string, change: number): void {
    const left = (this.#left.get(id) ?? 0) + change
    invariant(left >= 0, 'a reservation holds no more machines than it has')
    this.#left.set(id, left)
  }
}
