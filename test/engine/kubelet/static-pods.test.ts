import test from 'ava'
import { SECOND } from '../../../engine/kernel/time.js'
import { kubeletConfig } from '../../../engine/model/kubelet-config.js'
import type { Labels, PodSpec } from '../../../engine/model/pod-spec.js'
import { type NodeId, PHASE_NAMES, type PodId } from '../../../engine/state/ids.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

/** One node that runs a static pod from its registration at 0 on. */
class Stage extends WorkloadCluster {
  readonly node: NodeId
  constructor(spec: Partial<PodSpec> = {}, annotations: Labels = {}, nodeAnnotations: Labels = {}) {
    super({ nodes: 0 })
    const amounts = { cpu: 4000, memory: 8 * 2 ** 30, pods: 110 }
    const containers = [{ name: 'c', resources: { requests: { cpu: '100m' } } }]
    const template = { spec: { priority: 2_000_001_000, containers, ...spec }, annotations }
    this.node = this.api.nodes.create({
      name: 'n',
      labels: {},
      kubelet: kubeletConfig(nodeAnnotations),
      taints: [],
      unschedulable: false,
      capacity: amounts,
      allocatable: amounts,
      images: new Map(),
      pool: -1,
      staticPods: [{ name: 'proxy', namespace: 'kube-system', labels: { app: 'proxy' }, template }],
    }) as NodeId
  }

  get mirror(): PodId | undefined {
    return this.state.pods.find(this.state.namespaceId('kube-system'), 'proxy-n')
  }

  get status(): string {
    const { mirror } = this
    if (mirror === undefined) return 'none'
    const { pods } = this.state
    return `${PHASE_NAMES[pods.phase[mirror]]} ${pods.ready[mirror] === 1 ? 'ready' : 'not ready'} ${pods.restarts[mirror]}`
  }

  delete(graceSeconds: number): number {
    const pod = this.mirror as PodId
    const uid = this.state.pods.uid[pod]
    this.api.pods.delete(pod, uid, graceSeconds)
    return uid
  }
}

test('a node runs its static pods and shows them as mirrors that it owns and that nothing drives out', t => {
  const stage = new Stage()
  stage.runUntil(2 * SECOND)
  t.is(stage.status, 'Running ready 0')
  const { state, api } = stage
  const pod = stage.mirror as PodId
  const { spec, annotations } = state.templates.get(state.pods.templateOf(pod))
  t.deepEqual(spec.tolerations, [{ operator: 'Exists', effect: 'NoExecute' }])
  t.is(annotations['kubernetes.io/config.mirror'], 'proxy')
  t.like(api.pods.references.of(pod)[0], { kind: 'Node', name: 'n', controller: true })
  t.is(state.pods.nodeOf(pod), stage.node)
  api.nodes.patchTaints(stage.node, [{ key: 'out', effect: 'NoExecute' }])
  stage.runUntil(300 * SECOND)
  t.is(stage.status, 'Running ready 0')
})

for (const [how, grace] of [
  ['gracefully', 30],
  ['at once', 0],
] as const) {
  test(`a mirror that is deleted ${how} is made anew, and the containers go on`, t => {
    // They exit 100 s after their start at 1 s, whatever happens to the mirror.
    const stage = new Stage({}, { 'kubelapse.io/run-seconds': '100' })
    stage.runUntil(50 * SECOND)
    const uid = stage.delete(grace)
    stage.runUntil(50.1 * SECOND)
    t.is(stage.status, 'Running ready 0')
    t.not(stage.state.pods.uid[stage.mirror as PodId], uid)
    stage.runUntil(100 * SECOND)
    t.is(stage.status, 'Running ready 0')
    stage.runUntil(102 * SECOND)
    t.is(stage.status, 'Running ready 1')
  })
}

test('containers that are run one by one go on under a new mirror, too', t => {
  const readinessProbe = { periodSeconds: 5 }
  const containers = [
    { name: 'a', readinessProbe },
    { name: 'b', image: 'b:1' },
  ]
  const annotations = { 'kubelapse.io/run-seconds.b': '60', 'kubelapse.io/ready-seconds.a': '70' }
  const stage = new Stage({ containers }, annotations)
  stage.runUntil(65 * SECOND)
  t.is(stage.status, 'Running not ready 1')
  stage.delete(30)
  stage.runUntil(66 * SECOND)
  t.is(stage.status, 'Running not ready 1')
  stage.runUntil(80 * SECOND)
  t.is(stage.status, 'Running ready 1')
  stage.delete(0)
  stage.runUntil(120 * SECOND)
  t.is(stage.status, 'Running ready 1')
  stage.runUntil(140 * SECOND)
  t.regex(stage.status, /^Running (not )?ready [12]$/)
})

test('a mirror that is deleted while its kubelet is silent comes back with it', t => {
  const stage = new Stage()
  stage.runUntil(10 * SECOND)
  stage.kubelet.silence(stage.node)
  stage.delete(0)
  stage.runUntil(30 * SECOND)
  t.is(stage.status, 'none')
  stage.kubelet.revive(stage.node)
  stage.runUntil(35 * SECOND)
  t.is(stage.status, 'Running ready 0')
})

test('static pods end with a shutdown and start with their node again; after a crash they only restart', t => {
  const stage = new Stage({}, {}, { 'kubelapse.io/shutdown-grace-period': '20s' })
  stage.runUntil(10 * SECOND)
  stage.kubelet.crash(stage.node)
  stage.runUntil(20 * SECOND)
  stage.kubelet.boot(stage.node)
  stage.runUntil(30 * SECOND)
  t.is(stage.status, 'Running ready 1')
  stage.kubelet.shutDown(stage.node)
  stage.runUntil(40 * SECOND)
  t.is(stage.status, 'Failed not ready 1')
  stage.kubelet.start(stage.node)
  stage.runUntil(60 * SECOND)
  t.is(stage.status, 'Running ready 0')
})

test('without a control plane static pods go on, restart with their containers, and come back with their node', t => {
  const stage = new Stage({}, { 'kubelapse.io/run-seconds': '100', 'kubelapse.io/exit-code': '1' })
  stage.runUntil(10 * SECOND)
  stage.manager.stop()
  stage.runUntil(110 * SECOND)
  t.is(stage.status, 'Running ready 1')
  stage.kubelet.crash(stage.node)
  stage.runUntil(300 * SECOND)
  stage.kubelet.boot(stage.node)
  stage.runUntil(320 * SECOND)
  t.is(stage.status, 'Running ready 2')
})
