import test from 'ava'
import { NEVER } from '../../../engine/kernel/time.js'
import type {
  Device,
  DeviceClass,
  ResourceClaimSpec,
  ResourceSlice,
  ResourceSliceSpec,
} from '../../../engine/model/devices.js'
import { parseQuantity } from '../../../engine/model/quantity.js'
import { demandOf } from '../../../engine/scheduler/plugins/dynamic-resources/demands.js'
import type { AllocatedState } from '../../../engine/scheduler/plugins/dynamic-resources/device-choices.js'
import { gatherPools } from '../../../engine/scheduler/plugins/dynamic-resources/device-pools.js'
import { DeviceSearch } from '../../../engine/scheduler/plugins/dynamic-resources/device-search.js'

const NODE = { name: 'n', labels: { zone: 'a' } }

function meta(name: string) {
  const empty = { labels: {}, annotations: {}, owners: [], finalizers: [] }
  return {
    ...empty,
    namespace: '',
    name,
    uid: 1,
    createdAt: 0,
    deletionAt: NEVER,
    generation: 1,
    resourceVersion: 1,
  }
}

/** A slice of the pool `p` of driver `d` on the node, the only one of its pool unless the spec says otherwise. */
function slice(
  name: string,
  offered: readonly Device[],
  spec: Partial<ResourceSliceSpec> = {},
): ResourceSlice {
  const pool = { name: 'p', generation: 1, resourceSliceCount: 1 }
  return {
    meta: meta(name),
    spec: { driver: 'd', nodeName: 'n', pool, devices: offered, ...spec },
    status: {},
  }
}

const anyDevice: DeviceClass = { meta: meta('any'), spec: {}, status: {} }
const bigDevice: DeviceClass = {
  meta: meta('big'),
  spec: { selectors: [{ cel: { expression: 'device.attributes["d"].size > 1' } }] },
  status: {},
}

function devices(...names: readonly string[]): Device[] {
  return names.map((name, i) => ({
    name,
    attributes: { size: { int: i + 1 }, side: { string: i % 2 ? 'l' : 'r' } },
  }))
}

interface Search {
  readonly claims: readonly ResourceClaimSpec[]
  readonly slices: readonly ResourceSlice[]
  readonly taken?: readonly string[]
  readonly consumed?: Readonly<Record<string, string>>
}

/** The devices found, by claim, as request=device; the error; or undefined when there is no solution. */
function search({ claims, slices, taken = [], consumed = {} }: Search): string[][] | string | undefined {
  const ofPool = (driver: string, pool: string) =>
    slices.filter(({ spec }) => spec.driver === driver && spec.pool.name === pool)
  const state: AllocatedState = {
    isTaken: id => taken.includes(id),
    consumedOf: id =>
      consumed[id] === undefined ? undefined : new Map([['memory', parseQuantity(consumed[id])!]]),
  }
  const found = new DeviceSearch(
    claims.map(spec =>
      demandOf(spec, name => [anyDevice, bigDevice].find(known => known.meta.name === name)),
    ),
    claims.map((_, i) => `default/c${i}`),
    NODE,
    gatherPools(slices, ofPool, NODE),
    state,
  )
  if (!found.run()) return found.fault
  return found.chosen.map(chosen =>
    chosen.map(
      ({ device, demand: { name, parent } }) => `${parent && `${parent}/`}${name}=${device.device.name}`,
    ),
  )
}

function exactly(demand: object = {}, name = 'r') {
  return { name, exactly: { deviceClassName: 'any', ...demand } }
}

function claim(...requests: readonly ReturnType<typeof exactly>[]): ResourceClaimSpec {
  return { devices: { requests } }
}

