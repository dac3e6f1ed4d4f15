import type { AllocationResult, ResourceClaimStatus } from '../../../model/devices.js'
import { parseQuantity, type Quantity } from '../../../model/quantity.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import { watchObjects } from '../object-watch.js'
import { addCapacity, type ConsumedCapacity } from './consumable-capacity.js'
import type { AllocatedState } from './device-choices.js'
import { deviceId } from './device-pools.js'

/** Told of every pool of which a device was taken or given back. */
export type PoolListener = (driver: string, pool: string) => void

/**
 * The devices that are allocated to claims, by what the claims' statuses say and by what the scheduler has
 * decided and not written yet. Counted as claims change, so that a cycle has nothing to gather.
 *
 * Upstream: pkg/scheduler/framework/plugins/dynamicresources/allocateddevices.go and the claimTracker of
 * dra_manager.go (1.36).
 * Simplified: an allocation under way is never shared between pods, as without pod groups.
 */
export class AllocatedDevices implements AllocatedState {
  readonly #recorded = new Map<number, AllocationResult>()
  readonly #pending = new Map<number, AllocationResult>()
  readonly #taken = new Map<string, number>()
  readonly #shares = new Map<string, ConsumedCapacity[]>()
  readonly #listeners: PoolListener[] = []

  constructor(state: ClusterState) {
    watchObjects(state, {
      ResourceClaim: ({ meta, status }, exists) => this.#record(meta.uid, exists ? status : {}),
    })
  }

  listen(listener: PoolListener): void {
    this.#listeners.push(listener)
  }

  isTaken(id: string): boolean {
    return this.#taken.has(id)
  }

  consumedOf(id: string): ConsumedCapacity | undefined {
    return this.#shares.get(id)?.reduce(addCapacity)
  }

  /** What was decided for a claim and is not written yet. */
  pendingOf(claimUid: number): AllocationResult | undefined {
    return this.#pending.get(claimUid)
  }

  addPending(claimUid: number, allocation: AllocationResult): void {
    this.#pending.set(claimUid, allocation)
    this.#count(allocation, 1)
  }

  /** The decision was written, or dropped. */
  removePending(claimUid: number): void {
    const allocation = this.#pending.get(claimUid)
    if (allocation === undefined) return
    this.#pending.delete(claimUid)
    this.#count(allocation, -1)
  }

  #record(claimUid: number, { allocation }: ResourceClaimStatus): void {
    const before = this.#recorded.get(claimUid)
    if ((before === undefined) === (allocation === undefined)) return
    if (before !== undefined) {
      this.#recorded.delete(claimUid)
      this.#count(before, -1)
    }
    if (allocation !== undefined) {
      this.#recorded.set(claimUid, allocation)
      this.#count(allocation, 1)
    }
  }

  #count({ devices }: AllocationResult, sign: 1 | -1): void {
    for (const { driver, pool, device, adminAccess, shareID, consumedCapacity } of devices.results) {
      if (adminAccess === true) continue
      const id = deviceId(driver, pool, device)
      if (shareID !== undefined) this.#share(id, consumedCapacity ?? {}, sign)
      else {
        const users = (this.#taken.get(id) ?? 0) + sign
        if (users <= 0) this.#taken.delete(id)
        else this.#taken.set(id, users)
      }
      for (const listener of this.#listeners) listener(driver, pool)
    }
  }

  #share(id: string, amounts: Readonly<Record<string, string>>, sign: 1 | -1): void {
    const shares = this.#shares.get(id) ?? []
    if (sign > 0) shares.push(quantities(amounts))
    else {
      const key = JSON.stringify(amounts)
      shares.splice(
        shares.findIndex(share => shareKey(share) === key),
        1,
      )
    }
    if (shares.length === 0) this.#shares.delete(id)
    else this.#shares.set(id, shares)
  }
}

const texts = new WeakMap<ConsumedCapacity, string>()

function quantities(amounts: Readonly<Record<string, string>>): ConsumedCapacity {
  const parsed = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(amounts)) {
    const amount = parseQuantity(text)
    if (amount !== undefined) parsed.set(name, amount)
  }
  texts.set(parsed, JSON.stringify(amounts))
  return parsed
}

/** How the share was written. */
function shareKey(share: ConsumedCapacity): string | undefined {
  return texts.get(share)
}
