import test from 'ava'
import * as fc from 'fast-check'
import { SECOND } from '../../../engine/kernel/time.js'
import type { ResourceClaimStatus } from '../../../engine/model/devices.js'
import type { Manifest } from '../../../engine/model/simulation-model.js'
import { Code, OK } from '../../../engine/scheduler/framework/status.js'
import type { NodeId, ObjectId, PodId } from '../../../engine/state/ids.js'
import { SchedulerRig } from '../../support/scheduler-rig.js'

const RESOURCE = 'resource.k8s.io/v1'

function node(name: string, extra: Record<string, string> = {}): Manifest {
  const allocatable = { cpu: '8', memory: '8Gi', pods: '50', ...extra }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { allocatable } }
}

function slice(nodeName: string, devices: readonly object[]): Manifest {
  const pool = { name: nodeName, generation: 1, resourceSliceCount: 1 }
  const spec = { driver: 'd', nodeName, pool, devices }
  return { apiVersion: RESOURCE, kind: 'ResourceSlice', metadata: { name: `of-${nodeName}` }, spec }
}

function deviceClass(name: string, spec: object = {}): Manifest {
  return { apiVersion: RESOURCE, kind: 'DeviceClass', metadata: { name }, spec }
}

function claim(name: string, metadata: object = {}, status: object = {}): Manifest {
  const spec = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu' } }] } }
  return {
    apiVersion: RESOURCE,
    kind: 'ResourceClaim',
    metadata: { name, namespace: 'default', ...metadata },
    spec,
    status,
  }
}

function pod(name: string, resourceClaims: readonly object[], requests: object = {}): Manifest {
  const containers = [{ name: 'c', resources: { requests } }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers, resourceClaims },
  }
}

const named = (resourceClaimName: string): object[] => [{ name: 'gpu', resourceClaimName }]

/** A cluster with one device on each of some nodes, one pod's way through the scheduler at a time. */
class Cluster extends SchedulerRig {
  constructor(devicesPerNode: readonly number[]) {
    super()
    this.object(deviceClass('gpu'))
    for (const [i, count] of devicesPerNode.entries()) {
      this.object(
        slice(
          `n${i}`,
          Array.from({ length: count }, (_, d) => ({ name: `gpu-${d}` })),
        ),
      )
      this.node(node(`n${i}`))
    }
  }

  /** Chooses a node and holds the devices; the node's name, or the message of the failure. */
  choose(id: PodId): string {
    if (!this.cycle.schedule(id)) return this.cycle.failureMessage()
    const chosen = this.cycle.node
    for (const { plugin } of this.profile.at.reserve) plugin.reserve?.(this.cycle, chosen)
    this.snapshot.addPod(id, chosen)
    return this.snapshot.nameOf(chosen)
  }

  preBind(id: PodId, now = 0): unknown {
    const at = this.snapshot.nodeOf.values[id] as NodeId
    const plugin = this.profile.at.preBind.find(({ name }) => name === 'DynamicResources')!.plugin
    return plugin.preBind!(id, at, now)
  }

  unreserve(id: PodId): void {
    const at = this.snapshot.nodeOf.values[id] as NodeId
    for (const { plugin } of this.profile.at.reserve) plugin.unreserve?.(id, at)
    this.snapshot.removePod(id)
  }

  status(name: string): ResourceClaimStatus {
    const id = this.state.objects.find('ResourceClaim', 'default', name)!
    return this.state.objects.get<unknown, ResourceClaimStatus>(id).status
  }
}

