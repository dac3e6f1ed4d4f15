import test from 'ava'
import { SECOND } from '../../../engine/kernel/time.js'
import { MetricsServer } from '../../../engine/load/metrics-server.js'
import { compileSelector } from '../../../engine/model/labels.js'
import type { Operation } from '../../../engine/model/operations.js'
import { WallClock } from '../../../engine/model/wall-clock.js'
import type { DeploymentSpec } from '../../../engine/model/workloads.js'
import type { OperationOutcome } from '../../../engine/operator/operation.js'
import { Simulation } from '../../../engine/simulation.js'
import { NONE, type PodId, type TaintSetId } from '../../../engine/state/ids.js'
import { model, pool } from '../../support/model.js'

const WEB = { kind: 'Deployment', namespace: 'default', name: 'web' } as const

/** A Deployment of three pods on three nodes at second 0, and the operations given; times in seconds. */
function run(until: number, operations: readonly (Operation & { at: number })[]) {
  const outcomes: (OperationOutcome & { at: number })[] = []
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'main', image: 'app:v1', resources: { requests: { cpu: '100m' } } }] },
  }
  const web = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template },
  }
  const simulation = new Simulation(
    model({
      nodes: 3,
      nodePools: [pool('pool')],
      until: until * SECOND,
      operations: [
        { op: 'apply', at: 0, manifest: web },
        ...operations.map(operation => ({ ...operation, at: operation.at * SECOND })),
      ],
    }),
    { outcomes: { operated: (outcome, at) => outcomes.push({ ...outcome, at: at / SECOND }) } },
  )
  simulation.run()
  const { state } = simulation
  const spec = (): DeploymentSpec =>
    state.objects.get<DeploymentSpec>(state.objects.find('Deployment', 'default', 'web')!).spec
  const pods = (): PodId[] => [...state.pods.names(state.namespaceId('default')).values()]
  return { simulation, state, outcomes, spec, pods }
}

const of = (outcomes: readonly OperationOutcome[], name: string) =>
  outcomes.filter(({ operation }) => operation === name)

test('patch, scale and set-image change the Deployment; a patch that changes nothing writes nothing', t => {
  const { spec, outcomes, state } = run(60, [
    { op: 'scale', at: 5, ...WEB, replicas: 4 },
    { op: 'set-image', at: 10, ...WEB, images: { main: 'app:v2' } },
    { op: 'patch', at: 20, ...WEB, type: 'merge', patch: { spec: { minReadySeconds: 1 } } },
    { op: 'patch', at: 30, ...WEB, type: 'merge', patch: { spec: { minReadySeconds: 1 } } },
    { op: 'patch', at: 31, ...WEB, type: 'json', patch: [{ op: 'remove', path: '/spec/none' }] },
  ])
  t.is(spec().replicas, 4)
  t.is(spec().minReadySeconds, 1)
  t.is(spec().template.spec.containers[0].image, 'app:v2')
  // One generation for the creation and one for each change.
  t.is(state.objects.get(state.objects.find('Deployment', 'default', 'web')!).meta.generation, 4)
  t.deepEqual(
    of(outcomes, 'patch').map(({ type }) => type),
    ['DONE', 'DONE', 'REJECTED'],
  )
})

test('a rollout is paused, resumed, restarted and undone', t => {
  const { spec, outcomes } = run(60, [
    { op: 'set-image', at: 5, ...WEB, images: { '*': 'app:v2' } },
    { op: 'pause-rollout', at: 15, ...WEB },
    { op: 'pause-rollout', at: 16, ...WEB },
    { op: 'undo-rollout', at: 17, ...WEB, toRevision: 0 },
    { op: 'resume-rollout', at: 18, ...WEB },
    { op: 'undo-rollout', at: 20, ...WEB, toRevision: 0 },
    { op: 'restart-rollout', at: 30, ...WEB },
    { op: 'undo-rollout', at: 40, ...WEB, toRevision: 77 },
  ])
  t.deepEqual(
    outcomes
      .filter(({ operation }) => operation !== 'apply')
      .map(({ operation, type }) => `${operation} ${type}`),
    [
      'create-nodes DONE',
      'set-image DONE',
      'pause-rollout DONE',
      'pause-rollout REJECTED',
      'undo-rollout REJECTED',
      'resume-rollout DONE',
      'undo-rollout DONE',
      'restart-rollout DONE',
      'undo-rollout REJECTED',
    ],
  )
  t.is(spec().template.spec.containers[0].image, 'app:v1')
  t.is(spec().template.metadata.annotations['kubectl.kubernetes.io/restartedAt'], '2026-01-01T00:00:30Z')
})

