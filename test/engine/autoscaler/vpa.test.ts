import test from 'ava'
import { AggregateState } from '../../../engine/autoscaler/vpa/aggregate-state.js'
import type { Autoscaler } from '../../../engine/autoscaler/vpa/controlling-autoscaler.js'
import type { ManagedPod } from '../../../engine/autoscaler/vpa/managed-pod.js'
import type { ContainerRecommendation } from '../../../engine/autoscaler/vpa/recommendation.js'
import { Recommender } from '../../../engine/autoscaler/vpa/recommender.js'
import { Updater } from '../../../engine/autoscaler/vpa/updater.js'
import { HOUR, MINUTE, SECOND } from '../../../engine/kernel/time.js'
import { selectorOfLabels } from '../../../engine/model/labels.js'
import { formatQuantity } from '../../../engine/model/quantity.js'
import { UPDATER } from '../../../engine/model/vertical-pod-autoscaler-defaults.js'

const MIB = 2 ** 20
/** 2026-03-02T00:00:00Z, a multiple of 24 h. */
const MONDAY = 1_772_409_600 * SECOND
const WEB = selectorOfLabels({ app: 'web' })

/** A recommender that watches pod `p` with one container. */
function recommenderOfOnePod(): Recommender {
  const recommender = new Recommender()
  recommender.putAutoscaler('v', 'default', WEB, undefined)
  recommender.putPod('p', 'default', { app: 'web' }, false, MONDAY)
  recommender.putContainer('p', 'app', 64 * MIB, MONDAY)
  return recommender
}

function textOf({ target, lowerBound, upperBound }: ContainerRecommendation): (string | undefined)[][] {
  return [target, lowerBound, upperBound].map(resources =>
    ['cpu', 'memory'].map(name => {
      const quantity = resources?.get(name)
      return quantity && formatQuantity(quantity)
    }),
  )
}

test('a day of steady use is recommended with its margin, and bounds that close in with confidence', t => {
  const recommender = recommenderOfOnePod()
  for (let minute = 0; minute <= 1440; minute++) {
    recommender.addSample('p', 'app', { milliCPU: 250, memoryBytes: 400 * MIB }, MONDAY + minute * MINUTE)
  }
  const [container] = recommender.recommend('v', MONDAY + 24 * HOUR)?.containers ?? []
  // 0.25 cores fall into the bucket that ends at 0.258403: 258 + 15 % cut off (38) = 296. Memory: 400 Mi fall into
  // the bucket that ends at 445019988: + 66752998 = 511772986. After one day the upper bound is twice that, and
  // the lower 1.001^-2 of it: 296 * 0.998003 = 295, 510750973 bytes.
  t.deepEqual(textOf(container), [
    ['296m', '511772986'],
    ['295m', '510750973'],
    ['592m', '1023545972'],
  ])
})

test('a pod without samples is recommended the minimum of a pod', t => {
  const [container] = recommenderOfOnePod().recommend('v', MONDAY)?.containers ?? []
  t.deepEqual(textOf(container), [
    ['25m', '250Mi'],
    ['25m', '250Mi'],
    ['25m', '250Mi'],
  ])
})

test('a kill for lack of memory counts as use of 100 MiB or 20 % more, whichever is more', t => {
  const rows: [requested: number, wanted: string][] = [
    // 300 + 100 = 400 MiB, in the bucket that ends at 445019988; + 15 %.
    [300, '511772986'],
    // 1000 * 1.2 = 1200 MiB = 1258291200, in the bucket that ends at 1278397629; + 191759644.
    [1000, '1470157273'],
  ]
  for (const [requested, wanted] of rows) {
    const recommender = recommenderOfOnePod()
    t.true(recommender.recordOOM('p', 'app', requested * MIB, MONDAY))
    const [container] = recommender.recommend('v', MONDAY)?.containers ?? []
    t.is(textOf(container)[0][1], wanted)
  }
})

test('a recommender that starts from checkpoints recommends as before', t => {
  const before = recommenderOfOnePod()
  for (let minute = 0; minute < 3000; minute++) {
    const usage = { milliCPU: 100 + (minute % 50), memoryBytes: (300 + (minute % 7)) * MIB }
    before.addSample('p', 'app', usage, MONDAY + minute * MINUTE)
  }
  const now = MONDAY + 3000 * MINUTE
  const after = new Recommender()
  after.putAutoscaler('v', 'default', WEB, undefined)
  for (const [name, state] of before.storedCheckpoints('v', now)) after.restore('v', name, state, now)
  const [restored] = after.recommend('v', now)?.containers ?? []
  const [kept] = before.recommend('v', now)?.containers ?? []
  t.deepEqual(textOf(restored), textOf(kept))
})

test('a state is dropped eight days after its last cpu sample', t => {
  const state = new AggregateState(MONDAY)
  state.addCPUSample(100, MONDAY + HOUR)
  t.false(state.isExpired(MONDAY + 8 * 24 * HOUR))
  t.true(state.isExpired(MONDAY + 8 * 24 * HOUR + HOUR))
})

test('a pod that ran out of memory within ten minutes of its start is updated at once', t => {
  const start = 100 * HOUR
  const rows: [minutes: number, evicted: string[]][] = [
    [9, ['web-1-a']],
    [10, []],
  ]
  for (const [minutes, wanted] of rows) {
    const evicted: string[] = []
    const updater = new Updater(UPDATER, {
      topmost: () => ({ kind: 'Deployment', name: 'web' }),
      configuredReplicas: () => 2,
      limitRanges: () => [],
      evict: ({ name }) => evicted.push(name) > 0,
      resize: () => false,
    })
    const lastTerminated = { reason: 'OOMKilled', startedAt: start, finishedAt: start + minutes * MINUTE }
    const now = start + 11 * MINUTE
    updater.run([webAutoscaler()], [webPod('a', start, lastTerminated), webPod('b', start)], now)
    t.deepEqual(evicted, wanted)
  }
})

function webAutoscaler(): Autoscaler {
  const target = { cpu: '110m', memory: '110Mi' }
  const bounds = { lowerBound: { cpu: '50m', memory: '50Mi' }, upperBound: { cpu: '1', memory: '1Gi' } }
  return {
    namespace: 'default',
    name: 'v',
    created: 0,
    spec: { targetRef: { kind: 'Deployment', name: 'web' } },
    status: { recommendation: { containerRecommendations: [{ containerName: 'app', target, ...bounds }] } },
    selector: WEB,
  }
}

function webPod(
  name: string,
  startTime: number,
  lastTerminated?: ManagedPod['containerStatuses'][number]['lastTerminated'],
): ManagedPod {
  const resources = { requests: { cpu: '100m', memory: '100Mi' } }
  return {
    namespace: 'default',
    name: `web-1-${name}`,
    labels: { app: 'web' },
    annotations: {},
    controller: { kind: 'ReplicaSet', name: 'web-1' },
    phase: 'Running',
    isDeleted: false,
    startTime,
    conditions: [],
    containers: [{ name: 'app', resources }],
    containerStatuses: [{ name: 'app', ...(lastTerminated === undefined ? {} : { lastTerminated }) }],
  }
}