test('devices are held from the choice on, written before the binding, and given back without it', t => {
  const cluster = new Cluster([1, 1])
  for (const name of ['a', 'b', 'c']) cluster.object(claim(name))
  const [a, b, c] = ['a', 'b', 'c'].map(name => cluster.createPod(pod(name, named(name))))
  t.is(cluster.choose(a), 'n0')
  t.is(cluster.status('a').allocation, undefined)
  t.is(cluster.choose(b), 'n1')
  t.is(
    cluster.choose(c),
    '0/2 nodes are available: 2 cannot allocate all claims. still not schedulable, ' +
      'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  )
  t.is(cluster.preBind(a), OK)
  t.deepEqual(cluster.status('a').allocation?.devices.results, [
    { request: 'r', driver: 'd', pool: 'n0', device: 'gpu-0' },
  ])
  t.deepEqual(cluster.status('a').reservedFor, [
    { resource: 'pods', name: 'a', uid: cluster.state.pods.uid[a] },
  ])
  cluster.unreserve(b)
  t.is(cluster.choose(c), 'n1')
  // What was written stays allocated without its pod, but nobody has reserved it any more.
  cluster.unreserve(a)
  t.deepEqual(cluster.status('a').reservedFor, [])
  t.not(cluster.status('a').allocation, undefined)
})

test('a pod that shares a claim waits while its allocation is under way and then goes where it is', t => {
  const cluster = new Cluster([1, 2])
  cluster.object(claim('shared'))
  const [first, second] = ['x', 'y'].map(name => cluster.createPod(pod(name, named('shared'))))
  t.is(cluster.choose(first), 'n0')
  t.true(
    cluster.choose(second).includes('resource claim default/shared is in the process of being allocated'),
  )
  t.is(cluster.preBind(first), OK)
  t.is(cluster.choose(second), 'n0')
  t.is(cluster.preBind(second), OK)
  t.deepEqual(
    cluster.status('shared').reservedFor?.map(({ name }) => name),
    ['x', 'y'],
  )
})

test('claims made from a template are found by their owner; others of that name are refused', t => {
  const cluster = new Cluster([1])
  const waiting = cluster.createPod(pod('w', [{ name: 'gpu', resourceClaimTemplateName: 't' }]))
  const gate = cluster.profile.at.preEnqueue.find(({ name }) => name === 'DynamicResources')!.plugin
  const verdict = gate.preEnqueue!(waiting)
  t.deepEqual(cluster.rejections.get(verdict as never).reasons, [
    'pod "default/w": ResourceClaim not created yet',
  ])
  cluster.object(
    claim('w-gpu-1', {
      annotations: { 'resource.kubernetes.io/pod-claim-name': 'gpu' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'w', controller: true }],
    }),
  )
  t.is(gate.preEnqueue!(waiting), OK)
  t.is(cluster.choose(waiting), 'n0')
})

test('an allocation that no longer suits its only pod is given back', t => {
  const cluster = new Cluster([1, 1])
  const nodeSelector = {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['gone'] }] }],
  }
  cluster.object(claim('c', {}, { allocation: { devices: { results: [] }, nodeSelector } }))
  const id = cluster.createPod(pod('p', named('c')))
  t.true(
    cluster
      .choose(id)
      .includes('2 resourceclaim not available on the node. deallocation of ResourceClaim completed'),
  )
  t.is(cluster.status('c').allocation, undefined)
  t.is(cluster.choose(id), 'n0')
})

test('an extended resource comes from the node if it has it, else from devices of its class', t => {
  const cluster = new Cluster([1])
  cluster.object(deviceClass('fast', { extendedResourceName: 'example.com/gpu' }))
  cluster.node(node('plugged', { 'example.com/gpu': '1' }))
  const limits = { 'example.com/gpu': '1' }
  const [first, second] = ['p', 'q'].map(name => cluster.createPod(pod(name, [], limits)))
  const places = [cluster.choose(first), cluster.choose(second)]
  t.deepEqual([...places].sort(), ['n0', 'plugged'])
  const onDevice = places[0] === 'n0' ? first : second
  t.is(cluster.preBind(first), OK)
  t.is(cluster.preBind(second), OK)
  const claims = [...cluster.state.objects.ofKind('ResourceClaim')].map(id => cluster.state.objects.get(id))
  t.deepEqual(
    claims.map(({ meta, spec }) => [meta.owners[0].name, spec]),
    [
      [
        cluster.state.pods.name[onDevice],
        {
          devices: {
            requests: [
              {
                name: 'container-0-request-0',
                exactly: { deviceClassName: 'fast', allocationMode: 'ExactCount', count: 1 },
              },
            ],
          },
        },
      ],
    ],
  )
  cluster.unreserve(onDevice)
  t.is(cluster.state.objects.countOfKind('ResourceClaim'), 0)
})