test('pods are deleted by selector in order of name, as many as are asked for', t => {
  const { outcomes, pods } = run(30, [
    { op: 'delete', at: 10, kind: 'Pod', namespace: 'default', names: [], selector: 'app=web', count: 2 },
    { op: 'delete', at: 11, kind: 'Pod', namespace: 'default', names: ['none'] },
  ])
  const [first, missing] = of(outcomes, 'delete')
  t.is((first.details['names'] as string[]).length, 2)
  t.is(missing.details['error'], 'pods "none" not found')
  t.is(pods().length, 3, 'the ReplicaSet has replaced them')
})

test('a drain cordons, passes over nothing it may evict, and ends when the pods are gone', t => {
  const drain = { op: 'drain', retryAfter: 5 * SECOND, timeout: 100 * SECOND, cordonAllFirst: false } as const
  const { outcomes, state, pods } = run(60, [{ ...drain, at: 10, nodes: ['node-0-0', 'node-0-1'] }])
  t.deepEqual(
    of(outcomes, 'drain').map(({ type, details }) => `${type} ${details['node'] as string}`),
    ['START node-0-0', 'END node-0-0', 'START node-0-1', 'END node-0-1'],
  )
  t.true(of(outcomes, 'drain').every(({ details }) => details['timedOut'] !== true))
  t.true(of(outcomes, 'evict').every(({ details }) => details['code'] === 201))
  for (const pod of pods()) t.is(state.nodes.name[state.pods.node[pod]], 'node-0-2')
})

test('a drain looks every second for a pod that goes a little after its second', t => {
  const drain = { op: 'drain', retryAfter: 5 * SECOND, timeout: 100 * SECOND, cordonAllFirst: false } as const
  const { outcomes } = run(60, [{ ...drain, at: 10, nodes: ['node-0-0'] }])
  const end = of(outcomes, 'drain').find(({ type }) => type === 'END')
  // Requests and answers take 4 ms each: cordoned and listed by 12 ms, evicted at 16, first look at 1.024 s. The kubelet
  // hears of it at 20 ms, ends the pod after 1 s and removes it 8 ms later, at 1.028 s: the look at 2.024 s finds it gone.
  t.is(end?.details['seconds'], 2.028)
})

test('a budget without room refuses every eviction, and the drain gives up in its time', t => {
  const budget = (maxUnavailable: number): Operation => ({
    op: 'apply',
    at: 0,
    manifest: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { maxUnavailable, selector: { matchLabels: { app: 'web' } } },
      status: {
        observedGeneration: 1,
        disruptionsAllowed: maxUnavailable,
        currentHealthy: 3,
        desiredHealthy: 3 - maxUnavailable,
      },
    },
  })
  const evict: Operation = { op: 'evict', at: 10, namespace: 'default', names: [], selector: 'app=web' }
  const codes = (operations: Operation[]) =>
    of(run(12, operations).outcomes, 'evict').flatMap(({ details }) => details['code'] ?? [])
  t.deepEqual(codes([budget(0), evict]), [429, 429, 429])
  const drain = { op: 'drain', retryAfter: 2 * SECOND, timeout: 5 * SECOND, cordonAllFirst: false } as const
  const { outcomes } = run(30, [budget(0), { ...drain, at: 10, nodes: ['node-0-0'] }])
  const end = of(outcomes, 'drain').find(({ type }) => type === 'END')
  // Tried at 0, 2, 4 and 6 s: the last refusal comes after the time is over.
  t.like(end?.details, { timedOut: true })
  t.is(Math.round(Number(end?.details['seconds'])), 6)
})

