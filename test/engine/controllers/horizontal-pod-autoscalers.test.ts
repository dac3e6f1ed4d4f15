import test from 'ava'
import {
  AutoscalerCondition,
  ConditionDrafts,
  KnownConditions,
} from '../../../engine/controllers/horizontal-pod-autoscaler/condition-drafts.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type {
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
} from '../../../engine/model/autoscaling.js'
import type { ObjectId } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

/** A Deployment of two pods that request 500m, and an autoscaler that wants them half used. */
function autoscaledCluster(spec: Partial<HorizontalPodAutoscalerSpec> = {}) {
  const cluster = new WorkloadCluster()
  const template = podTemplate('web', { 'kubelapse.io/ready-seconds': '5' })
  const containers = [{ name: 'main', resources: { requests: { cpu: '500m' } } }]
  const deployment = cluster.createDeployment(
    'web',
    { replicas: 2 },
    { ...template, spec: { ...template.spec, containers } },
  )
  const autoscaler = cluster.create('HorizontalPodAutoscaler', 'web', {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 20,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
      },
    ],
    ...spec,
  })
  return { cluster, deployment, autoscaler }
}

function statusOf(cluster: WorkloadCluster, id: ObjectId): HorizontalPodAutoscalerStatus {
  return cluster.state.objects.get<unknown, HorizontalPodAutoscalerStatus>(id).status
}

/** Whole seconds and messages of one reason's events. */
function eventsOf(cluster: WorkloadCluster, reason: string): [seconds: number, message: string][] {
  return cluster.events
    .filter(event => event.reason === reason && event.count === 1)
    .map(({ at, message }) => [Math.floor(at / SECOND), message])
}

test('sizes follow a load by the grid of 15 s, the age of samples and the window of scaling down', t => {
  const { cluster, deployment, autoscaler } = autoscaledCluster()
  const { appUsage } = cluster.state
  appUsage.set('web', { totalMilliCPU: 400, maxMilliCPU: 1000 }, 0)
  cluster.runUntil(62 * SECOND)
  appUsage.set('web', { totalMilliCPU: 4000, maxMilliCPU: 1000 }, 62 * SECOND)
  cluster.runUntil(140 * SECOND)
  appUsage.set('web', { totalMilliCPU: 400, maxMilliCPU: 1000 }, 140 * SECOND)
  cluster.runUntil(520 * SECOND)
  // At 15 s no sample is a whole window younger than Ready. 2 pods at 1000m want 8, but one step goes to 4; the new
  // ones count as idle at first, so 4 become 8 (2 x 200 % / 4 = 100 %) and 8 become 16 only when all have samples.
  const above = 'cpu resource utilization (percentage of request) above target'
  t.deepEqual(eventsOf(cluster, 'SuccessfulRescale'), [
    [75, `New size: 4; reason: ${above}`],
    [90, `New size: 8; reason: ${above}`],
    [120, `New size: 16; reason: ${above}`],
    // 16 was last wanted at 135 s, and counts for 300 s.
    [435, 'New size: 2; reason: All metrics below target'],
  ])
  t.is(eventsOf(cluster, 'FailedGetResourceMetric').length, 1)
  t.is(cluster.deployment(deployment).spec.replicas, 2)
  const status = statusOf(cluster, autoscaler)
  t.deepEqual([status.currentReplicas, status.desiredReplicas], [2, 2])
  t.deepEqual(status.currentMetrics, [
    {
      type: 'Resource',
      resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '200m' } },
    },
  ])
})

test('an autoscaler is looked at 15 s after it was seen, and a change of it does not hurry the next look', t => {
  const { cluster, autoscaler } = autoscaledCluster({ minReplicas: 3 })
  cluster.runUntil(10 * SECOND)
  const { spec } = cluster.state.objects.get<HorizontalPodAutoscalerSpec>(autoscaler)
  cluster.api.objects.updateSpec(autoscaler, { ...spec, minReplicas: 4 })
  cluster.runUntil(14 * SECOND)
  t.deepEqual(eventsOf(cluster, 'SuccessfulRescale'), [])
  cluster.runUntil(40 * SECOND)
  const message = 'New size: 4; reason: Current number of replicas below Spec.MinReplicas'
  t.deepEqual(eventsOf(cluster, 'SuccessfulRescale'), [[15, message]])
})

test('a target that is missing is told, and a run without autoscalers comes to its end', t => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone' }
  const { cluster, autoscaler } = autoscaledCluster({ scaleTargetRef })
  cluster.runUntil(20 * SECOND)
  t.deepEqual(eventsOf(cluster, 'FailedGetScale'), [[15, 'deployments.apps "gone" not found']])
  const [condition] = statusOf(cluster, autoscaler).conditions
  t.deepEqual(
    [condition.type, condition.status, condition.reason],
    ['AbleToScale', 'False', 'FailedGetScale'],
  )
  cluster.api.objects.delete(autoscaler)
  t.is(cluster.kernel.run({ until: 3600 * SECOND }).reason, 'drained')
})

test('two autoscalers over the same pods leave them alone', t => {
  const { cluster } = autoscaledCluster()
  cluster.state.appUsage.set('web', { perPodMilliCPU: 500 }, 0)
  cluster.create('HorizontalPodAutoscaler', 'also', {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    maxReplicas: 20,
  })
  cluster.runUntil(65 * SECOND)
  const [[, message]] = eventsOf(cluster, 'AmbiguousSelector')
  t.is(message, 'pods by selector app=web are controlled by multiple HPAs: [default/also default/web]')
  t.deepEqual(eventsOf(cluster, 'SuccessfulRescale'), [])
})

