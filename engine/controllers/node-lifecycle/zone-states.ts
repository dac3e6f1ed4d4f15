/**
 * How a zone is: disrupted as a whole, in part, or not; and how fast its nodes may then be emptied. When all zones are
 * disrupted the fault is the control plane's, and nothing is emptied.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go ComputeZoneState, ReducedQPSFunc,
 * handleDisruption (1.36).
 * Simplified: nothing known.
 */
import type { NodeId } from '../../state/ids.js'

export const ZoneState = {
  Initial: 'Initial',
  Normal: 'Normal',
  PartialDisruption: 'PartialDisruption',
  FullDisruption: 'FullDisruption',
} as const
export type ZoneState = (typeof ZoneState)[keyof typeof ZoneState]

/** What the flags of the controller say about zones. */
export interface ZoneLimits {
  readonly nodeEvictionRate: number
  readonly secondaryNodeEvictionRate: number
  readonly largeClusterSizeThreshold: number
  readonly unhealthyZoneThreshold: number
}

export interface ZoneCount {
  ready: number
  notReady: number
}

export function zoneStateOf({ ready, notReady }: ZoneCount, unhealthyZoneThreshold: number): ZoneState {
  if (ready === 0 && notReady > 0) return ZoneState.FullDisruption
  // Upstream divides and compares in single precision.
  const share = Math.fround(notReady / (notReady + ready))
  const isUnhealthy = notReady > 2 && share >= Math.fround(unhealthyZoneThreshold)
  return isUnhealthy ? ZoneState.PartialDisruption : ZoneState.Normal
}

/** Nodes a second in a partly disrupted zone: none at all in a small one. */
export function reducedRate(zoneSize: number, limits: ZoneLimits): number {
  return zoneSize > limits.largeClusterSizeThreshold ? limits.secondaryNodeEvictionRate : 0
}

export function evictionRate(state: ZoneState, zoneSize: number, limits: ZoneLimits): number {
  return state === ZoneState.PartialDisruption ? reducedRate(zoneSize, limits) : limits.nodeEvictionRate
}

/** Nodes of each zone as the latest pass found them. */
export class ZoneCounts {
  readonly #counts = new Map<string, ZoneCount>()
  readonly #counted = new Map<NodeId, { readonly zone: string; readonly isReady: boolean }>()

  note(node: NodeId, zone: string, isReady: boolean): void {
    const before = this.#counted.get(node)
    if (before?.zone === zone && before.isReady === isReady) return
    this.forget(node)
    this.#counted.set(node, { zone, isReady })
    let count = this.#counts.get(zone)
    if (count === undefined) {
      count = { ready: 0, notReady: 0 }
      this.#counts.set(zone, count)
    }
    if (isReady) count.ready++
    else count.notReady++
  }

  forget(node: NodeId): void {
    const before = this.#counted.get(node)
    if (before === undefined) return
    this.#counted.delete(node)
    const count = this.#counts.get(before.zone) as ZoneCount
    if (before.isReady) count.ready--
    else count.notReady--
    if (count.ready + count.notReady === 0) this.#counts.delete(before.zone)
  }

  get byZone(): ReadonlyMap<string, Readonly<ZoneCount>> {
    return this.#counts
  }
}

/** Whether all zones are disrupted from this pass on, still, no longer, or not. */
export type Disruption = 'entering' | 'total' | 'leaving' | 'none'

export class ZoneStates {
  readonly #states = new Map<string, ZoneState>()
  readonly #limits: ZoneLimits

  constructor(limits: ZoneLimits) {
    this.#limits = limits
  }

  get byZone(): ReadonlyMap<string, ZoneState> {
    return this.#states
  }

  has(zone: string): boolean {
    return this.#states.has(zone)
  }

  add(zone: string): void {
    if (!this.#states.has(zone)) this.#states.set(zone, ZoneState.Initial)
  }

  /** Takes zones away that have no nodes left, and tells whether all are disrupted now, or were and no longer are. */
  judge(counts: ReadonlyMap<string, ZoneCount>): Disruption {
    const { unhealthyZoneThreshold } = this.#limits
    let allAre = true
    for (const [zone, count] of counts) {
      if (zoneStateOf(count, unhealthyZoneThreshold) !== ZoneState.FullDisruption) allAre = false
      this.add(zone)
    }
    let allWere = true
    for (const [zone, state] of this.#states) {
      if (!counts.has(zone)) this.#states.delete(zone)
      else if (state !== ZoneState.FullDisruption) allWere = false
    }
    if (allAre) return allWere ? 'total' : 'entering'
    return allWere ? 'leaving' : 'none'
  }

  /** Every zone is fully disrupted: evictions stop. */
  stopAll(setRate: (zone: string, rate: number) => void): void {
    for (const zone of this.#states.keys()) {
      this.#states.set(zone, ZoneState.FullDisruption)
      setRate(zone, 0)
    }
  }

  /** Gives each zone its state and its rate; only those that changed, unless all are to be set. */
  update(
    counts: ReadonlyMap<string, ZoneCount>,
    isLeaving: boolean,
    setRate: (zone: string, rate: number) => void,
  ): void {
    for (const [zone, before] of this.#states) {
      const count = counts.get(zone)
      if (count === undefined) continue
      const state = zoneStateOf(count, this.#limits.unhealthyZoneThreshold)
      if (state === before && !isLeaving) continue
      this.#states.set(zone, state)
      setRate(zone, evictionRate(state, count.ready + count.notReady, this.#limits))
    }
  }
}
