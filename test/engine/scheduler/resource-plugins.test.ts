import test from 'ava'
import type { AnyPlugin, PluginDefinition } from '../../../engine/scheduler/framework/define-plugin.js'
import { Code } from '../../../engine/scheduler/framework/status.js'
import { scoreByUtilization } from '../../../engine/scheduler/plugins/allocation-score.js'
import { nodeAffinity } from '../../../engine/scheduler/plugins/node-affinity.js'
import { nodeResourcesBalancedAllocation } from '../../../engine/scheduler/plugins/node-resources-balanced-allocation.js'
import { nodeResourcesFit } from '../../../engine/scheduler/plugins/node-resources-fit.js'
import { nodeManifest as node, podManifest as pod, stageOf } from '../../support/plugin-cases.js'
import { PluginStage } from '../../support/plugin-stage.js'

test('fit names everything a node lacks, and knows what preemption cannot help', t => {
  const nodes = [
    node('roomy', { cpu: '4', memory: '8Gi', 'example.com/gpu': '2' }),
    node('busy', { cpu: '4', memory: '8Gi', 'example.com/gpu': '2' }),
    node('small', { cpu: '1', memory: '8Gi' }),
    node('full', { cpu: '4', memory: '8Gi', 'example.com/gpu': '2', pods: '0' }),
  ]
  // busy: 3 of 4 cpus and 7 of 8 Gi are taken; small has 1 cpu in all and no gpu.
  const running = [pod('other', { cpu: '3', memory: '7Gi' }, { nodeName: 'busy' })]
  const { stage, plugin, ids } = stageOf(nodeResourcesFit, nodes, running)
  const incoming = stage.createPod(pod('p', { cpu: '2', memory: '2Gi', 'example.com/gpu': '1' }))
  const answers = stage
    .filter(plugin, incoming, ids)
    .map(answer => answer && [answer.code, ...answer.reasons])
  t.deepEqual(answers, [
    undefined,
    [Code.Unschedulable, 'Insufficient cpu', 'Insufficient memory'],
    [Code.UnschedulableAndUnresolvable, 'Insufficient cpu', 'Insufficient example.com/gpu'],
    [Code.Unschedulable, 'Too many pods'],
  ])
})

test('a pod that asks for nothing needs a slot only', t => {
  const { stage, plugin, ids } = stageOf(nodeResourcesFit, [node('n', { cpu: '0', memory: '0' })])
  t.deepEqual(stage.filter(plugin, stage.createPod(pod('p', {})), ids), [undefined])
})

test('ignored resources do not count, nor do those a device class provides where the node has none', t => {
  const rows: [object, object[], boolean][] = [
    [{}, [], false],
    [{ ignoredResources: ['example.com/gpu'] }, [], true],
    [{ ignoredResourceGroups: ['example.com'] }, [], true],
    [{ ignoredResourceGroups: ['example.org'] }, [], false],
    [{}, [{ extendedResourceName: 'example.com/gpu' }], true],
    [{}, [{ extendedResourceName: 'example.com/fpga' }], false],
  ]
  for (const [args, classes, fits] of rows) {
    const { stage, plugin, ids } = stageOf(nodeResourcesFit, [node('n', { cpu: '4' })], [], args)
    classes.forEach((spec, i) => {
      stage.object({
        apiVersion: 'resource.k8s.io/v1',
        kind: 'DeviceClass',
        metadata: { name: `c${i}` },
        spec,
      })
    })
    const [answer] = stage.filter(plugin, stage.createPod(pod('p', { 'example.com/gpu': '1' })), ids)
    t.is(answer === undefined, fits)
  }
})

test('the resource score by hand', t => {
  // The pod asks 1000m and 1Gi; on the node 1000m of 4000m and 1Gi of 8Gi are in use, so 50 % and 25 % with it.
  const strategies: [object, number][] = [
    // (50 + 75) / 2 = 62.5
    [{ type: 'LeastAllocated' }, 62],
    // (50 + 25) / 2 = 37.5
    [{ type: 'MostAllocated' }, 37],
    // (3 * 50 + 1 * 75) / 4 = 56.25
    [{ resources: [{ name: 'cpu', weight: 3 }, { name: 'memory' }] }, 56],
    // 0 % to 0, 100 % to 10 points: 50 and 25, rounded: 38
    [ratio([0, 0], [100, 10]), 38],
    // Falling: 50 and 75, 62.5 rounded up: 63
    [ratio([0, 10], [100, 0]), 63],
    // Nothing up to 40 %: memory scores 0 and does not count its weight; cpu is at 10 / 60 of the way to 100: 16
    [ratio([40, 0], [100, 10]), 16],
  ]
  const nodes = [node('n', { cpu: '4', memory: '8Gi' })]
  const running = [pod('other', { cpu: '1', memory: '1Gi' }, { nodeName: 'n' })]
  for (const [scoringStrategy, expected] of strategies) {
    const { stage, plugin, ids } = stageOf(nodeResourcesFit, nodes, running, { scoringStrategy })
    const incoming = stage.createPod(pod('p', { cpu: '1', memory: '1Gi' }))
    t.deepEqual(stage.score(plugin, incoming, ids), [expected], JSON.stringify(scoringStrategy))
  }
})

