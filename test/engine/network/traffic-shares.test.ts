import test from 'ava'
import type { ClusterPlaces } from '../../../engine/network/cluster-places.js'
import type { Target } from '../../../engine/network/service-endpoints.js'
import { splitTraffic, type TrafficPolicy } from '../../../engine/network/traffic-shares.js'

/** Endpoints as `node zone` with `leaving`, and zones with their nodes and shares of CPU. */
function split(endpoints: readonly string[], policy: Partial<TrafficPolicy>, zones: Record<string, number>) {
  const targets = endpoints.map((text, pod): Target => {
    const [node, zone, state] = text.split(' ')
    return {
      pod,
      node: Number(node),
      zone,
      uid: 0,
      isLeaving: state === 'leaving',
      isForeign: false,
    } as Target
  })
  const sum = Object.values(zones).reduce((a, b) => a + b, 0)
  const shares = new Map(Object.entries(zones).map(([zone, nodes]) => [zone, nodes / sum]))
  const places = { nodeCount: sum, zoneShares: () => shares, cpuShares: () => shares } as unknown
  const given: TrafficPolicy = {
    isLocal: false,
    origin: 'inside',
    topology: 'none',
    zones: {},
    isDirect: false,
    ...policy,
  }
  const { shares: found, lost } = splitTraffic(targets, given, places as ClusterPlaces)
  return [...found, lost].map(share => Math.round(share * 1e6) / 1e6)
}

const TWO = { a: 2, b: 2 }
const CASES: readonly [
  string,
  readonly string[],
  Partial<TrafficPolicy>,
  Record<string, number>,
  number[],
][] = [
  ['every endpoint alike', ['0 a', '1 a', '2 b'], {}, TWO, [1 / 3, 1 / 3, 1 / 3, 0]],
  ['nobody there: all is lost', [], {}, TWO, [1]],
  ['near ones of the zone', ['0 a', '1 a', '2 b'], { topology: 'zone' }, TWO, [0.25, 0.25, 0.5, 0]],
  ['a zone without any uses all', ['0 a', '1 a'], { topology: 'zone' }, TWO, [0.5, 0.5, 0]],
  ['those of the own node, or all', ['0 a', '2 b'], { topology: 'node' }, TWO, [0.5, 0.5, 0]],
  ['only the own node', ['0 a', '0 a', '2 b'], { isLocal: true }, TWO, [0.125, 0.125, 0.25, 0.5]],
  [
    'a balancer knows nodes, not pods',
    ['0 a', '0 a', '2 b'],
    { isLocal: true, origin: 'outside' },
    TWO,
    [0.25, 0.25, 0.5, 0],
  ],
  ['who leaves is not asked while somebody is ready', ['0 a', '1 a leaving'], {}, TWO, [1, 0, 0]],
  ['who leaves serves when nobody is ready', ['0 a leaving', '1 a leaving'], {}, TWO, [0.5, 0.5, 0]],
  ['names of who leaves are gone', ['0 a leaving'], { isDirect: true }, TWO, [0, 1]],
  [
    'on a node without ready ones those that leave serve it',
    ['0 a', '0 a leaving', '2 b leaving'],
    { isLocal: true },
    TWO,
    [0.25, 0, 0.25, 0.5],
  ],
  [
    'a balancer sends nothing to nodes whose endpoints leave',
    ['0 a', '2 b leaving'],
    { isLocal: true, origin: 'outside' },
    TWO,
    [1, 0, 0],
  ],
  [
    'hints as fair as CPU',
    ['0 a', '1 a', '2 b', '3 b'],
    { topology: 'auto' },
    TWO,
    [0.25, 0.25, 0.25, 0.25, 0],
  ],
  [
    'fewer endpoints than zones: no hints',
    ['0 a', '2 b'],
    { topology: 'auto' },
    { a: 1, b: 1, c: 1 },
    [0.5, 0.5, 0],
  ],
  // a wants 2.25 of the three and at least ceil(2.25 / 1.2) = 2: b lends one of its two. So a has 0.75 / 2 for each of
  // its two, of which each endpoint of b is half a one: 0.375 / 2 and half of what b's own clients leave to one, 0.25.
  [
    'hints lend endpoints by the CPU of the zones',
    ['0 a', '2 b', '3 b'],
    { topology: 'auto' },
    { a: 3, b: 1 },
    [0.375, 0.3125, 0.3125, 0],
  ],
]
for (const [name, endpoints, policy, zones, wanted] of CASES) {
  test(`shares: ${name}`, t => {
    t.deepEqual(
      split(endpoints, policy, zones),
      wanted.map(share => Math.round(share * 1e6) / 1e6),
    )
  })
}

test('hints lend endpoints of a zone that has too many to one that has too few', t => {
  // Six endpoints, half of the CPU each: zone b lacks two of its least three, a lends two of its five.
  const shares = split(['0 a', '1 a', '2 a', '3 a', '4 a', '5 b'], { topology: 'auto' }, TWO)
  t.true(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-5)
  t.true(shares[5] < 0.5 && shares[0] > 0.1)
})
