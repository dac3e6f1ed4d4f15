/**
 * How the requests of one source split over the endpoints of a Service: each endpoint alike, unless traffic stays in
 * a zone or on a node, or clients stick to the pod they found first.
 *
 * Upstream: pkg/proxy/topology.go (hints, traffic policies), iptables and ipvs proxiers; staging/src/k8s.io/
 * endpointslice/topologycache (hints of topology-mode Auto, overload threshold 0.2), release 1.36.
 * Simplified: clients are spread evenly over the nodes of their zone; with Auto every zone has the endpoints that its
 * share of CPU asks for, those it lacks evenly from zones that have more; load balancers know nodes without ready local
 * endpoints at once.
 */
import { NONE } from '../state/ids.js'
import type { ClusterPlaces } from './cluster-places.js'
import type { Target } from './service-endpoints.js'

export interface TrafficPolicy {
  /** Only endpoints on the client's own node, or on the node that the load balancer chose. */
  readonly isLocal: boolean
  readonly origin: 'inside' | 'outside'
  readonly topology: 'none' | 'auto' | 'zone' | 'node'
  /** Clients know the endpoints themselves: no rule of a node has a say. */
  readonly isDirect: boolean
  /** Where clients are, by zone; empty: as the nodes are. */
  readonly zones: Readonly<Record<string, number>>
}

/** Share of each endpoint, and what reaches none. */
export interface Split {
  readonly shares: readonly number[]
  readonly lost: number
}

const OVERLOAD_THRESHOLD = 0.2

export function splitTraffic(
  targets: readonly Target[],
  policy: TrafficPolicy,
  places: ClusterPlaces,
): Split {
  const { isLocal, origin, topology } = policy
  // On its own node a client finds the ready ones there or those that leave; elsewhere ready ones of any node count.
  if (isLocal && origin === 'inside') return spread(targets, readyOfNodes(targets), policy, places)
  const ready = readyCount(targets, policy.isDirect)
  if (!isLocal && topology === 'none') return evenly(ready, targets.length)
  return spread(targets, ready === targets.length ? targets : targets.slice(0, ready), policy, places)
}

/** The first ones alike, the others nothing. */
function evenly(used: number, length: number): Split {
  const shares: number[] = []
  const share = 1 / used
  for (let i = 0; i < length; i++) shares.push(i < used ? share : 0)
  return { shares, lost: used === 0 ? 1 : 0 }
}

function splitOver(targets: readonly Target[], policy: TrafficPolicy, places: ClusterPlaces): Split {
  if (targets.length === 0) return evenly(0, 0)
  if (policy.isLocal)
    return policy.origin === 'outside' ? byBalancer(targets) : byNode(targets, places, false)
  if (policy.topology === 'node') return byNode(targets, places, true)
  const clients = places.zoneShares(policy.zones)
  return policy.topology === 'zone' ? byZone(targets, clients) : byHints(targets, clients, places)
}

/** How many of the first ones are used. Ready ones come first; who knows endpoints by name asks for no others. */
function readyCount(targets: readonly Target[], isDirect: boolean): number {
  let ready = targets.length
  while (ready > 0 && targets[ready - 1].isLeaving) ready--
  return ready > 0 || isDirect ? ready : targets.length
}

/** Those that leave count on nodes without ready ones. */
function readyOfNodes(targets: readonly Target[]): readonly Target[] {
  const nodes = new Set<number>()
  for (const { isLeaving, node } of targets) if (!isLeaving) nodes.add(node)
  return targets.filter(({ isLeaving, node }) => !isLeaving || !nodes.has(node))
}

/** Splits over some of the targets, in their order; the others get nothing. */
function spread(
  targets: readonly Target[],
  usable: readonly Target[],
  policy: TrafficPolicy,
  places: ClusterPlaces,
): Split {
  const { shares, lost } = splitOver(usable, policy, places)
  if (usable.length === targets.length) return { shares, lost }
  let used = 0
  return { shares: targets.map(target => (target === usable[used] ? shares[used++] : 0)), lost }
}

