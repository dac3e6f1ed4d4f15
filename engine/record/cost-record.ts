/**
 * The record `cost` and what the summary says of costs: one row a machine that has a price, from the request until it
 * is gone, whether it ever registered as a node or not. What is idle is what no pod requests, the mean of cpu and
 * memory; a machine that boots is wholly idle.
 *
 * Upstream: nothing; providers bill from the start of a machine to its end, by the second.
 * Simplified: no minimum charge, no discount for long use, no price for volumes and traffic.
 */
import { HOUR, NEVER, type SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const COST_RECORD = defineRecord({
  name: 'cost',
  about: 'One row a machine of a pool with a price, in the order in which machines went; those left follow.',
  columns: [
    { name: 'node', type: 'name', about: 'Name of the machine and its node.' },
    { name: 'pool', type: 'text', about: 'Node pool or group.' },
    { name: 'machine_type', type: 'text', about: 'Instance type; empty where a pool has only one.' },
    { name: 'spot', type: 'flag', about: '1: paid at the price of spot machines.' },
    { name: 'price_per_hour', type: 'number', about: 'Price for one hour.' },
    { name: 'from_s', type: 'time', about: 'Paid for from here on: the machine was asked for.' },
    { name: 'joined_s', type: 'time', about: 'Its node registered; empty: never.' },
    { name: 'until_s', type: 'time', about: 'The machine was gone; empty: not before the end of the run.' },
    { name: 'hours', type: 'number', about: 'Hours paid for.' },
    { name: 'cost', type: 'number', about: 'Price times hours.' },
    {
      name: 'idle_share',
      type: 'number',
      about: 'Share of the paid time and size that no pod requested, mean of cpu and memory.',
    },
    { name: 'idle_cost', type: 'number', about: 'Cost times idle share.' },
  ],
})

const C = columnIndex(COST_RECORD)

/** What machines of a pool cost. */
export interface PricedPool {
  readonly name: string
  readonly pricePerHour?: number
  readonly spot?: boolean
}

/** What one machine costs, whatever its pool does. */
export interface MachinePrice {
  readonly pricePerHour: number
  readonly spot: boolean
  readonly machineType: string
}

export interface Prices {
  readonly pools: readonly PricedPool[]
  /** Machines have prices of their own, beside what their pools cost. */
  readonly isPricedByMachine: boolean
}

interface Machine {
  readonly name: string
  readonly pool: PricedPool
  readonly price: number
  readonly spot: boolean
  readonly machineType: string
  readonly from: SimTime
  joinedAt: SimTime
  /** Microseconds of its life as a node that pods made use of it wholly. */
  used: number
  /** It is billed until a provider says that it is gone, not until its node is. */
  readonly isProvided: boolean
}

/** The sums of the summary. */
export interface CostTotals {
  total: number
  spot: number
  idle: number
  hours: number
}

export class CostLedger {
  readonly #prices: Prices
  readonly #table: RecordTable<(typeof COST_RECORD)['columns'][number]['name']> | undefined
  readonly #machines = new Map<string, Machine>()
  readonly totals: CostTotals = { total: 0, spot: 0, idle: 0, hours: 0 }

  constructor(prices: Prices, isRecorded: boolean, sink: RecordSink | undefined) {
    this.#prices = prices
    this.#table = isRecorded ? new RecordTable(COST_RECORD, sink) : undefined
  }

  /** Whether anything has a price. */
  get isOn(): boolean {
    const { pools, isPricedByMachine } = this.#prices
    return isPricedByMachine || pools.some(({ pricePerHour }) => pricePerHour !== undefined)
  }

  get table(): RecordTable | undefined {
    return this.#table
  }

  /** A provider was asked for a machine. */
  machineRequested(name: string, pool: number, at: SimTime, price?: MachinePrice): void {
    this.#open(name, pool, at, true, price)
  }

  machineGone(name: string, at: SimTime): void {
    const machine = this.#machines.get(name)
    if (machine !== undefined) this.#close(machine, at, at)
  }

  nodeJoined(name: string, pool: number, at: SimTime): void {
    const machine = this.#machines.get(name) ?? this.#open(name, pool, at, false)
    if (machine !== undefined) machine.joinedAt = at
  }

  /** @param busyShare of the node's life and size, requested by pods. */
  nodeLeft(name: string, busyShare: number, at: SimTime): void {
    const machine = this.#machines.get(name)
    if (machine === undefined) return
    this.#use(machine, busyShare, at)
    if (!machine.isProvided) this.#close(machine, at, at)
  }

  /** The run is over; nodes that are still there have been told as left. */
  finish(end: SimTime): void {
    for (const machine of [...this.#machines.values()]) this.#close(machine, end, NEVER)
    this.#table?.close()
  }

  /** A node that is there at the end. */
  nodeStays(name: string, busyShare: number, end: SimTime): void {
    const machine = this.#machines.get(name)
    if (machine !== undefined) this.#use(machine, busyShare, end)
  }

  #use(machine: Machine, busyShare: number, at: SimTime): void {
    if (machine.joinedAt !== NEVER) machine.used += (at - machine.joinedAt) * (busyShare > 0 ? busyShare : 0)
  }

  #open(
    name: string,
    index: number,
    from: SimTime,
    isProvided: boolean,
    own?: MachinePrice,
  ): Machine | undefined {
    const pool = this.#prices.pools[index]
    const price = own?.pricePerHour ?? pool?.pricePerHour
    if (price === undefined) return undefined
    const machine: Machine = {
      name,
      pool,
      price,
      spot: own?.spot ?? pool.spot ?? false,
      machineType: own?.machineType ?? '',
      from,
      joinedAt: NEVER,
      used: 0,
      isProvided,
    }
    this.#machines.set(name, machine)
    return machine
  }

  #close(machine: Machine, at: SimTime, until: SimTime): void {
    const { name, pool, price, spot, machineType, from, joinedAt, used } = machine
    this.#machines.delete(name)
    const hours = (at - from) / HOUR
    const cost = hours * price
    const idleShare = at > from ? 1 - used / (at - from) : 1
    const { totals } = this
    totals.total += cost
    totals.hours += hours
    totals.idle += cost * idleShare
    if (spot) totals.spot += cost
    const table = this.#table
    if (table === undefined) return
    table.add()
    table.setText(C.node, name)
    table.setText(C.pool, pool.name)
    table.setText(C.machine_type, machineType)
    table.set(C.spot, spot ? 1 : 0)
    table.set(C.price_per_hour, price)
    table.set(C.from_s, from)
    table.set(C.joined_s, joinedAt)
    table.set(C.until_s, until)
    table.set(C.hours, hours)
    table.set(C.cost, cost)
    table.set(C.idle_share, idleShare)
    table.set(C.idle_cost, cost * idleShare)
  }
}
