import test from 'ava'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import { patchObject } from '../../../engine/apiserver/patch-object.js'
import { Result } from '../../../engine/apiserver/result.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type { Amounts, Container, Labels, PodSpec } from '../../../engine/model/pod-spec.js'
import { type NodeId, PHASE_NAMES, type PodId } from '../../../engine/state/ids.js'
import { verify } from '../../../engine/state/verify.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

/** One node of 4 cores and 8 GiB, and pods on it. */
class Stage extends WorkloadCluster {
  readonly node: NodeId
  constructor() {
    super({ nodes: 0, controllers: [] })
    const status = { capacity: { cpu: '4', memory: '8Gi', pods: '110' } }
    const manifest = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, status }
    this.node = applyManifest(this.api, manifest) as NodeId
  }

  pod(
    name: string,
    requests: Amounts,
    more: { container?: Partial<Container>; spec?: Partial<PodSpec>; annotations?: Labels } = {},
  ): PodId {
    const { container = {}, spec = {}, annotations = {} } = more
    const full = {
      nodeName: 'n',
      ...spec,
      containers: [{ name: 'c', resources: { requests }, ...container }],
    }
    const metadata = { name, namespace: 'default', annotations }
    return applyManifest(this.api, { apiVersion: 'v1', kind: 'Pod', metadata, spec: full }) as PodId
  }

  resize(name: string, resources: object): string {
    const patch = { spec: { containers: [{ name: 'c', resources }] } }
    const target = { kind: 'Pod', namespace: 'default', name }
    const answer = patchObject(this.api, target, 'strategic', patch, 'resize')
    return answer.result === Result.Ok ? 'ok' : answer.message
  }

  /** Requests that the node's pods count for: milliCPU. */
  get milliCPU(): number {
    const { nodes, resources } = this.state
    return nodes.requested[this.node * nodes.resourceWidth + resources.index('cpu')]
  }

  /** Conditions, and the cpu request that the containers have. */
  status(pod: PodId): string {
    const { pods, templates } = this.state
    const resize = pods.resizes[pod]
    const actual = templates.get(resize?.actual ?? pods.templateOf(pod)).spec.containers[0]
    const parts = [
      `${PHASE_NAMES[pods.phase[pod]]} ${pods.restarts[pod]}`,
      String(actual.resources?.requests?.['cpu']),
      resize?.pending?.reason ?? '',
      resize?.inProgress === undefined ? '' : 'InProgress',
    ]
    return parts.filter(part => part !== '').join(' ')
  }

  get resizeEvents(): string[] {
    return this.events.filter(({ reason }) => reason.startsWith('Resize')).map(({ reason }) => reason)
  }
}

test('a pod that becomes larger counts for it at once, one that becomes smaller when it has', t => {
  const stage = new Stage()
  const pod = stage.pod('a', { cpu: '1', memory: '1Gi' })
  stage.runUntil(10 * SECOND)
  t.is(stage.resize('a', { requests: { cpu: '2' } }), 'ok')
  t.is(stage.milliCPU, 2000)
  stage.runUntil(10.5 * SECOND)
  t.is(stage.status(pod), 'Running 0 1 InProgress')
  stage.runUntil(12 * SECOND)
  t.is(stage.status(pod), 'Running 0 2')
  t.is(stage.resize('a', { requests: { cpu: '500m' } }), 'ok')
  stage.runUntil(12.5 * SECOND)
  t.is(stage.milliCPU, 2000)
  stage.runUntil(14 * SECOND)
  t.is(stage.status(pod), 'Running 0 500m')
  t.is(stage.milliCPU, 500)
  verify(stage.state)
  t.deepEqual(stage.resizeEvents, ['ResizeStarted', 'ResizeCompleted', 'ResizeStarted', 'ResizeCompleted'])
})

