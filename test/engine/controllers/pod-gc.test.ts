import test from 'ava'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import type { ControllerDefinition } from '../../../engine/controllers/controller.js'
import { controllers } from '../../../engine/controllers/index.js'
import { podgc } from '../../../engine/controllers/podgc/podgc.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type { NodeId, ReasonId } from '../../../engine/state/ids.js'
import { Phase, Status } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

/** Garbage is collected at 20 s, 40 s and so on. */
const ON_THE_GRID: readonly ControllerDefinition[] = controllers.map(controller =>
  controller.name === podgc.name ? { ...podgc, args: { ...podgc.args, phase: 'zero' } } : controller,
)

/** A ReplicaSet's pods without the kubelets that would see to them. */
function clusterOfPods(replicas: number): WorkloadCluster {
  const cluster = new WorkloadCluster({ nodes: 1, controllers: ON_THE_GRID })
  cluster.createReplicaSet('web', { replicas }, podTemplate('web', { 'kubelapse.io/stop-seconds': '25' }))
  cluster.runUntil(10 * SECOND)
  return cluster
}

// The node goes at 10 s; the pass at 20 s finds it missing, the one at 60 s believes it.
test('pods of a node that is gone fail and go after 40 s of quarantine', t => {
  for (const restartAt of [undefined, 30, 50]) {
    const cluster = clusterOfPods(1)
    const [pod] = cluster.podIds()
    const { pods } = cluster.state
    const uid = pods.uid[pod]
    const removed: [phase: number, disruption: string][] = []
    cluster.api.pods.observe({
      podCreated: () => undefined,
      podRemoved: row => {
        if (pods.uid[row] !== uid) return
        removed.push([pods.phase[row], cluster.state.reasons.get(pods.disruption[row] as ReasonId)])
      },
    })
    cluster.api.nodes.delete(cluster.state.nodes.find('node-0') as NodeId)
    cluster.runUntil((restartAt ?? 59) * SECOND)
    t.deepEqual(removed, [])
    if (restartAt !== undefined) cluster.manager.restart('podgc')
    cluster.runUntil((restartAt === undefined ? 61 : 125) * SECOND)
    t.deepEqual(removed, [[Phase.Failed, 'DeletionByPodGC']])
  }
})

test('a terminating pod of a node out of service goes at the next pass', t => {
  const cluster = clusterOfPods(1)
  const [pod] = cluster.podIds()
  const { pods } = cluster.state
  const uid = pods.uid[pod]
  const node = cluster.state.nodes.find('node-0') as NodeId
  cluster.api.nodes.patchReady(node, Status.Unknown, cluster.state.reasonId('NodeStatusUnknown'))
  cluster.api.nodes.patchTaints(node, [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }])
  cluster.api.pods.delete(pod, uid)
  cluster.runUntil(19 * SECOND)
  t.true(pods.exists(pod) && pods.uid[pod] === uid)
  cluster.runUntil(21 * SECOND)
  t.false(pods.exists(pod) && pods.uid[pod] === uid)
})

test('of too many finished pods the oldest go', t => {
  const cluster = new WorkloadCluster({
    controllers: [{ ...podgc, args: { terminatedPodThreshold: 2, phase: 'zero' } }],
  })
  for (const name of ['a', 'b', 'c', 'd']) {
    const annotations = { 'kubelapse.io/run-seconds': '1' }
    const metadata = { name, namespace: 'default', annotations }
    const spec = { containers: [{ name: 'main' }], restartPolicy: 'Never' }
    applyManifest(cluster.api, { apiVersion: 'v1', kind: 'Pod', metadata, spec })
    cluster.runUntil(cluster.kernel.now + SECOND)
  }
  cluster.runUntil(21 * SECOND)
  t.deepEqual(
    cluster.podIds().map(pod => cluster.state.pods.name[pod]),
    ['c', 'd'],
  )
  const end = cluster.state.log.end
  cluster.manager.restart()
  cluster.runUntil(60 * SECOND)
  t.is(cluster.state.log.end, end)
})
