import test from 'ava'
import { NEVER } from '../../../engine/kernel/time.js'
import type { PluginDefinition } from '../../../engine/scheduler/framework/define-plugin.js'
import { normalizeByRange } from '../../../engine/scheduler/framework/normalize.js'
import { bestFit } from '../../../engine/scheduler/policies/best-fit.js'
import { binPacking } from '../../../engine/scheduler/policies/bin-packing.js'
import { dotProduct } from '../../../engine/scheduler/policies/dot-product.js'
import { firstFit } from '../../../engine/scheduler/policies/first-fit.js'
import { spreading } from '../../../engine/scheduler/policies/spreading.js'
import { Simulation } from '../../../engine/simulation.js'
import type { PodId } from '../../../engine/state/ids.js'
import { model, pool, scheduler, template } from '../../support/model.js'
import { nodeManifest as node, podManifest as pod, stageOf } from '../../support/plugin-cases.js'

interface Sizes {
  readonly nodes: number
  readonly pods: number
  readonly milliCPU: number
}

/** The nodes of one cpu that pods of one size get under a profile, in the order of the pods. */
function chosenNodes(base: string, { nodes, pods, milliCPU }: Sizes): string[] {
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const profile = { schedulerName: 'default-scheduler', base, enabled: [], disabled: [], pluginConfig: {} }
  const simulation = new Simulation(
    model({
      nodes: 0,
      scheduler: scheduler({ profiles: [profile] }),
      nodePools: [pool('n', { milliCPU: 1000 })],
      podTemplates: [template(`${milliCPU}m`, '1Mi')],
      operations: [
        { op: 'create-nodes', at: 0, pool: 0, names: names('n', nodes) },
        {
          op: 'create-pods',
          at: 0,
          namespace: 'default',
          names: names('p', pods),
          template: 0,
          runFor: NEVER,
        },
      ],
    }),
  )
  simulation.run()
  const { state } = simulation
  return names('p', pods).map((_, i) => state.nodes.name[state.pods.node[i as PodId]] ?? '')
}

const NODES = [
  node('half', { cpu: '8', memory: '8Gi' }),
  node('empty', { cpu: '8', memory: '8Gi' }),
  node('lean', { cpu: '4', memory: '16Gi' }),
]
const RUNNING = [pod('other', { cpu: '4', memory: '2Gi' }, { nodeName: 'half' })]

/*
 * The pod asks for 2 cpus and 2 Gi.
 *   share requested then: half (6/8 + 4/8) = 1.25, empty (2/8 + 2/8) = 0.5, lean (2/4 + 2/16) = 0.625;
 *     stretched over 0.75: 100, 0, 100 * 0.125 / 0.75 = 16.6
 *   left over of 8 cpus and 16 Gi: half 2/8 + 4/16 = 0.5, empty 6/8 + 6/16 = 1.125, lean 2/8 + 14/16 = 1.125
 *   demand times free: half 2/8 * 4/8 + 2/8 * 6/8 = 0.3125, empty 2/8 + 2/8 = 0.5, lean 2/4 + 2/16 = 0.625;
 *     stretched over 0.3125: 0, 100 * 0.1875 / 0.3125 = 60, 100
 */
const ROWS: readonly [PluginDefinition, readonly number[]][] = [
  [binPacking, [100, 0, 16]],
  [spreading, [0, 100, 83]],
  [bestFit, [100, 0, 0]],
  [dotProduct, [0, 60, 100]],
  [firstFit, [100, 50, 0]],
]

for (const [policy, expected] of ROWS) {
  test(`${policy.name} scores three nodes as worked out by hand`, t => {
    const { stage, plugin, ids } = stageOf(policy, NODES, RUNNING)
    const incoming = stage.createPod(pod('p', { cpu: '2', memory: '2Gi' }))
    t.deepEqual(stage.score(plugin, incoming, ids), [...expected])
  })
}

test('only the best of all is stretched to 100, however close the next one is', t => {
  const scores = Float64Array.of(0, 1 - 2 ** -53, 1)
  normalizeByRange(scores, 3)
  t.deepEqual([...scores], [0, 99, 100])
  const equal = Float64Array.of(7, 7)
  normalizeByRange(equal, 2)
  t.deepEqual([...equal], [0, 0])
})

test('the random policy takes every node about equally often, and the same ones again', t => {
  const sizes = { nodes: 4, pods: 400, milliCPU: 1 }
  const counts = new Map<string, number>()
  const chosen = chosenNodes('random', sizes)
  for (const name of chosen) counts.set(name, (counts.get(name) ?? 0) + 1)
  t.is(counts.size, 4)
  // Binomial with 400 draws of 1/4: mean 100, standard deviation 8.7; four of them are 35.
  for (const count of counts.values()) t.true(Math.abs(count - 100) < 35)
  t.deepEqual(chosenNodes('random', sizes), chosen)
})

test('first fit fills 150 nodes in the order of their age, although fewer would be sampled by default', t => {
  const chosen = chosenNodes('first-fit', { nodes: 150, pods: 300, milliCPU: 500 })
  t.deepEqual(
    chosen,
    Array.from({ length: 300 }, (_, i) => `n-${Math.floor(i / 2)}`),
  )
})

test('ties go to any node, to the first of the search, or to the first of one order that the seed decides', t => {
  const placesOf = (tieBreak: 'random' | 'first' | 'node-order', seed: string): (string | undefined)[] => {
    const count = 40
    const simulation = new Simulation(
      model({
        seed,
        nodes: 0,
        scheduler: scheduler({
          tieBreak,
          profiles: [
            {
              schedulerName: 'default-scheduler',
              base: 'most-allocated',
              enabled: [],
              disabled: [{ point: 'score', name: '*' }],
              pluginConfig: {},
            },
          ],
        }),
        nodePools: [pool('n', { milliCPU: 100_000 })],
        podTemplates: [template('10m', '1Mi')],
        operations: [
          { op: 'create-nodes', at: 0, pool: 0, names: ['a', 'b', 'c', 'd', 'e', 'f'] },
          {
            op: 'create-pods',
            at: 0,
            namespace: 'default',
            names: Array.from({ length: count }, (_, i) => `p-${i}`),
            template: 0,
            runFor: NEVER,
          },
        ],
      }),
    )
    simulation.run()
    const { state } = simulation
    return Array.from({ length: count }, (_, i) => state.nodes.name[state.pods.node[i as PodId]])
  }
  // Nothing scores, so every node ties for every pod.
  t.is(new Set(placesOf('random', '1')).size, 6)
  t.is(new Set(placesOf('node-order', '1')).size, 1)
  t.deepEqual(placesOf('node-order', '1'), placesOf('node-order', '1'))
  const first = ['1', '2', '3', '4', '5', '6', '7', '8'].map(seed => placesOf('node-order', seed)[0])
  t.true(new Set(first).size > 1, 'another seed, another order')
})
