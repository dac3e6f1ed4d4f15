/**
 * Where clients are: nodes and zones, counted anew when nodes come or go.
 * Upstream: staging/src/k8s.io/endpointslice/topologycache/topologycache.go SetNodes (1.36), which counts the CPU of
 * ready nodes without control plane only.
 * Simplified: nothing known.
 */
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NodeId, Status } from '../state/ids.js'

const ZONE = 'topology.kubernetes.io/zone'
const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']

interface ZoneNodes {
  nodes: number
  /** Those whose CPU counts. */
  counted: number
  cpu: number
}

export class ClusterPlaces {
  readonly #state: ClusterState
  #byZone: Map<string, ZoneNodes> | undefined

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** Nodes came, went or changed. */
  forget(): void {
    this.#byZone = undefined
  }

  get nodeCount(): number {
    return this.#state.nodes.size
  }

  /** Shares of the clients by zone, adding up to 1; `given` ones, or those of the nodes. */
  zoneShares(given: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
    const written = Object.entries(given)
    if (written.length > 0) return normalised(new Map(written))
    return normalised(new Map([...this.#zones()].map(([zone, { nodes }]) => [zone, nodes])))
  }

  /** Shares of allocatable CPU by zone; empty when a node has no zone. */
  cpuShares(): ReadonlyMap<string, number> {
    const zones = [...this.#zones()].filter(([, { counted }]) => counted > 0)
    if (zones.some(([zone]) => zone === '')) return new Map()
    return normalised(new Map(zones.map(([zone, { cpu }]) => [zone, cpu])))
  }

  #zones(): Map<string, ZoneNodes> {
    if (this.#byZone !== undefined) return this.#byZone
    const zones = new Map<string, ZoneNodes>()
    const { nodes, labelSets, resources } = this.#state
    const cpu = resources.index('cpu')
    for (let row = 0; row < nodes.highWater; row++) {
      if (!nodes.exists(row as NodeId)) continue
      const labels = labelSets.get(nodes.labels[row] as LabelSetId)
      const zone = labels[ZONE] ?? ''
      const known = zones.get(zone) ?? { nodes: 0, counted: 0, cpu: 0 }
      known.nodes++
      zones.set(zone, known)
      if (nodes.ready[row] !== Status.True || CONTROL_PLANE.some(label => label in labels)) continue
      known.counted++
      known.cpu += nodes.allocatable[row * nodes.resourceWidth + cpu]
    }
    this.#byZone = zones
    return zones
  }
}

function normalised(weights: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  let sum = 0
  for (const weight of weights.values()) sum += weight
  return sum === 0 ? new Map([['', 1]]) : new Map([...weights].map(([zone, weight]) => [zone, weight / sum]))
}