const counted = (amount: string) => [{ counterSet: 's', counters: { units: { value: amount } } }]
const counters = slice('counters', [], {
  pool: { name: 'p', generation: 1, resourceSliceCount: 2 },
  sharedCounters: [{ name: 's', counters: { units: { value: '4' } } }],
})
const partitions = slice(
  'partitions',
  [
    { name: 'whole', consumesCounters: counted('4') },
    { name: 'half-0', consumesCounters: counted('2') },
    { name: 'half-1', consumesCounters: counted('2') },
  ],
  { pool: { name: 'p', generation: 1, resourceSliceCount: 2 } },
)
const shareable: Device = {
  name: 'shared',
  allowMultipleAllocations: true,
  capacity: {
    memory: { value: '8Gi', requestPolicy: { default: '1Gi', validRange: { min: '1Gi', step: '2Gi' } } },
  },
}
const tainted: Device = { name: 'worn', taints: [{ key: 'age', effect: 'NoSchedule' }] }

const CASES: readonly (Search & { readonly rule: string; readonly want: string[][] | string | undefined })[] =
  [
    {
      rule: 'the first free device of the first pool by driver and name is taken',
      slices: [
        slice('z', devices('b')),
        slice('a', devices('x'), { driver: 'c', pool: { name: 'q', generation: 1, resourceSliceCount: 1 } }),
      ],
      claims: [claim(exactly())],
      want: [['r=x']],
    },
    {
      rule: 'slices count in the order of their names, devices in that of the slice; taken ones are passed over',
      slices: ['s1', 's0'].map((name, i) =>
        slice(name, devices(`${i}-b`, `${i}-a`), {
          pool: { name: 'p', generation: 1, resourceSliceCount: 2 },
        }),
      ),
      taken: ['d/p/1-b'],
      claims: [claim(exactly({ count: 2 }))],
      want: [['r=1-a', 'r=0-b']],
    },
    {
      rule: 'an older generation is passed over, an incomplete pool offers nothing',
      slices: [
        slice('old', devices('old')),
        slice('new', devices('new'), { pool: { name: 'p', generation: 2, resourceSliceCount: 2 } }),
      ],
      claims: [claim(exactly())],
      want: undefined,
    },
    {
      rule: 'two devices of one name make the pool invalid',
      slices: [slice('s', devices('a', 'a'))],
      claims: [claim(exactly())],
      want: undefined,
    },
    {
      rule: 'a choice is taken back when a later request needs the device',
      slices: [slice('s', devices('small', 'large'))],
      claims: [claim(exactly({}, 'any'), exactly({ deviceClassName: 'big' }, 'big'))],
      want: [['any=small', 'big=large']],
    },
    {
      rule: 'and when a later claim needs it',
      slices: [slice('s', devices('x', 'y').reverse())],
      claims: [claim(exactly()), claim(exactly({ deviceClassName: 'big' }))],
      want: [['r=x'], ['r=y']],
    },
    {
      rule: 'devices that must agree in an attribute are looked for together',
      slices: [slice('s', devices('r0', 'l0', 'r1'))],
      claims: [
        { devices: { requests: [exactly({ count: 2 })], constraints: [{ matchAttribute: 'd/side' }] } },
      ],
      want: [['r=r0', 'r=r1']],
    },
    {
      rule: 'devices that must differ in an attribute do',
      slices: [slice('s', devices('r0', 'l0', 'r1'))],
      claims: [
        {
          devices: {
            requests: [exactly({ deviceClassName: 'big' }, 'one'), exactly({}, 'two')],
            constraints: [{ distinctAttribute: 'd/side', requests: ['one', 'two'] }],
          },
        },
      ],
      want: [['one=l0', 'two=r0']],
    },
    {
      rule: 'all devices that match are wanted, and each must be free',
      slices: [slice('s', devices('a', 'b', 'c'))],
      claims: [claim(exactly({ allocationMode: 'All', deviceClassName: 'big' }))],
      want: [['r=b', 'r=c']],
    },
    {
      rule: 'all devices are not to be had while one is taken',
      slices: [slice('s', devices('a', 'b', 'c'))],
      taken: ['d/p/c'],
      claims: [claim(exactly({ allocationMode: 'All', deviceClassName: 'big' }))],
      want: undefined,
    },
    {
      rule: 'all devices of an incomplete pool cannot be named',
      slices: [slice('s', devices('a'), { pool: { name: 'p', generation: 1, resourceSliceCount: 2 } })],
      claims: [claim(exactly({ allocationMode: 'All' }))],
      want: 'claim default/c0, request r: asks for all devices, but resource pool d/p is currently being updated',
    },
    {
      rule: 'an administrator looks at devices in use, each once a claim',
      slices: [slice('s', devices('a', 'b'))],
      taken: ['d/p/a', 'd/p/b'],
      claims: [claim(exactly({ adminAccess: true, count: 2 }))],
      want: [['r=a', 'r=b']],
    },
    {
      rule: 'the first alternative that can be served is taken',
      slices: [slice('s', devices('a', 'b'))],
      claims: [
        {
          devices: {
            requests: [
              {
                name: 'r',
                firstAvailable: [
                  { name: 'three', deviceClassName: 'any', count: 3 },
                  { name: 'two', deviceClassName: 'any', count: 2 },
                  { name: 'one', deviceClassName: 'any' },
                ],
              },
            ],
          },
        },
      ],
      want: [['r/two=a', 'r/two=b']],
    },
    {
      rule: 'a claim holds 32 devices at most',
      slices: [slice('s', devices(...Array.from({ length: 40 }, (_, i) => `d${i}`)))],
      claims: [claim(exactly({ count: 33 }))],
      want: 'claim default/c0: number of requested devices 33 exceeds the claim limit of 32',
    },
    {
      rule: 'a taint keeps requests away',
      slices: [slice('s', [tainted, ...devices('new')])],
      claims: [claim(exactly())],
      want: [['r=new']],
    },
    {
      rule: 'unless they tolerate it',
      slices: [slice('s', [tainted, ...devices('new')])],
      claims: [claim(exactly({ tolerations: [{ key: 'age', operator: 'Exists' }] }))],
      want: [['r=worn']],
    },
    {
      rule: 'partitions draw on the counters of their device: both halves fit, the whole does not fit beside one',
      slices: [counters, partitions],
      claims: [claim(exactly({ count: 2 }))],
      want: [['r=half-0', 'r=half-1']],
    },
    {
      rule: 'what allocated partitions draw is gone',
      slices: [counters, partitions],
      taken: ['d/p/half-1'],
      claims: [claim(exactly({ count: 2 }))],
      want: undefined,
    },
    {
      // 8Gi in all, 3Gi in use; 1.5Gi is rounded up to 3Gi (1Gi and one step), which fits once more.
      rule: 'a shared device gives what is left of its capacity, rounded up to its steps',
      slices: [slice('s', [shareable])],
      consumed: { 'd/p/shared': '3Gi' },
      claims: [claim(exactly({ capacity: { requests: { memory: '1536Mi' } } }))],
      want: [['r=shared']],
    },
    {
      rule: 'and no more than that',
      slices: [slice('s', [shareable])],
      consumed: { 'd/p/shared': '3Gi' },
      claims: [
        claim(exactly({ capacity: { requests: { memory: '1536Mi' } } })),
        claim(exactly({ capacity: { requests: { memory: '3Gi' } } })),
      ],
      want: undefined,
    },
    {
      rule: 'a capacity the device does not have cannot be requested',
      slices: [slice('s', [shareable])],
      claims: [claim(exactly({ capacity: { requests: { bandwidth: '1' } } }))],
      want: undefined,
    },
    {
      rule: 'devices say themselves which nodes they are for, where the slice leaves it to them',
      slices: [
        {
          ...slice('s', []),
          spec: {
            driver: 'd',
            pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
            perDeviceNodeSelection: true,
            devices: [
              { name: 'other', nodeName: 'm' },
              { name: 'everywhere', allNodes: true },
            ],
          },
        },
      ],
      claims: [claim(exactly())],
      want: [['r=everywhere']],
    },
    {
      rule: 'a selector that fails on a device is a fault of the claim',
      slices: [slice('s', [{ name: 'bare' }])],
      claims: [claim(exactly({ deviceClassName: 'big' }))],
      want: 'class big: selector #0: CEL runtime error: no such key: size',
    },
  ]

for (const { rule, want, ...given } of CASES) {
  test(rule, t => {
    t.deepEqual(search(given), want)
  })
}
