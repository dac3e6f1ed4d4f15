import { MAX_ALTERNATIVES, type ResourceClaimSpec } from '../../../model/devices.js'
import { canonicalJson } from '../../../model/pod-template.js'
import type { NodeId } from '../../../state/ids.js'
import { type ClaimDemand, demandOf } from './demands.js'
import type { DeviceInventory } from './device-inventory.js'
import { DeviceSearch } from './device-search.js'

/** Whether a node can serve some claims. Faults carry a text and are not kept. */
export const Service = { Possible: 1, Impossible: 2, InvalidPools: 3, Fault: 4 } as const
export type Service = (typeof Service)[keyof typeof Service]

/** Answers for one set of demands, by node id, with the time each was given. */
export interface Answers {
  at: Float64Array
  service: Uint8Array
  score: Float64Array
}

/** Sets of demands whose answers are kept. */
const MAX_KEPT = 32

/**
 * Answers whether nodes can serve the claims of a pod. Pods of one kind ask the same of every node, and a
 * binding changes one node: all other answers are kept.
 *
 * Upstream: the Filter and computeScore of
 * pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go (1.36), which searches every node for
 * every pod.
 * Simplified: nothing known.
 */
export class DeviceVerdicts {
  readonly #inventory: DeviceInventory
  readonly #keys = new Map<string, number>()
  readonly #keyOfSpec = new WeakMap<ResourceClaimSpec, number>()
  readonly #demands: (ClaimDemand | undefined)[] = []
  #classVersion = -1
  readonly #answers = new Map<string, Answers>()
  /** Of the last answer: the error of a fault. */
  fault = ''

  constructor(inventory: DeviceInventory) {
    this.#inventory = inventory
  }

  /** A number that equal specs share. */
  keyOf(spec: ResourceClaimSpec): number {
    let key = this.#keyOfSpec.get(spec)
    if (key === undefined) {
      const text = canonicalJson(spec.devices ?? {})
      key = this.#keys.get(text)
      if (key === undefined) {
        key = this.#keys.size
        this.#keys.set(text, key)
      }
      this.#keyOfSpec.set(spec, key)
    }
    return key
  }

  demandFor(spec: ResourceClaimSpec): ClaimDemand {
    if (this.#classVersion !== this.#inventory.classVersion) {
      this.#classVersion = this.#inventory.classVersion
      this.#demands.length = 0
    }
    const key = this.keyOf(spec)
    let demand = this.#demands[key]
    if (demand === undefined) {
      demand = demandOf(spec, name => this.#inventory.findClass(name))
      this.#demands[key] = demand
    }
    return demand
  }

  /** The answers to these demands; `key` is made of the numbers of their specs. */
  answersTo(key: string, rows: number): Answers {
    let answers = this.#answers.get(key)
    if (answers === undefined) {
      if (this.#answers.size >= MAX_KEPT) this.#answers.delete(this.#answers.keys().next().value ?? '')
      answers = { at: new Float64Array(rows), service: new Uint8Array(rows), score: new Float64Array(rows) }
      this.#answers.set(key, answers)
    } else if (answers.at.length < rows) {
      answers.at = new Float64Array(rows)
      answers.service = new Uint8Array(rows)
      answers.score = new Float64Array(rows)
    }
    return answers
  }

  /** The answer for a node, kept or found now. */
  serve(
    answers: Answers,
    demands: readonly ClaimDemand[],
    names: readonly string[],
    row: NodeId,
    id: NodeId,
  ): Service {
    const { changedAt, nodeChangedAt, now } = this.#inventory
    const at = answers.at[id]
    if (at >= changedAt && at >= nodeChangedAt[id]) return answers.service[id] as Service
    const search = this.search(demands, names, row)
    const isFound = search.run()
    let service: Service = isFound ? Service.Possible : Service.Impossible
    if (search.fault !== undefined) {
      this.fault = search.fault
      return Service.Fault
    }
    if (!isFound && this.#inventory.poolsFor(row).some(({ isInvalid }) => isInvalid))
      service = Service.InvalidPools
    answers.at[id] = now
    answers.service[id] = service
    answers.score[id] = isFound ? preference(demands, search) : 0
    return service
  }

  search(demands: readonly ClaimDemand[], names: readonly string[], row: NodeId): DeviceSearch {
    const inventory = this.#inventory
    return new DeviceSearch(demands, names, inventory.node(row), inventory.poolsFor(row), inventory.allocated)
  }
}

/** The earlier the alternatives that were chosen, the more. */
function preference(demands: readonly ClaimDemand[], { chosen }: DeviceSearch): number {
  let score = 0
  for (const [claim, { requests }] of demands.entries()) {
    for (const alternatives of requests) {
      for (const [i, demand] of alternatives.entries()) {
        if (demand.parent !== '' && chosen[claim].some(choice => choice.demand === demand)) {
          score += MAX_ALTERNATIVES - i
        }
      }
    }
  }
  return score
}
