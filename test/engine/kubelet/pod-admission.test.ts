import test from 'ava'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import { patchObject } from '../../../engine/apiserver/patch-object.js'
import { SECOND } from '../../../engine/kernel/time.js'
import { type PreemptablePod, podsToPreempt } from '../../../engine/kubelet/critical-preemption.js'
import type { Amounts, PodSpec } from '../../../engine/model/pod-spec.js'
import { QosClass } from '../../../engine/model/qos.js'
import { type NodeId, PHASE_NAMES, type PodId, type ReasonId } from '../../../engine/state/ids.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

/** One node of 4 cores, 8 GiB and few pods, and pods that name it. */
class Stage extends WorkloadCluster {
  readonly node: NodeId
  constructor(pods = 110, node: object = {}) {
    super({ nodes: 0, controllers: [] })
    const status = { capacity: { cpu: '4', memory: '8Gi', pods: String(pods) } }
    const metadata = { name: 'n', labels: { disk: 'ssd' } }
    const manifest = { apiVersion: 'v1', kind: 'Node', metadata, status, ...node }
    this.node = applyManifest(this.api, manifest) as NodeId
  }

  pod(name: string, requests: Amounts, spec: Partial<PodSpec> = {}, annotations = {}): PodId {
    const containers = [{ name: 'c', resources: { requests }, ...spec.containers?.[0] }]
    const full = { nodeName: 'n', terminationGracePeriodSeconds: 5, ...spec, containers }
    const metadata = { name, namespace: 'default', annotations }
    return applyManifest(this.api, { apiVersion: 'v1', kind: 'Pod', metadata, spec: full }) as PodId
  }

  fate(pod: PodId): string {
    const { pods, reasons } = this.state
    if (!pods.exists(pod)) return 'gone'
    const reason = pods.reason[pod] < 0 ? '' : ` ${reasons.get(pods.reason[pod] as ReasonId)}`
    const message = pods.message[pod] === undefined ? '' : `: ${pods.message[pod]}`
    return PHASE_NAMES[pods.phase[pod]] + reason + message
  }
}

const REJECTED = 'Failed OutOfcpu: Pod was rejected: '
const CRITICAL = { priority: 2_000_000_000 }

test('a pod that asks for more than is left fails with the first shortage, in the order of upstream', t => {
  const stage = new Stage(3)
  stage.pod('first', { cpu: '2500m', memory: '1Gi' })
  stage.runUntil(SECOND)
  const both = stage.pod('both', { memory: '7.5Gi', cpu: '2' })
  const memory = stage.pod('memory', { memory: '7.5Gi' })
  const fits = stage.pod('fits', { cpu: '1500m' })
  const alsoFits = stage.pod('also-fits', {})
  const tooMany = stage.pod('too-many', {})
  stage.runUntil(10 * SECOND)
  const texts = [both, memory, fits, alsoFits, tooMany].map(pod => stage.fate(pod))
  t.deepEqual(texts, [
    `${REJECTED}Node didn't have enough resource: cpu, requested: 2000, used: 2500, capacity: 4000`,
    // 7.5 GiB asked, 1 GiB of 8 in use.
    "Failed OutOfmemory: Pod was rejected: Node didn't have enough resource: memory, " +
      'requested: 8053063680, used: 1073741824, capacity: 8589934592',
    'Running',
    'Running',
    "Failed OutOfpods: Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
  ])
  t.deepEqual(
    stage.events
      .filter(({ source }) => source === 'kubelet')
      .map(({ reason, subject }) => [reason, subject.name]),
    [
      ['OutOfcpu', 'both'],
      ['OutOfmemory', 'memory'],
      ['OutOfpods', 'too-many'],
    ],
    'refused pods hold no slot',
  )
})

test('a pod that does not match its node, or whose host port is taken there, is refused', t => {
  const taints = [
    { key: 'hot', effect: 'NoExecute' },
    { key: 'busy', effect: 'NoSchedule' },
  ]
  const stage = new Stage(110, { spec: { taints } })
  const tolerations = [{ key: 'hot', operator: 'Exists' }]
  const ports = [{ containerPort: 80, hostPort: 8080 }]
  const containers = [{ name: 'c', ports }]
  const pods = [
    stage.pod('holder', {}, { tolerations, containers }),
    stage.pod('wants', {}, { tolerations, containers }),
    stage.pod('other', {}, { tolerations, nodeSelector: { disk: 'hdd' } }),
    stage.pod('driven-out', {}),
    stage.pod('static', {}, {}, { 'kubernetes.io/config.source': 'file' }),
  ]
  stage.runUntil(10 * SECOND)
  t.deepEqual(
    pods.map(pod => stage.fate(pod)),
    [
      'Running',
      'Failed NodePorts: Pod was rejected: Predicate NodePorts failed: ' +
        "node(s) didn't have free ports for the requested pod ports",
      'Failed NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: ' +
        "node(s) didn't match Pod's node affinity/selector",
      'Failed TaintToleration: Pod was rejected: Predicate TaintToleration failed: ' +
        "node(s) had taints that the pod didn't tolerate",
      'Running',
    ],
  )
})