test('lines between points are cut down towards zero, also where they fall', t => {
  // From 0 at 10 % to 30 points at 100 %: a third a percent. Falling from 100 to 0 over 3 %: 66.7 becomes 67.
  const rising = scoreByUtilization([
    { utilization: 10, score: 0 },
    { utilization: 100, score: 3 },
  ])
  t.deepEqual([rising[0], rising[10], rising[12], rising[13], rising[100]], [0, 0, 0, 1, 30])
  const falling = scoreByUtilization([
    { utilization: 0, score: 10 },
    { utilization: 3, score: 0 },
  ])
  t.deepEqual([...falling.subarray(0, 5)], [100, 67, 34, 0, 0])
})

test('containers that name no cpu or memory count 100m and 200Mi in the resource score only', t => {
  const { stage, plugin, ids } = stageOf(nodeResourcesFit, [node('n', { cpu: '1', memory: '400Mi' })])
  // 100 of 1000 and 200 of 400: (90 + 50) / 2.
  t.deepEqual(stage.score(plugin, stage.createPod(pod('p', {})), ids), [70])
  t.deepEqual(stage.score(plugin, stage.createPod(pod('zero', { cpu: '0', memory: '0' })), ids), [100])
})

test('the more a node has in use, the lower its score: more requests never help', t => {
  const sizes = [0, 1, 2, 3, 4, 5]
  const nodes = sizes.map(size => node(`n${size}`, { cpu: '8', memory: '8Gi' }))
  const running = sizes.map(size =>
    pod(`r${size}`, { cpu: `${size}`, memory: `${size}Gi` }, { nodeName: `n${size}` }),
  )
  const { stage, plugin, ids } = stageOf(nodeResourcesFit, nodes, running)
  let fittingBefore = ids.length
  for (const size of sizes) {
    const incoming = stage.createPod(pod(`p${size}`, { cpu: `${size}`, memory: '1Gi' }))
    const scores = stage.score(plugin, incoming, ids) ?? []
    t.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    )
    const fitting = stage.filter(plugin, incoming, ids).filter(answer => answer === undefined).length
    t.true(fitting <= fittingBefore)
    fittingBefore = fitting
  }
})

test('balance: 50 and half of 50 and what the pod evens out', t => {
  const nodes = [
    node('even', { cpu: '4', memory: '4Gi' }),
    node('cpu-heavy', { cpu: '4', memory: '4Gi' }),
    node('memory-heavy', { cpu: '4', memory: '4Gi' }),
    node('without-memory', { cpu: '4', memory: '0' }),
  ]
  const running = [
    pod('a', { cpu: '2' }, { nodeName: 'cpu-heavy' }),
    pod('b', { memory: '2Gi' }, { nodeName: 'memory-heavy' }),
  ]
  const { stage, plugin, ids } = stageOf(nodeResourcesBalancedAllocation, nodes, running)
  // The pod takes half of the memory. even: 100 becomes 75, (50 - 25) / 2 = 12. cpu-heavy: 75 becomes 100, 75 / 2 = 37.
  // memory-heavy: 75 becomes 50, 12 again. One resource alone is always even: 50 / 2 = 25.
  t.deepEqual(stage.score(plugin, stage.createPod(pod('p', { memory: '2Gi' })), ids), [62, 87, 62, 75])
  t.is(stage.score(plugin, stage.createPod(pod('none', {})), ids), undefined)
})

test('arguments that make no sense are refused', t => {
  const rows: [AnyPlugin, object][] = [
    [nodeResourcesFit, { scoringStrategy: { type: 'Best' } }],
    [nodeResourcesFit, { scoringStrategy: { type: 'RequestedToCapacityRatio' } }],
    [nodeResourcesFit, { scoringStrategy: { resources: [{ name: 'cpu', weight: 101 }] } }],
    [nodeResourcesFit, { scoringStrategy: ratio([50, 0], [50, 10]) }],
    [nodeResourcesFit, { scoringStrategy: ratio([0, 11]) }],
    [nodeResourcesBalancedAllocation, { resources: [{ name: 'cpu', weight: 2 }] }],
    [
      nodeAffinity,
      {
        addedAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }],
          },
        },
      },
    ],
  ]
  for (const [definition, args] of rows)
    t.throws(() => new PluginStage().plugin(definition as PluginDefinition, args))
})
function ratio(...points: [utilization: number, score: number][]): object {
  const shape = points.map(([utilization, score]) => ({ utilization, score }))
  return { type: 'RequestedToCapacityRatio', requestedToCapacityRatio: { shape } }
}
