/** What every plugin in the list must keep to, whatever it decides: new plugins are taken up unasked. */
import test, { type ExecutionContext } from 'ava'
import { Streams } from '../../engine/kernel/rng.js'
import type { PluginDefinition } from '../../engine/scheduler/framework/define-plugin.js'
import type { SchedulerPlugin } from '../../engine/scheduler/framework/interface.js'
import { OK, SKIP } from '../../engine/scheduler/framework/status.js'
import { PLUGINS } from '../../engine/scheduler/plugins/index.js'
import type { NodeId, PodId } from '../../engine/state/ids.js'
import { PluginStage } from '../support/plugin-stage.js'
import { RandomCluster } from '../support/random-cluster.js'

const SEEDS = ['1', '2', '3']
const NODES = 15
const BOUND = 30
const INCOMING = 25

interface Scene {
  readonly stage: PluginStage
  readonly plugin: SchedulerPlugin
  readonly draw: RandomCluster
  readonly nodes: readonly NodeId[]
  readonly bound: readonly PodId[]
  readonly incoming: readonly PodId[]
}

function sceneOf(definition: PluginDefinition, seed: string): Scene {
  const stage = new PluginStage()
  const plugin = stage.plugin(definition)
  const draw = new RandomCluster(new Streams(seed).stream('cluster'))
  const nodes = Array.from({ length: NODES }, (_, i) => stage.node(draw.node(`node-${i}`)))
  const bound = Array.from({ length: BOUND }, (_, i) =>
    stage.pod(draw.pod(`bound-${i}`, `node-${draw.below(NODES)}`)),
  )
  // Some name their node, as pods do that are looked at again after binding.
  const nameNode = (): string | undefined => (draw.chance(0.2) ? `node-${draw.below(NODES)}` : undefined)
  const incoming = Array.from({ length: INCOMING }, (_, i) =>
    stage.createPod(draw.pod(`pod-${i}`, nameNode())),
  )
  return { stage, plugin, draw, nodes, bound, incoming }
}

/** Asks the filter about a list: the nodes kept, in order. */
function keep({ stage, plugin }: Scene, pod: PodId, nodes: readonly number[]): number[] {
  const list = stage.list(nodes)
  plugin.filter?.(stage.cycleOf(pod), list)
  return [...list.ids.subarray(0, list.length)]
}

function checkFilter(t: ExecutionContext, definition: PluginDefinition, scene: Scene, pod: PodId): void {
  const { stage, plugin, draw, nodes } = scene
  const list = stage.list(nodes)
  plugin.filter?.(stage.cycleOf(pod), list)
  const kept = [...list.ids.subarray(0, list.length)]
  t.deepEqual(
    kept,
    nodes.filter(node => kept.includes(node)),
    'keeps nodes of the list, in their order',
  )
  for (const node of nodes) {
    if (kept.includes(node)) continue
    const { plugin: rejecter, reasons } = stage.rejection(list.reason[node])
    t.is(rejecter, definition.name)
    t.true(reasons.length > 0, 'says why')
  }
  t.deepEqual(keep(scene, pod, kept), kept, 'keeps what it has kept')
  const shuffled = keep(scene, pod, draw.shuffled(nodes))
  t.deepEqual([...shuffled].sort(ascending), kept, 'judges in any order')
  const alone = nodes.filter(node => keep(scene, pod, [node]).length === 1)
  t.deepEqual(alone, kept, 'judges a node alone as among others')
}

/** The overlay is judged as its node, and whoever comes to it and leaves again leaves no trace. */
function checkOverlay(t: ExecutionContext, scene: Scene, pod: PodId): void {
  const { stage, plugin, draw, nodes, bound } = scene
  const { snapshot } = stage
  const cycle = stage.cycleOf(pod)
  for (const node of nodes) {
    const verdict = keep(scene, pod, [node]).length
    snapshot.copyToOverlay(node)
    t.is(keep(scene, pod, [snapshot.overlay]).length, verdict, 'judges the overlay as its node')
    const guests = bound.filter(guest => snapshot.nodeOf.values[guest] !== node).slice(draw.below(10), 12)
    for (const guest of guests) {
      snapshot.chargeOverlay(snapshot.shapes.of(guest), 1)
      plugin.addPod?.(cycle, guest, snapshot.overlay)
    }
    keep(scene, pod, [snapshot.overlay])
    for (const guest of guests) {
      snapshot.chargeOverlay(snapshot.shapes.of(guest), -1)
      plugin.removePod?.(cycle, guest, snapshot.overlay)
    }
    t.is(keep(scene, pod, [snapshot.overlay]).length, verdict, 'forgets who has left')
    t.is(keep(scene, pod, [node]).length, verdict, 'keeps the node out of it')
  }
}

function scoresOf({ stage, plugin }: Scene, pod: PodId, nodes: readonly number[]): Map<number, number> {
  const cycle = stage.cycleOf(pod)
  const list = stage.list(nodes)
  const scores = new Float64Array(nodes.length).fill(-7)
  if (plugin.preScore?.(cycle, list) === SKIP) return new Map()
  plugin.score?.(cycle, list, scores)
  plugin.normalize?.(cycle, list, scores)
  return new Map(nodes.map((node, i) => [node, scores[i]]))
}

function checkScores(t: ExecutionContext, scene: Scene, pod: PodId, nodes: readonly number[]): void {
  const scores = scoresOf(scene, pod, nodes)
  for (const score of scores.values()) {
    t.true(Number.isInteger(score) && score >= 0 && score <= 100, `${score} is a whole number of 0 to 100`)
  }
  const again = scoresOf(scene, pod, scene.draw.shuffled(nodes))
  for (const [node, score] of scores) t.is(again.get(node), score, 'scores in any order, and again')
}

function ascending(a: number, b: number): number {
  return a - b
}

for (const definition of PLUGINS as readonly PluginDefinition[]) {
  test(`${definition.name}: filters narrow, scores stay in range, nothing depends on the order`, t => {
    for (const seed of SEEDS) {
      const scene = sceneOf(definition, seed)
      const { stage, plugin, nodes, incoming } = scene
      for (const pod of incoming) {
        const verdict = plugin.preFilter?.(stage.cycleOf(pod)) ?? OK
        if (verdict > 0) continue
        if (plugin.filter !== undefined && verdict === OK) {
          checkFilter(t, definition, scene, pod)
          checkOverlay(t, scene, pod)
        }
        const feasible = plugin.filter === undefined || verdict === SKIP ? nodes : keep(scene, pod, nodes)
        if (plugin.score !== undefined && feasible.length > 1) checkScores(t, scene, pod, feasible)
      }
    }
    t.pass()
  })
}
