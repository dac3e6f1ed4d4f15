import test from 'ava'
import { NEVER } from '../../../engine/kernel/time.js'
import type { ObjectMeta } from '../../../engine/model/api-object.js'
import { translateAffinity, translateSource } from '../../../engine/model/csi-translation.js'
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeSpec,
} from '../../../engine/model/storage.js'
import {
  findCandidates,
  matchForController,
  pickForNode,
  volumeMismatch,
} from '../../../engine/model/volume-matching.js'

function meta(name: string, uid: number, labels: Record<string, string> = {}): ObjectMeta {
  const common = {
    annotations: {},
    owners: [],
    finalizers: [],
    createdAt: 0,
    generation: 1,
    resourceVersion: 1,
  }
  return { ...common, namespace: 'default', name, uid, labels, deletionAt: NEVER }
}

function volume(
  name: string,
  size: string,
  spec: PersistentVolumeSpec = {},
  phase = 'Available',
): PersistentVolume {
  return {
    meta: meta(name, 100, { tier: name }),
    spec: { capacity: { storage: size }, accessModes: ['ReadWriteOnce'], storageClassName: 'local', ...spec },
    status: { phase },
  }
}

function claim(size: string, spec: Partial<PersistentVolumeClaim['spec']> = {}): PersistentVolumeClaim {
  const resources = { requests: { storage: size } }
  return {
    meta: meta('data', 7),
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'local', resources, ...spec },
    status: {},
  }
}

const own = { namespace: 'default', name: 'data' }

/** Volumes, the claim, and the names of the candidates: reserved ones, then free ones. */
const CASES: readonly {
  readonly rule: string
  readonly volumes: readonly PersistentVolume[]
  readonly claim: PersistentVolumeClaim
  readonly reserved?: readonly string[]
  readonly free?: readonly string[]
}[] = [
  {
    rule: 'the smallest that is large enough comes first, the older of equals before the younger',
    volumes: [volume('b', '3Gi'), volume('a', '2Gi'), volume('c', '2048Mi'), volume('d', '1Gi')],
    claim: claim('2Gi'),
    free: ['a', 'c', 'b'],
  },
  {
    rule: 'a volume reserved for the claim counts whatever its phase, one reserved for others does not',
    volumes: [
      volume('theirs', '2Gi', { claimRef: { namespace: 'default', name: 'other' } }),
      volume('former', '2Gi', { claimRef: { ...own, uid: 6 } }),
      volume('ours', '2Gi', { claimRef: { ...own, uid: 7 } }, 'Pending'),
      volume('written', '2Gi', { claimRef: { ...own, uid: 'from-a-file' } }, 'Bound'),
    ],
    claim: claim('1Gi'),
    reserved: ['ours', 'written'],
  },
  {
    rule: 'mode, attributes class, class, phase and labels must agree',
    volumes: [
      volume('block', '2Gi', { volumeMode: 'Block' }),
      volume('gold', '2Gi', { volumeAttributesClassName: 'gold' }),
      volume('remote', '2Gi', { storageClassName: 'remote' }),
      volume('released', '2Gi', {}, 'Released'),
      volume('labelled', '2Gi'),
    ],
    claim: claim('1Gi', {
      selector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] },
    }),
    free: ['labelled'],
  },
]

for (const { rule, volumes, claim: wanted, reserved = [], free = [] } of CASES) {
  test(rule, t => {
    const candidates = findCandidates(wanted, volumes)
    t.deepEqual(
      candidates.reserved.map(found => found.meta.name),
      reserved,
    )
    t.deepEqual(
      candidates.free.map(found => found.meta.name),
      free,
    )
  })
}