test('a device that must be prepared is looked at every five seconds, until it fails or time is up', t => {
  const cluster = new Cluster([])
  cluster.object(
    slice('m', [{ name: 'fabric', bindingConditions: ['Ready'], bindingFailureConditions: ['Broken'] }]),
  )
  cluster.node(node('m'))
  cluster.object(claim('c'))
  const id = cluster.createPod(pod('p', named('c')))
  t.is(cluster.choose(id), 'm')
  t.deepEqual(cluster.preBind(id, SECOND), { lookAgainAt: 6 * SECOND })
  const report = (type: string): void => {
    const object = cluster.state.objects.find('ResourceClaim', 'default', 'c') as ObjectId
    const device = { driver: 'd', pool: 'm', device: 'fabric' }
    const devices = [{ ...device, conditions: [{ type, status: 'True', reason: 'R', message: 'm' }] }]
    cluster.api.objects.updateStatus(object, { ...cluster.status('c'), devices })
  }
  report('Other')
  t.deepEqual(cluster.preBind(id, 6 * SECOND), { lookAgainAt: 11 * SECOND })
  const late = cluster.rejections.get(cluster.preBind(id, 602 * SECOND) as never)
  t.deepEqual(late, {
    plugin: 'DynamicResources',
    code: Code.Error,
    reasons: ['device binding timeout: claim=c'],
  })
  report('Broken')
  const failed = cluster.rejections.get(cluster.preBind(id, 11 * SECOND) as never)
  t.deepEqual(failed.reasons, ['device binding failed: claim=c, reason=R, message="m"'])
  report('Ready')
  t.is(cluster.preBind(id, 11 * SECOND), OK)
})

test('answers that are kept are those of a recount, whatever comes and goes', t => {
  const step = fc.record({
    what: fc.constantFrom('bind', 'release', 'slice', 'class', 'node'),
    which: fc.nat(7),
    count: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), steps => {
      const cluster = new Cluster([1, 2, 0, 3])
      const bound: PodId[] = []
      for (const [i, { what, which, count }] of steps.entries()) {
        const { objects } = cluster.state
        if (what === 'release' && bound.length > 0) {
          const [gone] = bound.splice(which % bound.length, 1)
          cluster.unreserve(gone)
          cluster.api.objects.delete(
            objects.find('ResourceClaim', 'default', cluster.state.pods.name[gone] ?? '')!,
          )
        } else if (what === 'slice') {
          const id = objects.find('ResourceSlice', '', `of-n${which % 4}`)!
          const devices = Array.from({ length: count }, (_, d) => ({ name: `gpu-${d}` }))
          cluster.api.objects.updateSpec(id, { ...(objects.get(id).spec as object), devices })
        } else if (what === 'class') {
          const expression = count === 0 ? 'device.driver != "d"' : 'true'
          cluster.api.objects.updateSpec(objects.find('DeviceClass', '', 'gpu')!, {
            selectors: [{ cel: { expression } }],
          })
        } else if (what === 'node') cluster.node(node(`late-${i}`))
        cluster.object(claim(`p${i}`))
        const id = cluster.createPod(pod(`p${i}`, named(`p${i}`)))
        const kept = cluster.choose(id)
        const isPlaced = cluster.snapshot.nodeOf.values[id] >= 0
        if (isPlaced) cluster.unreserve(id)
        const fresh = recount(cluster)
        if (isPlaced !== fresh.includes(kept)) return false
        if (what === 'bind' && isPlaced) {
          cluster.choose(id)
          cluster.preBind(id)
          bound.push(id)
        } else cluster.api.objects.delete(objects.find('ResourceClaim', 'default', `p${i}`)!)
      }
      return true
    }),
    { numRuns: 40, seed: 1 },
  )
  t.pass()
})

/** What a look at the store alone says: which nodes have a device that nobody has been given. */
function recount(cluster: Cluster): string[] {
  const devices = new Map<string, Set<string>>()
  const taken = new Set<string>()
  const { objects } = cluster.state
  const classSpec = objects.get(objects.find('DeviceClass', '', 'gpu')!).spec as {
    selectors?: readonly object[]
  }
  const isOpen = !JSON.stringify(classSpec).includes('!=')
  for (const id of objects.ofKind('ResourceSlice')) {
    const { nodeName, devices: offered } = objects.get(id).spec as {
      nodeName: string
      devices: readonly { readonly name: string }[]
    }
    devices.set(nodeName, new Set(offered.map(({ name }) => name)))
  }
  for (const id of objects.ofKind('ResourceClaim')) {
    const { allocation } = objects.get<unknown, ResourceClaimStatus>(id).status
    for (const { pool, device } of allocation?.devices.results ?? []) taken.add(`${pool}/${device}`)
  }
  if (!isOpen) return []
  const isFree = (name: string, device: string): boolean => !taken.has(`${name}/${device}`)
  return [...devices]
    .filter(([name, offered]) => [...offered].some(device => isFree(name, device)))
    .map(([name]) => name)
}
