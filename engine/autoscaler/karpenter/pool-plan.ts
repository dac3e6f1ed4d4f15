/**
 * One pool made ready for a scheduling simulation: the instance types that its own requirements leave, and what their
 * machines have left for pods when the DaemonSets are there.
 * Upstream: NewScheduler and filterInstanceTypesByRequirements of Karpenter core 1.15,
 * pkg/controllers/provisioning/scheduling (scheduler.go and nodeclaim.go).
 * Simplified: nothing known.
 */
import { byCodeUnits } from '../../model/resource-list.js'
import type { AmountMap } from '../../model/resources.js'
import type { DaemonGroup, DaemonPods } from './daemon-overhead.js'
import { type HostPort, havePortConflict } from './host-ports.js'
import type { InstanceCatalog } from './instance-catalog.js'
import { checkMinValues, type InstanceType, type ResourceAmounts } from './instance-type.js'
import type { PoolTemplate } from './pool-template.js'
import { isReserved } from './reservations.js'
import { TypeSet } from './type-set.js'

/** What requests come to in the columns of a plan. */
export interface PlannedRequests {
  readonly amounts: Float64Array
  /** They name something that no machine of the pool has. */
  readonly isForeign: boolean
}

export class PoolPlan {
  readonly pool: PoolTemplate
  readonly catalog: InstanceCatalog
  /** Types that a node of the pool may be. */
  readonly options: TypeSet
  readonly groups: readonly DaemonGroup[]
  readonly width: number
  readonly #column: ReadonlyMap<string, number>
  /** By row, what pods may still ask for; rows that fit nothing at all are left out of `#usable`. */
  readonly #free: Float64Array
  readonly #usable: TypeSet
  readonly #planned = new WeakMap<ResourceAmounts, PlannedRequests>()
  #hasReserved: boolean | undefined

  constructor(pool: PoolTemplate, catalog: InstanceCatalog, options: TypeSet, daemons: DaemonPods) {
    this.pool = pool
    this.catalog = catalog
    this.options = options
    this.groups = daemons.groups(pool, catalog, options)
    const names = new Set(catalog.rows.flatMap(({ allocatable }) => [...allocatable.keys()]))
    const ordered = [...names].sort(byCodeUnits)
    this.#column = new Map(ordered.map((name, i) => [name, i]))
    this.width = ordered.length
    this.#free = new Float64Array(catalog.rows.length * this.width)
    this.#usable = new TypeSet(catalog.rows.length)
    for (const group of this.groups) {
      for (const type of group.types.members()) {
        for (let row = catalog.firstRow[type]; row < catalog.firstRow[type + 1]; row++) {
          this.#fill(row, catalog.rows[row].allocatable, group.overhead)
        }
      }
    }
  }

  /** The types that the limits left do not rule out. */
  within(left: ResourceAmounts | undefined): TypeSet {
    if (left === undefined || left.size === 0) return this.options
    const types = new TypeSet(this.options.capacity)
    for (const i of this.options.members()) if (staysWithin(this.catalog.types[i], left)) types.add(i)
    return types
  }

  /** Whether machines of the pool can be had from reservations. */
  get hasReserved(): boolean {
    this.#hasReserved ??= this.catalog.types.some(({ offerings }) => offerings.some(isReserved))
    return this.#hasReserved
  }

  planned(requests: ResourceAmounts): PlannedRequests {
    let planned = this.#planned.get(requests)
    if (planned === undefined) this.#planned.set(requests, (planned = this.#plan(requests)))
    return planned
  }

  /** Those of the types whose DaemonSets leave the ports free. */
  withoutPortConflict(types: TypeSet, ports: readonly HostPort[], uid: string): TypeSet {
    let left = types
    for (const group of this.groups) {
      if (havePortConflict(group.ports, ports, uid)) left = left.difference(group.types)
    }
    return left
  }

