import test from 'ava'
import { EvictionApi } from '../../../../engine/apiserver/eviction.js'
import { type EvictionAnswer } from '../../../../engine/apiserver/eviction-answer.js'
import { LabelledPods } from '../../../../engine/controllers/labelled-pods.js'
import { MILLISECOND, NEVER, SECOND } from '../../../../engine/kernel/time.js'
import { type CompiledSelector, compileSelector } from '../../../../engine/model/labels.js'
import type {
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '../../../../engine/model/pod-disruption-budget.js'
import { WallClock } from '../../../../engine/model/wall-clock.js'
import { NONE, type ObjectId, Phase } from '../../../../engine/state/ids.js'
import { Informer } from '../../../../engine/state/informer.js'
import { WorkloadCluster } from '../../../support/workload-cluster.js'

const SELECTOR = { matchLabels: { app: 'web' } }

/** Ten ready pods of one Deployment, two of which may be away. */
function protectedCluster(spec: PodDisruptionBudgetSpec = { selector: SELECTOR, maxUnavailable: 2 }) {
  const cluster = new WorkloadCluster()
  const evictions = new EvictionApi(cluster.kernel, cluster.api, new WallClock(0))
  const budget = cluster.create('PodDisruptionBudget', 'web', spec)
  const deployment = cluster.createDeployment('web', { replicas: 10 })
  cluster.runUntil(10 * SECOND)
  return { cluster, evictions, budget, deployment }
}

function statusOf(cluster: WorkloadCluster, id: ObjectId): PodDisruptionBudgetStatus {
  return cluster.state.objects.get<unknown, PodDisruptionBudgetStatus>(id).status
}

function nameOf(cluster: WorkloadCluster, index: number): string {
  return cluster.state.pods.name[cluster.podIds()[index]] as string
}

test('a budget follows the pods of its Deployment', t => {
  const { cluster, budget } = protectedCluster()
  const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed, conditions } = statusOf(
    cluster,
    budget,
  )
  // 10 replicas, at most 2 away: 8 have to be healthy, 10 are, so 2 may go.
  t.deepEqual([expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed], [10, 8, 10, 2])
  t.deepEqual([conditions[0].status, conditions[0].reason], ['True', 'SufficientPods'])
})

test('evictions one after another stop at the budget and go on when replacements are ready', t => {
  const { cluster, evictions, budget } = protectedCluster()
  const names = Array.from({ length: 3 }, (_, i) => nameOf(cluster, i))
  t.deepEqual(
    names.map(name => evictions.evict('default', name).code),
    [201, 201, 429],
  )
  cluster.runUntil(11 * SECOND)
  t.is(statusOf(cluster, budget).disruptionsAllowed, 0)
  t.deepEqual(statusOf(cluster, budget).disruptedPods, {})
  cluster.runUntil(20 * SECOND)
  t.is(statusOf(cluster, budget).disruptionsAllowed, 2)
  t.is(evictions.evict('default', names[2]).code, 201)
})

test('evictions at the same time collide on the budget: one is accepted at once, the next after half a second', t => {
  const { cluster, evictions } = protectedCluster()
  const answers: [EvictionAnswer, number][] = []
  for (let i = 0; i < 4; i++) {
    evictions.request('default', nameOf(cluster, i), answer => answers.push([answer, cluster.kernel.now]))
  }
  cluster.runUntil(10 * SECOND + 400 * MILLISECOND)
  t.deepEqual(
    answers.map(([{ code }]) => code),
    [201],
  )
  // The two pods that went are not replaced within a second, so the budget stays used up.
  cluster.runUntil(10 * SECOND + 990 * MILLISECOND)
  t.is(answers.filter(([{ code }]) => code === 201).length, 2)
  const [, second] = answers
  t.true(second[1] >= 10 * SECOND + 500 * MILLISECOND && second[1] <= 10 * SECOND + 600 * MILLISECOND)
})

test('a dry run says what would be and writes nothing', t => {
  const { cluster, evictions } = protectedCluster()
  const written = cluster.state.log.end
  t.is(evictions.evict('default', nameOf(cluster, 0), { dryRun: true }).code, 201)
  t.is(cluster.state.log.end, written)
})

test('DisruptionTarget goes after two minutes from a pod that nobody deletes', t => {
  const { cluster } = protectedCluster()
  const [pod] = cluster.podIds()
  cluster.api.pods.patchDisruption(pod, cluster.state.reasonId('PreemptionByScheduler'))
  cluster.runUntil(129 * SECOND)
  t.not(cluster.state.pods.disruption[pod], NONE)
  cluster.runUntil(131 * SECOND)
  t.is(cluster.state.pods.disruption[pod], NONE)
})