test('taints are set and taken away by key, effect and value', t => {
  const effects = ['NoSchedule', 'NoExecute'] as const
  const add = effects.map(effect => ({ key: 'maint', value: 'x', effect }))
  const { state } = run(30, [
    { op: 'taint', at: 5, nodes: ['node-0-0', 'node-0-1', 'node-0-2'], add, remove: [] },
    { op: 'taint', at: 6, nodes: ['node-0-0'], add: [], remove: ['maint'] },
    { op: 'taint', at: 6, nodes: ['node-0-1'], add: [], remove: ['maint:NoExecute'] },
    { op: 'taint', at: 6, nodes: ['node-0-2'], add: [], remove: ['maint=y:NoExecute'] },
  ])
  const counts = ['node-0-0', 'node-0-1', 'node-0-2'].map(
    name => state.taintSets.get(state.nodes.taints[state.nodes.find(name)!] as TaintSetId).length,
  )
  t.deepEqual(counts, [0, 1, 2])
})

test('readiness is forced, and given back without a report; a load is divided over the running pods', t => {
  const forced: Operation = {
    op: 'pod-ready',
    at: 5,
    namespace: 'default',
    selector: 'app=web',
    ready: false,
  }
  const load: Operation = { op: 'load', at: 1, app: 'web', totalMilliCPU: 900, maxMilliCPU: 250 }
  const first = run(8, [forced, load])
  t.true(first.pods().every(pod => first.state.pods.ready[pod] === 0))
  // 900 / 3 = 300, cut at 250; nothing was measured before the load was set.
  const metrics = new MetricsServer(first.state, new WallClock(0), { period: SECOND, window: SECOND })
  const selector = compileSelector({ matchLabels: { app: 'web' } })!
  const usage = metrics.podUsage('default', selector, 8 * SECOND)
  t.deepEqual(
    usage.map(({ containers }) => containers[0].usageMilli.get('cpu')),
    [250, 250, 250],
  )
  t.is(first.state.appUsage.loadAt('web', 0), undefined)
  const { state, pods } = run(12, [
    forced,
    { op: 'pod-ready', at: 10, namespace: 'default', selector: 'app=web' },
  ])
  // Recorded so: nothing tells the kubelet to report again before the containers change by themselves.
  t.true(pods().every(pod => state.pods.ready[pod] === 0))
})

test('a dead node is told with the age of its lease, and its pods stay where they are', t => {
  const { outcomes, state, pods } = run(20, [{ op: 'kill-node', at: 10, nodes: ['node-0-0', 'nobody'] }])
  const [missing, done] = of(outcomes, 'kill-node')
  t.is(missing.details['error'], 'nodes "nobody" not found')
  const seconds = done.details['secondsSinceLastLease'] as Record<string, number>
  t.true(seconds['node-0-0'] >= 0 && seconds['node-0-0'] <= 10.4)
  t.true(pods().every(pod => state.pods.node[pod] !== NONE))
})

test('a provisioner makes volumes for claims that name it', t => {
  const annotations = { 'volume.kubernetes.io/storage-provisioner': 'fake' }
  const { state } = run(10, [
    { op: 'provisioner', at: 0, name: 'fake', createDelay: 2 * SECOND, deleteDelay: SECOND },
    {
      op: 'apply',
      at: 1,
      manifest: {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'fast' },
        provisioner: 'fake',
      },
    },
    {
      op: 'apply',
      at: 1,
      manifest: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data', namespace: 'default', annotations },
        spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
      },
    },
  ])
  t.is(state.objects.countOfKind('PersistentVolume'), 1)
})