/** Each zone's clients use the zone's endpoints, or all where there are none. */
function byZone(targets: readonly Target[], clients: ReadonlyMap<string, number>): Split {
  const shares = targets.map(() => 0)
  for (const [zone, weight] of clients) {
    let local = 0
    for (const target of targets) if (target.zone === zone) local++
    for (let i = 0; i < targets.length; i++) {
      if (local === 0) shares[i] += weight / targets.length
      else if (targets[i].zone === zone) shares[i] += weight / local
    }
  }
  return { shares, lost: 0 }
}

/** Endpoints are dealt out to zones by their CPU; without a fair deal everyone uses all. */
function byHints(
  targets: readonly Target[],
  clients: ReadonlyMap<string, number>,
  places: ClusterPlaces,
): Split {
  const everywhere = evenly(targets.length, targets.length)
  const ratios = places.cpuShares()
  if (ratios.size < 2 || targets.length < ratios.size) return everywhere
  const owned = new Map<string, number>([...ratios.keys()].map(zone => [zone, 0]))
  for (const { zone } of targets) {
    const count = owned.get(zone)
    if (count === undefined) return everywhere
    owned.set(zone, count + 1)
  }
  let needed = 0
  const lacking = new Map<string, number>()
  const spare = new Map<string, number>()
  let spareSum = 0
  for (const [zone, ratio] of ratios) {
    const desired = ratio * targets.length
    const least = Math.ceil(desired / (1 + OVERLOAD_THRESHOLD))
    needed += least
    const count = owned.get(zone) as number
    if (count < least) lacking.set(zone, least - count)
    const surplus = Math.max(0, Math.floor(count - desired))
    spare.set(zone, surplus)
    spareSum += surplus
  }
  const lackingSum = [...lacking.values()].reduce((sum, count) => sum + count, 0)
  if (needed > targets.length || lackingSum > spareSum) return everywhere
  const given = spareSum === 0 ? 0 : lackingSum / spareSum
  const shares = targets.map(() => 0)
  for (const [zone, weight] of clients) {
    const own = owned.get(zone)
    if (own === undefined) {
      for (let i = 0; i < shares.length; i++) shares[i] += weight / targets.length
      continue
    }
    const lent = (spare.get(zone) as number) * given
    const borrowed = lacking.get(zone) ?? 0
    const perEndpoint = weight / (own - lent + borrowed)
    for (let i = 0; i < targets.length; i++) {
      const home = targets[i].zone
      const count = owned.get(home) as number
      if (home === zone) shares[i] += perEndpoint * ((own - lent) / own)
      else if (borrowed > 0 && spareSum > 0)
        shares[i] += perEndpoint * borrowed * ((spare.get(home) as number) / spareSum / count)
    }
  }
  return { shares, lost: 0 }
}

/** Load balancers send to nodes with endpoints alike, and these to their own endpoints. */
function byBalancer(targets: readonly Target[]): Split {
  const counts = countByNode(targets)
  const shares = targets.map(({ node }) => 1 / counts.size / (counts.get(node) as number))
  return { shares, lost: 0 }
}

/** Clients on each node use the endpoints there; on other nodes they use all, or fail. */
function byNode(targets: readonly Target[], places: ClusterPlaces, others: boolean): Split {
  const counts = countByNode(targets)
  const nodes = Math.max(1, places.nodeCount)
  const away = Math.max(0, 1 - counts.size / nodes)
  const shares = targets.map(({ node }) => {
    const near = 1 / nodes / (counts.get(node) as number)
    return others ? near + away / targets.length : near
  })
  return { shares, lost: others ? 0 : away }
}

function countByNode(targets: readonly Target[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { node } of targets) counts.set(node ?? NONE, (counts.get(node ?? NONE) ?? 0) + 1)
  return counts
}