test('what a node could never hold is infeasible; what it has no room for now is put off until there is', t => {
  const stage = new Stage()
  const pods = [stage.pod('a', { cpu: '1' }), stage.pod('b', { cpu: '2' }), stage.pod('c', { cpu: '1' })]
  stage.runUntil(10 * SECOND)
  stage.resize('a', { requests: { cpu: '5' } })
  stage.resize('b', { requests: { cpu: '2500m' } })
  stage.runUntil(20 * SECOND)
  t.is(stage.status(pods[0]), 'Running 0 1 Infeasible')
  t.is(
    stage.state.pods.resizes[pods[0]]?.pending?.message,
    "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000",
  )
  t.is(stage.status(pods[1]), 'Running 0 2 Deferred')
  t.is(
    stage.state.pods.resizes[pods[1]]?.pending?.message,
    "Node didn't have enough resource: cpu, requested: 2500, used: 2000, capacity: 4000",
  )
  // The infeasible one counts for what it has, the other for what it waits for.
  t.is(stage.milliCPU, 1000 + 2500 + 1000)
  stage.api.pods.delete(pods[2], stage.state.pods.uid[pods[2]])
  stage.runUntil(30 * SECOND)
  t.is(stage.status(pods[1]), 'Running 0 2500m')
  t.is(stage.resize('a', { requests: { cpu: '1' } }), 'ok')
  stage.runUntil(40 * SECOND)
  t.is(stage.status(pods[0]), 'Running 0 1', 'asked back to what it has')
  verify(stage.state)
})

test('of those put off the higher priority goes first', t => {
  const stage = new Stage()
  const low = stage.pod('low', { cpu: '1' })
  const high = stage.pod('high', { cpu: '1' }, { spec: { priority: 100 } })
  const gone = stage.pod('gone', { cpu: '2' })
  stage.runUntil(10 * SECOND)
  stage.resize('low', { requests: { cpu: '2' } })
  stage.resize('high', { requests: { cpu: '2500m' } })
  stage.api.pods.delete(gone, stage.state.pods.uid[gone])
  stage.runUntil(20 * SECOND)
  // One core each and two free: the first to get its part leaves half a core.
  t.is(stage.status(high), 'Running 0 2500m')
  t.is(stage.status(low), 'Running 0 1 Deferred')
})

test('a container that wants a restart for a resource gets one, with its grace period', t => {
  const stage = new Stage()
  const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' as const }]
  const resources = { requests: { cpu: '1', memory: '1Gi' } }
  const pod = stage.pod(
    'a',
    {},
    { container: { resizePolicy, resources }, annotations: { 'kubelapse.io/stop-seconds': '3' } },
  )
  stage.runUntil(10 * SECOND)
  stage.resize('a', { requests: { cpu: '2' } })
  stage.runUntil(20 * SECOND)
  t.is(stage.status(pod), 'Running 0 2')
  stage.resize('a', { requests: { memory: '2Gi' } })
  stage.runUntil(30 * SECOND)
  t.is(stage.status(pod), 'Running 1 2')
})

test('a limit ends a loop of kills when it is raised, and cannot be lowered below what is in use', t => {
  const stage = new Stage()
  const resources = { requests: { cpu: '1', memory: '512Mi' }, limits: { memory: '1Gi' } }
  const annotations = { 'kubelapse.io/memory-usage': '512Mi..2Gi/100s' }
  const pod = stage.pod('a', {}, { container: { resources }, annotations })
  stage.runUntil(20 * SECOND)
  stage.resize('a', { limits: { memory: '3Gi' } })
  stage.runUntil(300 * SECOND)
  t.is(stage.status(pod), 'Running 0 1')
  stage.resize('a', { limits: { memory: '1Gi' } })
  stage.runUntil(400 * SECOND)
  t.regex(stage.state.pods.resizes[pod]?.inProgress?.message ?? '', /below current usage \(2147483648\)/)
  t.is(stage.status(pod), 'Running 0 1 InProgress')
})

test('the API server refuses what is no resize', t => {
  const stage = new Stage()
  stage.pod('a', { cpu: '1' }, { container: { resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } } })
  const refusals = [
    stage.resize('a', { requests: { cpu: '3' } }),
    stage.resize('a', { limits: { cpu: null } }),
    stage.resize('a', { requests: { 'example.com/gpu': '1' } }),
    stage.resize('a', { requests: { cpu: '2', memory: '1Gi' }, limits: { memory: '1Gi' } }),
  ]
  t.deepEqual(refusals, [
    'Pod "a" is invalid: spec.containers[0].resources.requests: Invalid value: "3": must be less than or equal to cpu limit of 2',
    'Pod "a" is invalid: spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    'Pod "a" is invalid: spec: Forbidden: only cpu and memory resources are mutable',
    'Pod "a" is invalid: spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
  ])
})
