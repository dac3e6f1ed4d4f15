import { MAX_DEVICES_PER_CLAIM } from '../../../model/devices.js'
import { type Constraint, makeConstraint } from './constraints.js'
import type { ClaimDemand, Demand } from './demands.js'
import { type AllocatedState, type ChosenDevice, DeviceChoices, Taking } from './device-choices.js'
import { type DeviceNode, type DevicePool, isDeviceMeant, type PoolDevice } from './device-pools.js'

/** How one step of the search ended. */
const Outcome = { Failed: 0, Done: 1, TooMany: 2, Fault: 3 } as const
type Outcome = (typeof Outcome)[keyof typeof Outcome]

/** Where the search stands: a device of an alternative of a request of a claim. */
interface Position {
  readonly claim: number
  readonly request: number
  readonly alternative: number
  readonly device: number
}

/**
 * The search for devices on one node: claim by claim, request by request, the first device that fits in the
 * order of pools, slices and devices, with a step back wherever what follows cannot be served. The first
 * complete solution counts. Devices of one request are only tried in their order, so that no set is tried
 * twice.
 *
 * Upstream: Allocator.Allocate of k8s.io/dynamic-resource-allocation
 * structured/internal/incubating/allocator_incubating.go (1.36).
 * Simplified: no time limit on a search.
 */
export class DeviceSearch {
  readonly #claims: readonly ClaimDemand[]
  /** Namespace and name of each claim, for the text of an error. */
  readonly #keys: readonly string[]
  readonly #node: DeviceNode
  readonly #devices: readonly PoolDevice[]
  readonly #pools: readonly DevicePool[]
  readonly #state: AllocatedState
  readonly #constraints: Constraint[][] = []
  readonly #selectable = new Map<Demand, Map<PoolDevice, boolean>>()
  readonly #allOf = new Map<Demand, readonly PoolDevice[]>()
  #choices: DeviceChoices
  /** What makes every search for these claims useless, in the words of the error. */
  fault: string | undefined

  constructor(
    claims: readonly ClaimDemand[],
    keys: readonly string[],
    node: DeviceNode,
    pools: readonly DevicePool[],
    state: AllocatedState,
  ) {
    this.#claims = claims
    this.#keys = keys
    this.#node = node
    this.#pools = pools
    this.#devices = pools.flatMap(({ devices }) => devices)
    this.#state = state
    this.#choices = new DeviceChoices(state, [])
  }

  /** The devices found, by claim, in the order of its requests. */
  get chosen(): readonly (readonly ChosenDevice[])[] {
    return this.#choices.byClaim
  }

  /** Whether all claims can be served; the devices are in {@link chosen} then. */
  run(): boolean {
    for (let claim = 0; claim < this.#claims.length; claim++) if (!this.#prepare(claim)) return false
    this.#choices = new DeviceChoices(this.#state, this.#constraints)
    const outcome = this.#allocate({ claim: 0, request: 0, alternative: 0, device: 0 }, false, 0)
    return outcome === Outcome.Done
  }

  #prepare(claim: number): boolean {
    const { requests, constraints: wanted } = this.#claims[claim]
    let minimum = 0
    for (const alternatives of requests) {
      let fewest = Number.MAX_SAFE_INTEGER
      for (const demand of alternatives) {
        if (!this.#check(claim, demand)) return false
        fewest = Math.min(fewest, this.#countOf(demand))
      }
      minimum += fewest
    }
    if (minimum > MAX_DEVICES_PER_CLAIM) {
      const limit = `exceeds the claim limit of ${MAX_DEVICES_PER_CLAIM}`
      return this.#fail(`claim ${this.#keys[claim]}: number of requested devices ${minimum} ${limit}`)
    }
    const constraints = wanted.map(makeConstraint)
    const unknown = constraints.indexOf(undefined)
    if (unknown >= 0) {
      return this.#fail(
        `claim ${this.#keys[claim]}, constraint #${unknown}: empty constraint (unsupported constraint type?)`,
      )
    }
    this.#constraints.push(constraints.filter(constraint => constraint !== undefined))
    return true
  }

  /** Finds out what "all" devices are, where a request wants them. */
  #check(claim: number, demand: Demand): boolean {
    const place = `claim ${this.#keys[claim]}, request ${demand.name}`
    if (demand.class === undefined) {
      const missing = `deviceclass.resource.k8s.io "${demand.className}" not found`
      return this.#fail(`${place}: could not retrieve device class ${demand.className}: ${missing}`)
    }
    if (!demand.wantsAll) return true
    const devices: PoolDevice[] = []
    for (const pool of this.#pools) {
      const fault = pool.isIncomplete ? 'being updated' : 'invalid'
      if (pool.isIncomplete || pool.isInvalid) {
        const poolName = `${pool.driver}/${pool.name}`
        return this.#fail(
          `${place}: asks for all devices, but resource pool ${poolName} is currently ${fault}`,
        )
      }
      for (const device of pool.devices) {
        if (this.#isSelectable(claim, demand, device) && this.#choices.hasCapacity(demand, device))
          devices.push(device)
        if (this.fault !== undefined) return false
      }
    }
    this.#allOf.set(demand, devices)
    return true
  }