/** Sizes that an autoscaler asked for, in order. */
function sizesAskedFor(cluster: WorkloadCluster): number[] {
  return eventsOf(cluster, 'SuccessfulRescale').map(([, message]) => Number(/\d+/.exec(message)?.[0]))
}

test('the walkthrough of the documentation: 305 % of 200m resizes php-apache to 7, and no load back to 1', t => {
  // https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/
  const cluster = new WorkloadCluster()
  const template = podTemplate('php-apache', {})
  const containers = [
    { name: 'php-apache', resources: { requests: { cpu: '200m' }, limits: { cpu: '500m' } } },
  ]
  cluster.createDeployment(
    'php-apache',
    { replicas: 1 },
    { ...template, spec: { ...template.spec, containers } },
  )
  const target = { type: 'Utilization', averageUtilization: 50 }
  const autoscaler = cluster.create('HorizontalPodAutoscaler', 'php-apache', {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'php-apache' },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
  })
  const shown = () => {
    const { currentMetrics, currentReplicas } = statusOf(cluster, autoscaler)
    return [currentMetrics[0]?.resource?.current.averageUtilization, currentReplicas]
  }
  const { appUsage } = cluster.state
  appUsage.set('php-apache', { totalMilliCPU: 0 }, 0)
  cluster.runUntil(60 * SECOND)
  t.deepEqual(shown(), [0, 1])
  appUsage.set('php-apache', { totalMilliCPU: 610 }, 61 * SECOND)
  cluster.runUntil(76 * SECOND)
  t.deepEqual(shown(), [305, 1])
  cluster.runUntil(180 * SECOND)
  // One step at most doubles a size or goes to 4: 4 x 76 % / 50 % = 6.08 is the 7 of the page, as 1 x 305 / 50 is.
  t.deepEqual(sizesAskedFor(cluster), [4, 7])
  appUsage.set('php-apache', { totalMilliCPU: 0 }, 181 * SECOND)
  cluster.runUntil(660 * SECOND)
  t.deepEqual(shown(), [0, 1])
  t.deepEqual(sizesAskedFor(cluster), [4, 7, 1])
})

test('the scaling policies of the documentation: from 80 down to 10 by a tenth each minute, then by 4', t => {
  // https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#scaling-policies
  const { cluster, deployment } = autoscaledCluster({
    minReplicas: 10,
    maxReplicas: 100,
    behavior: {
      scaleDown: {
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 60 },
          { type: 'Percent', value: 10, periodSeconds: 60 },
        ],
      },
    },
  })
  cluster.scale(deployment, 80)
  cluster.state.appUsage.set('web', { totalMilliCPU: 2500 }, 0)
  // After ten events of one kind about one object they are combined, so the sizes are read from the Deployment.
  const sizes: number[] = []
  for (let at = 15; at < 1600; at += 5) {
    cluster.runUntil(at * SECOND)
    const { replicas } = cluster.deployment(deployment).spec
    if (replicas !== sizes[sizes.length - 1]) sizes.push(replicas)
  }
  // 80 loses 8; a tenth of 72 is 7.2 and rounded up to 8; from 40 on four pods are more than a tenth.
  t.deepEqual(sizes, [80, 72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10])
})

test('the ratio of the documentation: 200m of 100m doubles the replicas, 50m of 100m halves them, 1.1 is within', t => {
  // https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details
  for (const [milliCPU, wanted] of [
    [200, [8]],
    [50, [2]],
    [110, []],
    [90, []],
  ] as const) {
    const target = { type: 'AverageValue', averageValue: '100m' }
    const { cluster, deployment } = autoscaledCluster({
      minReplicas: 1,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    })
    cluster.scale(deployment, 4)
    cluster.state.appUsage.set('web', { perPodMilliCPU: 100 }, 0)
    cluster.runUntil(400 * SECOND)
    t.deepEqual(sizesAskedFor(cluster), [])
    // The load of each pod stays for one look; then it is what was wanted.
    cluster.state.appUsage.set('web', { totalMilliCPU: milliCPU * 4 }, 400 * SECOND)
    cluster.runUntil(800 * SECOND)
    t.deepEqual(sizesAskedFor(cluster), [...wanted])
  }
})

test('conditions keep their order and their object, and a turn on the way counts even when it is taken back', t => {
  const { AbleToScale, ScalingActive } = AutoscalerCondition
  const drafts = new ConditionDrafts()
  const known = new KnownConditions()
  drafts.begin([], known, 1)
  drafts.set(AbleToScale, 'True', 'SucceededGetScale', 'got')
  drafts.set(ScalingActive, 'True', 'ValidMetricFound', 'found')
  drafts.set(AbleToScale, 'False', 'FailedUpdateScale', 'refused')
  const first = drafts.finish()
  t.deepEqual(
    first.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime]),
    [
      ['AbleToScale', 'False', 1],
      ['ScalingActive', 'True', 1],
    ],
  )
  drafts.begin(first, known, 2)
  drafts.set(ScalingActive, 'True', 'ValidMetricFound', 'found')
  t.is(drafts.finish(), first)
  // It was False, could read the scale and was refused again: a transition, though False stands as before.
  drafts.begin(first, known, 3)
  drafts.set(AbleToScale, 'True', 'SucceededGetScale', 'got')
  drafts.set(AbleToScale, 'False', 'FailedUpdateScale', 'refused')
  const second = drafts.finish()
  t.deepEqual(second[0], { ...first[0], lastTransitionTime: 3 })
  t.is(second[1], first[1])
  // Somebody else may have written the list; another message alone is no transition.
  drafts.begin([...second], known, 4)
  drafts.set(AbleToScale, 'False', 'FailedUpdateScale', 'refused again')
  t.deepEqual(drafts.finish()[0], { ...first[0], message: 'refused again', lastTransitionTime: 3 })
})