test('a node gets the first free volume it reaches with all access modes; a reserved one decides alone', t => {
  const volumes = [
    volume('a', '1Gi'),
    volume('b', '2Gi', { accessModes: ['ReadOnlyMany'] }),
    volume('c', '3Gi'),
  ]
  const candidates = findCandidates(claim('1Gi'), volumes)
  const pick = (taken: PersistentVolume[], reach: (name: string) => boolean): string | undefined =>
    pickForNode(claim('1Gi'), candidates, new Set(taken), found => reach(found.meta.name))?.meta.name
  t.is(
    pick([], () => true),
    'a',
  )
  t.is(
    pick([volumes[0]], () => true),
    'c',
  )
  t.is(
    pick([], name => name === 'b'),
    undefined,
  )
  const reserved = volume('r', '9Gi', { claimRef: own })
  const withReserved = findCandidates(claim('1Gi'), [...volumes, reserved])
  const away = pickForNode(claim('1Gi'), withReserved, new Set(), found => found !== reserved)
  t.is(away, undefined)
})

test('the controller leaves claims that wait to the scheduler unless a volume is reserved', t => {
  t.is(matchForController(claim('1Gi'), [volume('a', '1Gi')], false)?.meta.name, 'a')
  t.is(matchForController(claim('1Gi'), [volume('a', '1Gi')], true), undefined)
  const reserved = volume('b', '2Gi', { claimRef: own })
  t.is(matchForController(claim('1Gi'), [volume('a', '1Gi'), reserved], true)?.meta.name, 'b')
})

test('the controller prefers volumes that offer no more access modes than are asked for, however large', t => {
  const shared = volume('shared', '2Gi', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] })
  const single = volume('single', '9Gi')
  t.is(matchForController(claim('1Gi'), [shared, single], false)?.meta.name, 'single')
  const many = claim('1Gi', { accessModes: ['ReadWriteMany'] })
  t.is(matchForController(many, [shared, single], false)?.meta.name, 'shared')
})

test('a volume that a claim names must still suit it', t => {
  const refused = (spec: PersistentVolumeSpec, size = '1Gi') =>
    volumeMismatch(volume('v', size, spec), claim('1Gi'))
  t.is(refused({}), undefined)
  t.is(refused({}, '500Mi'), 'requested PV is too small')
  t.is(refused({ storageClassName: 'other' }), 'storageClassName does not match')
  t.is(refused({ volumeMode: 'Block' }), 'incompatible volumeMode')
  t.is(refused({ accessModes: ['ReadOnlyMany'] }), 'incompatible accessMode')
})

test('volumes of old kinds are those of the drivers that took them over', t => {
  const zone = { 'topology.kubernetes.io/zone': 'us-a' }
  t.deepEqual(translateSource({ gcePersistentDisk: { pdName: 'd' } }, zone), {
    driver: 'pd.csi.storage.gke.io',
    handle: 'projects/UNSPECIFIED/zones/us-a/disks/d',
  })
  t.is(
    translateSource(
      { gcePersistentDisk: { pdName: 'd' } },
      { 'topology.kubernetes.io/zone': 'us-east1-a__us-east1-b' },
    )?.handle,
    'projects/UNSPECIFIED/regions/us-east1/disks/d',
  )
  t.is(translateSource({ awsElasticBlockStore: { volumeID: 'aws://us-a/vol-1' } }, {})?.handle, 'vol-1')
  t.is(translateSource({}, {}), undefined)
})

test('on nodes of a migrated kind zones go by the key of the driver', t => {
  const gce = { gcePersistentDisk: { pdName: 'd' } }
  const zones = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a'] }
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [zones] }] } }
  const ofDriver = { ...zones, key: 'topology.gke.io/zone' }
  const translated = { nodeSelectorTerms: [{ matchExpressions: [ofDriver] }] }
  t.deepEqual(translateAffinity({ ...gce, nodeAffinity }, {}, 'kubernetes.io/gce-pd'), translated)
  t.deepEqual(
    translateAffinity(gce, { 'topology.kubernetes.io/zone': 'a' }, 'x,kubernetes.io/gce-pd'),
    translated,
  )
  t.deepEqual(translateAffinity({ ...gce, nodeAffinity }, {}, 'kubernetes.io/aws-ebs'), nodeAffinity.required)
})
