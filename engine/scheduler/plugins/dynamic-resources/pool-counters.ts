import { parseQuantity, type Quantity, quantityOf } from '../../../model/quantity.js'
import { addQuantities, compareQuantities, subtractQuantities } from '../../../model/quantity-arithmetic.js'
import type { DevicePool, PoolDevice } from './device-pools.js'

type Amounts = Map<string, Quantity>

/**
 * The counters of partitionable devices during one search: what allocated devices leave of them, and what the
 * devices chosen so far take.
 *
 * Upstream: checkAvailableCounters of k8s.io/dynamic-resource-allocation
 * structured/internal/incubating/allocator_incubating.go (1.36).
 * Simplified: nothing known. As upstream, pools of one name share one account, whoever their driver is.
 */
export class PoolCounters {
  readonly #isAllocated: (id: string) => boolean
  readonly #available = new Map<string, Amounts>()
  readonly #consumed = new Map<string, Amounts>()

  constructor(isAllocated: (id: string) => boolean) {
    this.#isAllocated = isAllocated
  }

  /** Takes what the device consumes, if there is enough of everything. */
  take(device: PoolDevice): boolean {
    const available = this.#availableIn(device.pool)
    this.#charge(device, addQuantities)
    const consumed = this.#consumedIn(device.pool)
    for (const [counter, amount] of available) {
      if (compareQuantities(amount, consumed.get(counter) ?? quantityOf(0)) < 0) {
        this.release(device)
        return false
      }
    }
    return true
  }

  release(device: PoolDevice): void {
    this.#charge(device, subtractQuantities)
  }

  #charge(device: PoolDevice, operation: typeof addQuantities): void {
    const consumed = this.#consumedIn(device.pool)
    forEachCounter(device, (counter, amount) => {
      consumed.set(counter, operation(consumed.get(counter) ?? quantityOf(0), amount))
    })
  }

  #consumedIn({ name }: DevicePool): Amounts {
    let consumed = this.#consumed.get(name)
    if (consumed === undefined) {
      consumed = new Map()
      this.#consumed.set(name, consumed)
    }
    return consumed
  }

  #availableIn(pool: DevicePool): Amounts {
    let available = this.#available.get(pool.name)
    if (available === undefined) {
      available = this.#countAvailable(pool)
      this.#available.set(pool.name, available)
    }
    return available
  }

  #countAvailable(pool: DevicePool): Amounts {
    const available: Amounts = new Map()
    for (const [set, counters] of pool.counterSets) {
      for (const [name, { value }] of Object.entries(counters)) {
        available.set(`${set}/${name}`, parseQuantity(value) ?? quantityOf(0))
      }
    }
    for (const device of [...pool.devices, ...pool.elsewhere]) {
      if (device.device.consumesCounters === undefined || !this.#isAllocated(device.id)) continue
      forEachCounter(device, (counter, amount) => {
        const before = available.get(counter)
        if (before !== undefined) available.set(counter, subtractQuantities(before, amount))
      })
    }
    return available
  }
}

function forEachCounter({ device }: PoolDevice, visit: (counter: string, amount: Quantity) => void): void {
  for (const { counterSet, counters } of device.consumesCounters ?? []) {
    for (const [name, { value }] of Object.entries(counters)) {
      visit(`${counterSet}/${name}`, parseQuantity(value) ?? quantityOf(0))
    }
  }
}