  #fail(fault: string): false {
    this.fault ??= fault
    return false
  }

  #countOf(demand: Demand): number {
    return this.#allOf.get(demand)?.length ?? demand.count
  }

  #allocate(at: Position, isAlternativeChosen: boolean, from: number): Outcome {
    if (at.claim >= this.#claims.length) return Outcome.Done
    const { requests } = this.#claims[at.claim]
    if (at.request >= requests.length) {
      const next = { claim: at.claim + 1, request: 0, alternative: 0, device: 0 }
      const outcome = this.#allocate(next, false, 0)
      // Another choice for this claim may leave the next one a smaller alternative.
      return outcome === Outcome.TooMany ? Outcome.Failed : outcome
    }
    const alternatives = requests[at.request]
    if (!isAlternativeChosen && alternatives[0]?.parent !== '')
      return this.#allocateFirst(at, alternatives.length)
    const demand = alternatives[at.alternative]
    const count = this.#countOf(demand)
    if (demand.wantsAll && count === 0) return Outcome.Failed
    if (at.device >= count) {
      return this.#allocate({ claim: at.claim, request: at.request + 1, alternative: 0, device: 0 }, false, 0)
    }
    if (this.chosen[at.claim].length + count - at.device > MAX_DEVICES_PER_CLAIM) return Outcome.TooMany
    return demand.wantsAll
      ? this.#allocateGiven(at, demand, isAlternativeChosen)
      : this.#allocateAny(at, demand, isAlternativeChosen, from)
  }

  /** Tries the alternatives of a request in their order. */
  #allocateFirst(at: Position, alternatives: number): Outcome {
    let areAllTooMany = true
    for (let alternative = 0; alternative < alternatives; alternative++) {
      const outcome = this.#allocate({ ...at, alternative }, true, 0)
      if (outcome === Outcome.TooMany) continue
      areAllTooMany = false
      if (outcome !== Outcome.Failed) return outcome
    }
    return areAllTooMany ? Outcome.TooMany : Outcome.Failed
  }

  #allocateGiven(at: Position, demand: Demand, isAlternativeChosen: boolean): Outcome {
    const device = (this.#allOf.get(demand) ?? [])[at.device]
    const taking = this.#choices.take(at.claim, demand, device)
    if (taking === Taking.Conflict) {
      const place = `claim ${this.#keys[at.claim]}, request ${demand.name}`
      this.#fail(`${place}: cannot add device ${device.id} because a claim constraint would not be satisfied`)
      return Outcome.Fault
    }
    if (taking === Taking.Refused) return Outcome.Failed
    const outcome = this.#allocate({ ...at, device: at.device + 1 }, isAlternativeChosen, 0)
    if (outcome !== Outcome.Done) this.#choices.release(at.claim)
    return outcome
  }

  #allocateAny(at: Position, demand: Demand, isAlternativeChosen: boolean, from: number): Outcome {
    const devices = this.#devices
    for (let i = from; i < devices.length; i++) {
      const device = devices[i]
      if (demand.isAdmin ? this.#choices.isInUseBy(device.id, at.claim) : this.#choices.isInUse(device.id))
        continue
      if (!this.#isSelectable(at.claim, demand, device)) {
        if (this.fault !== undefined) return Outcome.Fault
        continue
      }
      if (!this.#choices.hasCapacity(demand, device)) continue
      if (this.#choices.take(at.claim, demand, device) !== Taking.Taken) continue
      const outcome = this.#allocate({ ...at, device: at.device + 1 }, isAlternativeChosen, i + 1)
      if (outcome === Outcome.Done) return outcome
      this.#choices.release(at.claim)
      if (outcome !== Outcome.Failed) return outcome
    }
    return Outcome.Failed
  }

  #isSelectable(claim: number, demand: Demand, device: PoolDevice): boolean {
    let answers = this.#selectable.get(demand)
    if (answers === undefined) {
      answers = new Map()
      this.#selectable.set(demand, answers)
    }
    let answer = answers.get(device)
    if (answer === undefined) {
      answer = this.#isSelected(claim, demand, device)
      if (answer && device.slice.perDeviceNodeSelection === true) {
        answer = isDeviceMeant(device.device, this.#node)
      }
      answers.set(device, answer)
    }
    return answer
  }

  #isSelected(claim: number, { selectors, className }: Demand, { device, slice }: PoolDevice): boolean {
    for (const { number, isOfClass, selector } of selectors) {
      const owner = isOfClass ? `class ${className}` : `claim ${this.#keys[claim]}`
      if (selector === undefined) {
        return this.#fail(`${owner}: selector #${number}: CEL expression empty (unsupported selector type?)`)
      }
      const answer = selector.matches(device, slice.driver)
      if (answer === false) return false
      if (answer === true) continue
      const kind = selector.error === undefined ? 'runtime' : 'compile'
      return this.#fail(`${owner}: selector #${number}: CEL ${kind} error: ${answer.error}`)
    }
    return true
  }
}
