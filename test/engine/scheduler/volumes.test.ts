import test from 'ava'
import * as fc from 'fast-check'
import { SECOND } from '../../../engine/kernel/time.js'
import type { PersistentVolumeClaimSpec } from '../../../engine/model/pod-spec.js'
import type { Manifest } from '../../../engine/model/simulation-model.js'
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE } from '../../../engine/model/storage.js'
import { OK } from '../../../engine/scheduler/framework/status.js'
import { nodeVolumeLimits } from '../../../engine/scheduler/plugins/node-volume-limits.js'
import type { NodeId, ObjectId, PodId } from '../../../engine/state/ids.js'
import type { StoredObject } from '../../../engine/state/objects.js'
import { PluginStage } from '../../support/plugin-stage.js'
import { SchedulerRig } from '../../support/scheduler-rig.js'

function node(name: string): Manifest {
  const labels = { 'kubernetes.io/hostname': name, zone: name }
  const allocatable = { cpu: '8', memory: '8Gi', pods: '50' }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status: { allocatable } }
}

function storageClass(name: string, provisioner: string): Manifest {
  const volumeBindingMode = 'WaitForFirstConsumer'
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner,
    volumeBindingMode,
  }
}

/** A volume that only the nodes of a zone reach. */
function volume(name: string, zone: string): Manifest {
  const term = { matchExpressions: [{ key: 'zone', operator: 'In', values: [zone] }] }
  const spec = {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'local',
    csi: { driver: 'csi.x', volumeHandle: name },
    nodeAffinity: { required: { nodeSelectorTerms: [term] } },
  }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec,
    status: { phase: 'Available' },
  }
}

function claim(name: string, storageClassName: string, spec: object = {}): Manifest {
  const resources = { requests: { storage: '1Gi' } }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources, ...spec },
    status: { phase: 'Pending' },
  }
}

function pod(name: string, claims: readonly string[], nodeName?: string): Manifest {
  const volumes = claims.map(claimName => ({ name: claimName, persistentVolumeClaim: { claimName } }))
  const spec = { containers: [{ name: 'c' }], volumes, ...(nodeName === undefined ? {} : { nodeName }) }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec }
}

class Cluster extends SchedulerRig {
  constructor(...nodes: readonly string[]) {
    super()
    this.object(storageClass('local', 'kubernetes.io/no-provisioner'))
    this.object(storageClass('remote', 'csi.x'))
    for (const name of nodes) this.node(node(name))
  }

  choose(id: PodId): string {
    if (!this.cycle.schedule(id)) return this.cycle.failureMessage()
    for (const { plugin } of this.profile.at.reserve) plugin.reserve?.(this.cycle, this.cycle.node)
    this.snapshot.addPod(id, this.cycle.node)
    return this.snapshot.nameOf(this.cycle.node)
  }

  preBind(id: PodId, now: number): unknown {
    const at = this.snapshot.nodeOf.values[id] as NodeId
    return this.profile.at.preBind.find(({ name }) => name === 'VolumeBinding')!.plugin.preBind!(id, at, now)
  }

  unreserve(id: PodId): void {
    const at = this.snapshot.nodeOf.values[id] as NodeId
    for (const { plugin } of this.profile.at.reserve) plugin.unreserve?.(id, at)
    this.snapshot.removePod(id)
  }

  find(kind: string, name: string): StoredObject<Record<string, unknown>> {
    const { objects } = this.state
    return objects.get(objects.find(kind, kind === 'PersistentVolume' ? '' : 'default', name) as ObjectId)
  }

  /** What the volume controller does in the end. */
  completeBinding(claimName: string, volumeName: string): void {
    const { id, meta, spec } = this.find('PersistentVolumeClaim', claimName)
    this.api.objects.update(id, {
      spec: { ...spec, volumeName },
      annotations: { ...meta.annotations, [BIND_COMPLETED]: 'yes' },
    })
  }

  reasons(verdict: unknown): readonly string[] {
    return this.rejections.get(verdict as never).reasons
  }
}

test('a volume is held for its claim from the choice on, so the next pod gets another or none', t => {
  const cluster = new Cluster('a', 'b')
  for (const name of ['a', 'b']) cluster.object(volume(`in-${name}`, name))
  for (const name of ['p', 'q', 'r']) cluster.object(claim(name, 'local'))
  const [p, q, r] = ['p', 'q', 'r'].map(name => cluster.createPod(pod(name, [name])))
  t.is(cluster.choose(p), 'a')
  t.is(cluster.choose(q), 'b')
  t.true(
    cluster
      .choose(r)
      .startsWith("0/2 nodes are available: 2 node(s) didn't find available persistent volumes"),
  )
  cluster.unreserve(p)
  t.is(cluster.choose(r), 'a')
})

test('the binding is written once and looked at every second until the controller has completed it', t => {
  const cluster = new Cluster('a')
  cluster.object(volume('v', 'a'))
  cluster.object(claim('c', 'local'))
  const id = cluster.createPod(pod('p', ['c']))
  t.is(cluster.choose(id), 'a')
  t.is(cluster.find('PersistentVolume', 'v').spec['claimRef'], undefined)
  t.deepEqual(cluster.preBind(id, 5), { lookAgainAt: SECOND + 5 })
  const { meta, spec } = cluster.find('PersistentVolume', 'v')
  const { uid } = cluster.find('PersistentVolumeClaim', 'c').meta
  const reference = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'c', uid }
  t.deepEqual(spec['claimRef'], reference)
  t.is(meta.annotations[BOUND_BY_CONTROLLER], 'yes')
  t.deepEqual(cluster.preBind(id, SECOND + 5), { lookAgainAt: 2 * SECOND + 5 })
  cluster.completeBinding('c', 'v')
  t.is(cluster.preBind(id, 2 * SECOND + 5), OK)
})