test('a critical pod has others ended for what it lacks, and starts when they are down', t => {
  const stage = new Stage()
  const stop = { 'kubelapse.io/stop-seconds': '3' }
  const big = stage.pod('big', { cpu: '3' }, {}, stop)
  const small = stage.pod('small', { cpu: '1' }, {}, stop)
  stage.runUntil(10 * SECOND)
  const critical = stage.pod('critical', { cpu: '500m' }, CRITICAL)
  stage.runUntil(11 * SECOND)
  const late = stage.pod('late', {})
  stage.runUntil(12 * SECOND)
  t.deepEqual([stage.fate(critical), stage.fate(late)], ['Pending', 'Pending'], 'both wait')
  stage.runUntil(20 * SECOND)
  t.is(stage.fate(small), 'Failed Preempting: Preempted in order to admit critical pod')
  t.deepEqual(
    [big, critical, late].map(pod => stage.fate(pod)),
    ['Running', 'Running', 'Running'],
  )
  const { runningAt, disruption } = stage.state.pods
  // Seen at 10.004 s, 3 s until the small one is down, 1 s to start.
  t.is(runningAt[critical], 14.004 * SECOND)
  t.is(stage.state.reasons.get(disruption[small] as ReasonId), 'TerminationByKubelet')
})

test('a critical pod that nothing makes room for, or that does not match, fails as others do', t => {
  const stage = new Stage()
  stage.pod('one', { cpu: '3' }, CRITICAL)
  stage.runUntil(10 * SECOND)
  const more = stage.pod('more', { cpu: '2' }, CRITICAL)
  const elsewhere = stage.pod('elsewhere', { cpu: '2' }, { ...CRITICAL, nodeSelector: { disk: 'hdd' } })
  stage.runUntil(20 * SECOND)
  t.is(
    stage.fate(more),
    'Failed UnexpectedAdmissionError: Pod was rejected: Unexpected error while attempting to recover from ' +
      'admission failure: preemption: error finding a set of pods to preempt: ' +
      'no set of running pods found to reclaim resources: [(res: cpu, q: 1000), ]',
  )
  t.regex(stage.fate(elsewhere), /^Failed NodeAffinity/)
})

test('a node that boots looks at its pods again', t => {
  const stage = new Stage()
  const pods = [stage.pod('plain', {}), stage.pod('ssd', {}, { nodeSelector: { disk: 'ssd' } })]
  stage.runUntil(10 * SECOND)
  stage.kubelet.shutDown(stage.node)
  stage.api.nodes.patchLabels(stage.node, { disk: 'hdd' })
  stage.kubelet.start(stage.node)
  stage.runUntil(20 * SECOND)
  t.is(stage.fate(pods[0]), 'Running')
  t.regex(stage.fate(pods[1]), /^Failed NodeAffinity/)
})

test('a pod is ended when its active deadline is over, which counts from its start on the node and can be put off', t => {
  const stage = new Stage()
  const annotations = { 'kubelapse.io/stop-seconds': '2' }
  const pod = stage.pod('short', {}, { activeDeadlineSeconds: 30 }, annotations)
  const later = stage.pod('later', {}, { activeDeadlineSeconds: 30 }, annotations)
  const patch = { spec: { activeDeadlineSeconds: 60 } }
  stage.runUntil(20 * SECOND)
  patchObject(stage.api, { kind: 'Pod', namespace: 'default', name: 'later' }, 'merge', patch)
  stage.runUntil(31 * SECOND)
  t.is(stage.fate(pod), 'Running')
  stage.runUntil(33 * SECOND)
  const ended = 'Failed DeadlineExceeded: Pod was active on the node longer than the specified deadline'
  t.is(stage.fate(pod), ended)
  t.is(stage.fate(later), 'Running')
  stage.runUntil(63 * SECOND)
  t.is(stage.fate(later), ended)
})

interface Named extends PreemptablePod {
  readonly name: string
}

function named(name: string, qos: QosClass, cpu: number, memory = 0, priority = 0): Named {
  const requests = new Map([
    ['cpu', cpu],
    ['memory', memory],
    ['pods', 1],
  ])
  return { name, qos, priority, isCritical: priority >= 2_000_000_000, requests }
}

const { BestEffort, Burstable, Guaranteed } = QosClass

for (const [rule, pods, requirements, expected] of [
  [
    'of pods that suffice the smaller one goes',
    [named('large', Burstable, 800), named('small', Burstable, 600)],
    [{ resource: 'cpu', amount: 500 }],
    ['small'],
  ],
  [
    // 900 leaves nothing missing, 600 leaves a sixteenth: one pod instead of two.
    'one pod that suffices goes rather than two',
    [named('a', Burstable, 600), named('b', Burstable, 300), named('c', Burstable, 900)],
    [{ resource: 'cpu', amount: 800 }],
    ['c'],
  ],
  [
    'guaranteed pods go only for what all others cannot give',
    [named('g', Guaranteed, 1000), named('b', Burstable, 400), named('e', BestEffort, 0)],
    [{ resource: 'cpu', amount: 400 }],
    ['b'],
  ],
  [
    // Guaranteed first: 1200 - 400 = 800 is missing without the burstable one, so both go.
    'what the guaranteed ones give is not asked of the others',
    [named('g', Guaranteed, 1000), named('b', Burstable, 400)],
    [{ resource: 'cpu', amount: 1200 }],
    ['b', 'g'],
  ],
  [
    'a slot is freed by a best-effort pod',
    [named('e', BestEffort, 0), named('b', Burstable, 1)],
    [{ resource: 'pods', amount: 1 }],
    ['e'],
  ],
  [
    'critical pods stay',
    [named('s', Burstable, 1000, 0, 2_000_000_000)],
    [{ resource: 'cpu', amount: 1 }],
    undefined,
  ],
] as const) {
  test(`preemption for a critical pod: ${rule}`, t => {
    const victims = podsToPreempt<Named>({ priority: 2_000_000_000, isCritical: true }, pods, requirements)
    t.deepEqual(
      victims?.map(({ name }) => name),
      expected === undefined ? undefined : [...expected],
    )
  })
}
