import test from 'ava'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type { Labels, PodSpec } from '../../../engine/model/pod-spec.js'
import { type NodeId, PHASE_NAMES, type PodId, type ReasonId, Status } from '../../../engine/state/ids.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

const PERIODS: Labels = {
  'kubelapse.io/shutdown-grace-period': '30s',
  'kubelapse.io/shutdown-grace-period-critical-pods': '10s',
}

/** One node, its pods, and the second at which its machine went off. */
class Stage extends WorkloadCluster {
  readonly node: NodeId
  offAt: number | undefined
  constructor(annotations: Labels = PERIODS) {
    super({ nodes: 0 })
    const status = { capacity: { cpu: '4', memory: '8Gi', pods: '110' } }
    const metadata = { name: 'n', annotations }
    this.node = applyManifest(this.api, { apiVersion: 'v1', kind: 'Node', metadata, status }) as NodeId
  }

  /** A pod that takes so long to stop. */
  pod(name: string, stopSeconds: number, spec: Partial<PodSpec> = {}): PodId {
    const annotations = { 'kubelapse.io/stop-seconds': String(stopSeconds) }
    const metadata = { name, namespace: 'default', annotations }
    const full = { nodeName: 'n', containers: [{ name: 'c' }], terminationGracePeriodSeconds: 60, ...spec }
    return applyManifest(this.api, { apiVersion: 'v1', kind: 'Pod', metadata, spec: full }) as PodId
  }

  shutDown(): void {
    this.kubelet.shutDown(this.node, () => {
      this.offAt = this.kernel.now / SECOND
    })
  }

  /** Phase, reason, cause of disruption and, once finished, the second of it. */
  fate(pod: PodId): string {
    const { pods, reasons } = this.state
    const text = (id: number): string => (id < 0 ? '' : reasons.get(id as ReasonId))
    const end = pods.isFinished(pod) ? String(Math.round(pods.finishedAt[pod] / SECOND)) : ''
    const parts = [PHASE_NAMES[pods.phase[pod]], text(pods.reason[pod]), text(pods.disruption[pod]), end]
    return parts.filter(part => part !== '').join(' ')
  }

  get ready(): string {
    const { nodes, reasons } = this.state
    return `${nodes.ready[this.node] === Status.True} ${reasons.get(nodes.readyReason[this.node] as ReasonId)}`
  }
}

const SYSTEM = { priority: 2_000_000_000 }

test('a shutdown ends plain pods, then critical ones, each group no longer than its pods or its period need', t => {
  const stage = new Stage()
  const pods = [
    stage.pod('quick', 3),
    // Wants 25 s of its 60, and gets the 20 s of the group; this one's own grace is 8 s.
    stage.pod('slow', 25),
    stage.pod('short', 25, { terminationGracePeriodSeconds: 8 }),
    stage.pod('critical', 4, SYSTEM),
  ]
  stage.runUntil(100 * SECOND)
  stage.shutDown()
  t.is(stage.ready, 'false KubeletNotReady')
  const late = stage.pod('late', 1)
  stage.runUntil(110 * SECOND)
  t.is(stage.fate(late), 'Failed NodeShutdown 100')
  t.is(stage.state.pods.message[late], 'Pod was rejected: Pod was rejected as the node is shutting down.')
  stage.runUntil(200 * SECOND)
  t.deepEqual(
    pods.map(pod => stage.fate(pod)),
    [
      'Failed Terminated TerminationByKubelet 103',
      'Failed Terminated TerminationByKubelet 120',
      'Failed Terminated TerminationByKubelet 108',
      'Failed Terminated TerminationByKubelet 124',
    ],
  )
  t.is(stage.offAt, 125, 'a second after the last pod')
  t.is(stage.state.pods.message[pods[0]], 'Pod was terminated in response to imminent node shutdown.')
})

test('periods by priority: empty groups cost no time, and every pod belongs to the group at or below it', t => {
  const stage = new Stage({
    'kubelapse.io/shutdown-grace-period-by-pod-priority': '100000=10,10000=180,1000=120,0=60',
  })
  const pods = [stage.pod('lowest', 200, { priority: -5 }), stage.pod('at', 30, { priority: 100_000 })]
  stage.runUntil(100 * SECOND)
  stage.shutDown()
  stage.runUntil(1000 * SECOND)
  // 60 s for the lowest group, whose pod has 60 s of grace; then 10 s for the highest.
  t.deepEqual(
    pods.map(pod => stage.fate(pod)),
    ['Failed Terminated TerminationByKubelet 160', 'Failed Terminated TerminationByKubelet 170'],
  )
  t.is(stage.offAt, 171)
})

test('without periods the machine goes off at once, and its pods are started again when it is back', t => {
  const stage = new Stage({})
  const pod = stage.pod('plain', 5)
  stage.runUntil(100 * SECOND)
  stage.shutDown()
  t.is(stage.offAt, 100)
  stage.runUntil(140 * SECOND)
  t.is(stage.fate(pod), 'Running')
  stage.kubelet.start(stage.node)
  stage.runUntil(150 * SECOND)
  t.is(stage.fate(pod), 'Running')
  t.is(stage.state.pods.restarts[pod], 1)
  t.is(stage.ready, 'true KubeletReady')
  t.deepEqual(
    stage.events.filter(({ source }) => source === 'kubelet').map(({ reason }) => reason),
    ['Rebooted'],
  )
})

test('a node that starts again is Ready and takes pods; what the shutdown ended stays ended', t => {
  const stage = new Stage()
  const ended = stage.pod('ended', 3)
  stage.runUntil(100 * SECOND)
  stage.shutDown()
  stage.runUntil(160 * SECOND)
  const waiting = stage.pod('waiting', 3)
  stage.runUntil(190 * SECOND)
  t.is(stage.fate(waiting), 'Pending')
  stage.kubelet.start(stage.node)
  stage.runUntil(200 * SECOND)
  t.is(stage.fate(waiting), 'Running')
  t.is(stage.fate(ended), 'Failed Terminated TerminationByKubelet 103')
  t.is(stage.ready, 'true KubeletReady')
})

test('a deleted pod gets no more than its group, and goes; a machine that crashes meanwhile ends the shutdown', t => {
  const stage = new Stage()
  const deleted = stage.pod('deleted', 50)
  stage.runUntil(100 * SECOND)
  stage.api.pods.delete(deleted, stage.state.pods.uid[deleted])
  stage.runUntil(101 * SECOND)
  stage.shutDown()
  stage.runUntil(123 * SECOND)
  t.false(stage.state.pods.exists(deleted))
  t.is(stage.offAt, 122)
  const other = new Stage()
  const slow = other.pod('slow', 15)
  other.runUntil(100 * SECOND)
  other.shutDown()
  other.runUntil(105 * SECOND)
  other.kubelet.crash(other.node)
  other.runUntil(200 * SECOND)
  t.is(other.offAt, undefined, 'nobody shut it down')
  other.kubelet.start(other.node)
  other.runUntil(210 * SECOND)
  t.is(other.fate(slow), 'Running')
})
