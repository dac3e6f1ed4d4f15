import test from 'ava'
import { EvictionApi } from '../../../../engine/apiserver/eviction.js'
import { type EvictionAnswer } from '../../../../engine/apiserver/eviction-answer.js'
import { MILLISECOND, SECOND } from '../../../../engine/kernel/time.js'
import type {
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '../../../../engine/model/pod-disruption-budget.js'
import { WallClock } from '../../../../engine/model/wall-clock.js'
import { NONE, type ObjectId } from '../../../../engine/state/ids.js'
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