test('an eviction that nobody carries out is given up after two minutes', t => {
  const { cluster, budget } = protectedCluster()
  const { spec, status } = cluster.state.objects.get<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>(
    budget,
  )
  t.is(spec.maxUnavailable, 2)
  const disruptedPods = { [nameOf(cluster, 0)]: 10 * SECOND }
  cluster.api.objects.updateStatus(budget, { ...status, disruptedPods })
  cluster.runUntil(129 * SECOND)
  t.is(statusOf(cluster, budget).disruptionsAllowed, 1)
  cluster.runUntil(131 * SECOND)
  t.is(statusOf(cluster, budget).disruptionsAllowed, 2)
  t.true(cluster.events.some(({ reason }) => reason === 'NotDeleted'))
})

test('a second sync writes nothing', t => {
  const { cluster } = protectedCluster()
  const written = cluster.state.log.end
  cluster.manager.restart('disruption')
  cluster.runUntil(20 * SECOND)
  t.is(cluster.state.log.end, written)
})

for (const after of [1, 400, 1100, 1500, 5010]) {
  test(`killed and restarted after ${after} ms it reaches the same end`, t => {
    const { cluster, evictions, budget } = protectedCluster()
    evictions.evict('default', nameOf(cluster, 0))
    cluster.runUntil(10 * SECOND + after * MILLISECOND)
    cluster.manager.restart('disruption')
    cluster.runUntil(60 * SECOND)
    const { currentHealthy, disruptionsAllowed, disruptedPods } = statusOf(cluster, budget)
    t.deepEqual([currentHealthy, disruptionsAllowed, disruptedPods], [10, 2, {}])
  })
}

test('a watch two minutes late delays the status and breaks nothing', t => {
  const { cluster, evictions, budget } = protectedCluster()
  cluster.manager.informer.latency = 120 * SECOND
  t.is(evictions.evict('default', nameOf(cluster, 0)).code, 201)
  t.is(evictions.evict('default', nameOf(cluster, 1)).code, 201)
  cluster.runUntil(60 * SECOND)
  t.is(evictions.evict('default', nameOf(cluster, 2)).code, 429)
  cluster.runUntil(600 * SECOND)
  t.is(statusOf(cluster, budget).disruptionsAllowed, 2)
})

test('a pod with two budgets cannot be evicted, and is told of it by an event', t => {
  const { cluster, evictions } = protectedCluster()
  cluster.create('PodDisruptionBudget', 'other', { selector: SELECTOR, minAvailable: 1 })
  cluster.runUntil(11 * SECOND)
  t.is(evictions.evict('default', nameOf(cluster, 0)).code, 500)
  cluster.api.pods.delete(cluster.podIds()[0], cluster.state.pods.uid[cluster.podIds()[0]])
  cluster.runUntil(12 * SECOND)
  t.true(cluster.events.some(({ reason }) => reason === 'MultiplePodDisruptionBudgets'))
})

test('sums kept of the pods of a selector are what a look at each of them finds, whatever becomes of the pods', t => {
  const { cluster, evictions } = protectedCluster()
  const { state, api, kernel } = cluster
  const { pods } = state
  const labelled = new LabelledPods(state, new Informer(kernel, state.log, 'test', 300 * MILLISECOND))
  const namespace = state.namespaceId('default')
  const selector = compileSelector(SELECTOR) as CompiledSelector
  const check = (): void => {
    const listed = labelled.selected(namespace, selector)
    const healthy = listed.filter(pod => pods.ready[pod] === 1 && pods.deletionAt[pod] === NEVER).length
    const owners = new Map<ObjectId, number>()
    for (const pod of listed) {
      const owner = pods.owner[pod] as ObjectId
      owners.set(owner, (owners.get(owner) ?? 0) + 1)
    }
    const sums = labelled.tally(namespace, selector)
    t.deepEqual([sums.pods, sums.healthy], [listed.length, healthy])
    t.is(sums.owners.size, owners.size)
    for (const [owner, owned] of owners) t.is(sums.owners.get(owner), owned)
  }
  const [evicted, orphaned, relabelled, unready, removed] = cluster.podIds()
  const changes = [
    () => evictions.evict('default', pods.name[evicted] as string),
    () => api.pods.patchOwner(orphaned, pods.uid[orphaned], NONE as ObjectId),
    () => api.pods.patchLabels(relabelled, pods.uid[relabelled], state.labelsId({ app: 'other' })),
    () => api.pods.patchLabels(relabelled, pods.uid[relabelled], state.labelsId({ app: 'web', tier: 'a' })),
    () => api.pods.patchPhase(unready, Phase.Running, false),
    () => api.pods.delete(removed, pods.uid[removed], 0),
  ]
  check()
  for (const [i, change] of changes.entries()) {
    change()
    check()
    // Midway the informer has not heard of the latest change yet.
    for (let step = 1; step <= 10; step++) {
      cluster.runUntil((10 + i) * SECOND + step * 100 * MILLISECOND)
      check()
    }
  }
})