  #plan(requests: ResourceAmounts): PlannedRequests {
    const amounts = new Float64Array(this.width)
    let isForeign = false
    for (const [name, amount] of requests) {
      const column = this.#column.get(name)
      if (column !== undefined) amounts[column] = amount
      else if (amount > 0) isForeign = true
    }
    return { amounts, isForeign }
  }

  /** The most that any one of these types has left of each resource. */
  largestOf(types: TypeSet): Float64Array {
    const { width } = this
    const largest = new Float64Array(width).fill(-1)
    const free = this.#free
    this.#eachRow(types, row => {
      for (let column = 0; column < width; column++) {
        const amount = free[row * width + column]
        if (amount > largest[column]) largest[column] = amount
      }
    })
    return largest
  }

  /** Of the types those with a row, among `rows`, that has room for this. */
  fitting(types: TypeSet, rows: TypeSet | undefined, amounts: Float64Array): TypeSet {
    const fitting = new TypeSet(types.capacity)
    const { firstRow } = this.catalog
    for (let type = 0; type < types.capacity; type++) {
      if (!types.has(type)) continue
      for (let row = firstRow[type]; row < firstRow[type + 1]; row++) {
        if ((rows === undefined || rows.has(row)) && this.#usable.has(row) && this.#hasRoom(row, amounts)) {
          fitting.add(type)
          break
        }
      }
    }
    return fitting
  }

  typesOf(set: TypeSet): InstanceType[] {
    return set.members().map(i => this.catalog.types[i])
  }

  /** The least that DaemonSets will ask for, of those resources that they ask for on all these types. */
  leastOverhead(types: TypeSet): ResourceAmounts {
    let least: ResourceAmounts = new Map()
    for (const group of this.groups) {
      if (group.types.intersection(types).isEmpty) continue
      least = least.size === 0 ? group.overhead : lesserOf(least, group.overhead)
    }
    return least
  }

  #hasRoom(row: number, amounts: Float64Array): boolean {
    const { width } = this
    const free = this.#free
    const first = row * width
    for (let column = 0; column < width; column++) {
      if (amounts[column] > free[first + column]) return false
    }
    return true
  }

  #eachRow(types: TypeSet, visit: (row: number) => void): void {
    const { firstRow } = this.catalog
    for (let type = 0; type < types.capacity; type++) {
      if (!types.has(type)) continue
      for (let row = firstRow[type]; row < firstRow[type + 1]; row++) if (this.#usable.has(row)) visit(row)
    }
  }

  /** A machine with less than nothing of a resource takes no pod, whatever that asks for. */
  #fill(row: number, allocatable: ResourceAmounts, overhead: ResourceAmounts): void {
    let isUsable = true
    for (const [name, column] of this.#column) {
      const amount = allocatable.get(name) ?? 0
      const free = amount - (overhead.get(name) ?? 0)
      this.#free[row * this.width + column] = free
      if (amount < 0 || free < 0) isUsable = false
    }
    for (const [name, amount] of overhead) if (amount > 0 && !this.#column.has(name)) isUsable = false
    if (isUsable) this.#usable.add(row)
  }
}

/**
 * The types that the pool's own requirements leave; undefined if there are none, or too few different ones for its
 * `minValues` and these are strict.
 */
export function typesOfPool(
  pool: PoolTemplate,
  catalog: InstanceCatalog,
  relaxesMinValues: boolean,
): TypeSet | undefined {
  const { types, rows } = catalog.match(pool.requirements)
  const options = new TypeSet(catalog.types.length)
  for (const type of types.members()) {
    for (let row = catalog.firstRow[type]; row < catalog.firstRow[type + 1]; row++) {
      if (rows.has(row) && isAnything(catalog.rows[row].allocatable)) options.add(type)
    }
  }
  if (options.isEmpty) return undefined
  if (relaxesMinValues || !pool.requirements.hasMinValues) return options
  const left = options.members().map(i => catalog.types[i])
  return checkMinValues(left, pool.requirements).missing.size === 0 ? options : undefined
}

function isAnything(allocatable: ResourceAmounts): boolean {
  for (const amount of allocatable.values()) if (amount < 0) return false
  return true
}

function staysWithin({ capacity }: InstanceType, left: ResourceAmounts): boolean {
  for (const [name, amount] of left) if ((capacity.get(name) ?? 0) > amount) return false
  return true
}

function lesserOf(a: ResourceAmounts, b: ResourceAmounts): ResourceAmounts {
  const lesser: AmountMap = new Map()
  for (const [name, amount] of a) {
    const other = b.get(name)
    if (other !== undefined) lesser.set(name, Math.min(amount, other))
  }
  return lesser
}