test('a volume is provisioned for the chosen node; a provisioner that gives up takes the node off the claim', t => {
  const cluster = new Cluster('a', 'b')
  cluster.object(claim('c', 'remote'))
  const id = cluster.createPod(pod('p', ['c']))
  t.is(cluster.choose(id), 'a')
  t.deepEqual(cluster.preBind(id, 0), { lookAgainAt: SECOND })
  const written = cluster.find('PersistentVolumeClaim', 'c')
  t.is(written.meta.annotations[SELECTED_NODE], 'a')
  cluster.api.objects.update(written.id, { annotations: { other: '' } })
  t.deepEqual(cluster.reasons(cluster.preBind(id, SECOND)), [
    'binding volumes: provisioning failed for PVC "c"',
  ])
})

test('a claim marked for one node keeps its pod there', t => {
  const cluster = new Cluster('a', 'b')
  cluster.object({
    ...claim('c', 'remote'),
    metadata: { name: 'c', namespace: 'default', annotations: { [SELECTED_NODE]: 'b' } },
  })
  t.is(cluster.choose(cluster.createPod(pod('p', ['c']))), 'b')
})

test('a binding that is not completed in ten minutes fails, and so does one that somebody else has overtaken', t => {
  const cluster = new Cluster('a')
  for (const name of ['v', 'w']) cluster.object(volume(name, 'a'))
  for (const name of ['c', 'd']) cluster.object(claim(name, 'local'))
  const [slow, overtaken] = ['c', 'd'].map(name => cluster.createPod(pod(name, [name])))
  cluster.choose(slow)
  cluster.preBind(slow, 0)
  t.deepEqual(cluster.preBind(slow, 599 * SECOND), { lookAgainAt: 600 * SECOND })
  t.deepEqual(cluster.reasons(cluster.preBind(slow, 600 * SECOND)), [
    'binding volumes: context deadline exceeded',
  ])
  cluster.choose(overtaken)
  const { id } = cluster.find('PersistentVolume', 'w')
  cluster.api.objects.update(id, { labels: { changed: 'meanwhile' } })
  const [text] = cluster.reasons(cluster.preBind(overtaken, 0))
  t.true(text.startsWith('Operation cannot be fulfilled on persistentvolumes "w"'))
})

/** Distinct volumes of one driver on a node, counted from its pods. */
function recount(stage: PluginStage, pods: readonly PodId[], at: NodeId): Set<string> {
  const volumes = new Set<string>()
  for (const id of pods) {
    if (stage.snapshot.nodeOf.values[id] !== at) continue
    for (const { name } of stage.snapshot.shapes.of(id).template.spec.volumes ?? [])
      volumes.add(volumeOf(stage, name))
  }
  return volumes
}

/** The volume of a claim, or the claim itself while it has none. */
function volumeOf(stage: PluginStage, claimName: string): string {
  const { objects } = stage.state
  const id = objects.find('PersistentVolumeClaim', 'default', claimName) as ObjectId
  return objects.get<PersistentVolumeClaimSpec>(id).spec.volumeName ?? `claim ${claimName}`
}

test('volumes count once per node, whoever mounts them and whenever their claims are bound', t => {
  const LIMIT = 3
  const CLAIMS = 6
  const step = fc.record({
    what: fc.constantFrom('add', 'remove', 'bind'),
    claims: fc.uniqueArray(fc.nat(CLAIMS - 1), { minLength: 1, maxLength: 2 }),
    which: fc.nat(7),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const stage = new PluginStage()
      stage.object(storageClass('remote', 'csi.x'))
      for (const name of ['a', 'b']) {
        const drivers = [{ name: 'csi.x', nodeID: name, allocatable: { count: LIMIT } }]
        stage.object({
          apiVersion: 'storage.k8s.io/v1',
          kind: 'CSINode',
          metadata: { name },
          spec: { drivers },
        })
      }
      const nodes = ['a', 'b'].map(name => stage.node(node(name)))
      // Two claims share each volume, so binding them makes two volumes one.
      for (let i = 0; i < CLAIMS; i++) stage.object(claim(`c${i}`, 'remote'))
      for (let i = 0; i < CLAIMS / 2; i++) stage.object(volume(`v${i}`, 'a'))
      const plugin = stage.plugin(nodeVolumeLimits)
      const pods: PodId[] = []
      for (const [i, { what, claims, which }] of steps.entries()) {
        if (what === 'add') {
          const names = claims.map(number => `c${number}`)
          pods.push(stage.pod(pod(`p${i}`, names, which % 2 === 0 ? 'a' : 'b')))
        } else if (what === 'remove' && pods.length > 0) {
          const [gone] = pods.splice(which % pods.length, 1)
          stage.snapshot.removePod(gone)
        } else if (what === 'bind') {
          const id = stage.state.objects.find('PersistentVolumeClaim', 'default', `c${claims[0]}`) as ObjectId
          const spec = stage.state.objects.get(id).spec as object
          stage.api.objects.updateSpec(id, { ...spec, volumeName: `v${claims[0] >> 1}` })
        }
        const incoming = stage.createPod(pod(`in${i}`, ['c0', 'c3']))
        const answers = stage.filter(plugin, incoming, nodes)
        for (const [n, at] of nodes.entries()) {
          const attached = recount(stage, pods, at)
          const added = new Set(
            ['c0', 'c3'].map(name => volumeOf(stage, name)).filter(name => !attached.has(name)),
          )
          const isRejected = added.size > 0 && attached.size + added.size > LIMIT
          if (isRejected !== (answers[n] !== undefined)) return false
        }
      }
      return true
    }),
    { numRuns: 60, seed: 1 },
  )
  t.pass()
})
