import type { DeviceClass, ResourceSlice } from '../../../model/devices.js'
import { DEVICE_CLASS_RESOURCE_PREFIX } from '../../../model/devices.js'
import type { LabelSetId, NodeId } from '../../../state/ids.js'
import type { Snapshot } from '../../framework/snapshot.js'
import { watchObjects } from '../object-watch.js'
import { AllocatedDevices } from './allocated-devices.js'
import { type DeviceNode, type DevicePool, gatherPools } from './device-pools.js'

interface CachedPools {
  readonly at: number
  readonly pools: readonly DevicePool[]
}

/**
 * The devices that drivers offer and who has them, with a clock that tells whether an answer for a node still
 * holds: most devices belong to one node, so a change concerns that node alone.
 *
 * Upstream: pkg/scheduler/framework/plugins/dynamicresources/dra_manager.go (1.36), which gathers all this
 * anew for every pod.
 * Simplified: no device taint rules, behind the gate DRADeviceTaintRules and off by default.
 */
export class DeviceInventory {
  readonly allocated: AllocatedDevices
  readonly #snapshot: Snapshot
  readonly #byNode = new Map<string, Set<ResourceSlice>>()
  readonly #shared = new Set<ResourceSlice>()
  readonly #byPool = new Map<string, Set<ResourceSlice>>()
  readonly #pools = new Map<string, CachedPools>()
  readonly #classByResource = new Map<string, DeviceClass>()
  #clock = 1
  /** When something changed last that concerns every node; what a node was told since then holds. */
  changedAt = 1
  #offeredAt = 1
  /** By node id: when something changed last that concerns the node. */
  nodeChangedAt = new Float64Array(64)
  #nodeOfferedAt = new Float64Array(64)
  readonly #places = new Map<ResourceSlice, SlicePlace>()
  /** Counts up when a class changes: demands are made of classes. */
  classVersion = 0

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
    const { state } = snapshot
    this.allocated = new AllocatedDevices(state)
    this.allocated.listen((driver, pool) => this.#touchPool(`${driver}/${pool}`, false))
    watchObjects(state, {
      ResourceSlice: (slice, exists) => this.#putSlice(slice, exists),
      DeviceClass: () => {
        this.classVersion++
        this.changedAt = ++this.#clock
        this.#indexClasses()
      },
    })
    for (let node = 0; node < snapshot.rows - 1; node++) {
      if (snapshot.known[node] === 1) this.#touchNode(node as NodeId, true)
    }
    snapshot.listen({
      nodeAdded: node => this.#touchNode(node, true),
      nodeUpdated: node => this.#touchNode(node, true),
    })
  }

  /** The time of an answer given now. */
  get now(): number {
    return this.#clock
  }

  /** The class that provides an extended resource, by the name it gives or by its own. */
  classFor(resource: string): DeviceClass | undefined {
    return this.#classByResource.get(resource)
  }

  findClass(name: string): DeviceClass | undefined {
    const { objects } = this.#snapshot.state
    const id = objects.find('DeviceClass', '', name)
    return id === undefined ? undefined : (objects.get(id) as DeviceClass)
  }

  node(row: NodeId): DeviceNode {
    const { labels, state } = this.#snapshot
    return {
      name: this.#snapshot.nameOf(row),
      labels: state.labelSets.get(labels[row] as LabelSetId),
    }
  }

  poolsFor(row: NodeId): readonly DevicePool[] {
    const id = this.#snapshot.original(row)
    const node = this.node(row)
    const cached = this.#pools.get(node.name)
    const offeredAt = Math.max(this.#offeredAt, this.#nodeOfferedAt[id])
    if (cached !== undefined && cached.at >= offeredAt) return cached.pools
    const slices = [...(this.#byNode.get(node.name) ?? []), ...this.#shared]
    const pools = gatherPools(
      slices,
      (driver, pool) => [...(this.#byPool.get(`${driver}/${pool}`) ?? [])],
      node,
    )
    this.#pools.set(node.name, { at: this.#clock, pools })
    return pools
  }

  #putSlice(slice: ResourceSlice, exists: boolean): void {
    const before = this.#places.get(slice)
    if (before !== undefined) {
      this.#touchPool(before.pool, true)
      remove(this.#byPool, before.pool, slice)
      if (before.owner === undefined) this.#shared.delete(slice)
      else remove(this.#byNode, before.owner, slice)
      this.#places.delete(slice)
    }
    if (!exists) return
    const place = placeOf(slice)
    this.#places.set(slice, place)
    add(this.#byPool, place.pool, slice)
    if (place.owner === undefined) this.#shared.add(slice)
    else add(this.#byNode, place.owner, slice)
    this.#touchPool(place.pool, true)
  }

  /** Something happened to a pool: the nodes that its slices belong to hear of it, or all. */
  #touchPool(pool: string, isOffer: boolean): void {
    for (const slice of this.#byPool.get(pool) ?? []) {
      const owner = this.#places.get(slice)?.owner
      if (owner === undefined) {
        this.changedAt = ++this.#clock
        if (isOffer) this.#offeredAt = this.#clock
        return
      }
      // A node that is not there yet hears of it when it joins.
      const node = this.#snapshot.state.nodes.find(owner)
      if (node !== undefined) this.#touchNode(node, isOffer)
    }
  }

  #touchNode(node: NodeId, isOffer: boolean): void {
    if (node >= this.nodeChangedAt.length) {
      this.nodeChangedAt = grown(this.nodeChangedAt, node)
      this.#nodeOfferedAt = grown(this.#nodeOfferedAt, node)
    }
    this.nodeChangedAt[node] = ++this.#clock
    if (isOffer) this.#nodeOfferedAt[node] = this.#clock
  }

  /** Of several classes that provide one resource the newest counts, then the one whose name comes first. */
  #indexClasses(): void {
    const { objects } = this.#snapshot.state
    this.#classByResource.clear()
    for (const id of objects.ofKind('DeviceClass')) {
      const found = objects.get(id) as DeviceClass
      const { extendedResourceName } = found.spec
      this.#classByResource.set(`${DEVICE_CLASS_RESOURCE_PREFIX}${found.meta.name}`, found)
      if (extendedResourceName === undefined) continue
      const other = this.#classByResource.get(extendedResourceName)
      if (other === undefined || isPreferred(found, other))
        this.#classByResource.set(extendedResourceName, found)
    }
  }
}

function isPreferred(a: DeviceClass, b: DeviceClass): boolean {
  if (a.meta.createdAt !== b.meta.createdAt) return a.meta.createdAt > b.meta.createdAt
  return a.meta.name < b.meta.name
}

/**
 * Where a slice is listed: under its pool, and under the node that alone uses its devices, if there is one.
 */
interface SlicePlace {
  readonly pool: string
  readonly owner: string | undefined
}

function placeOf({ spec }: ResourceSlice): SlicePlace {
  const { driver, pool, nodeName = '', sharedCounters = [] } = spec
  const isOwned = nodeName !== '' && sharedCounters.length === 0
  return { pool: `${driver}/${pool.name}`, owner: isOwned ? nodeName : undefined }
}

function grown(times: Float64Array, node: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(node * 2)
  longer.set(times)
  return longer
}

function add(index: Map<string, Set<ResourceSlice>>, key: string, slice: ResourceSlice): void {
  const slices = index.get(key)
  if (slices === undefined) index.set(key, new Set([slice]))
  else slices.add(slice)
}

function remove(index: Map<string, Set<ResourceSlice>>, key: string, slice: ResourceSlice): void {
  const slices = index.get(key)
  if (slices?.delete(slice) === true && slices.size === 0) index.delete(key)
}

const inventories = new WeakMap<Snapshot, DeviceInventory>()

/** The inventory of a snapshot: one, however many profiles ask. */
export function deviceInventoryOf(snapshot: Snapshot): DeviceInventory {
  let inventory = inventories.get(snapshot)
  if (inventory === undefined) {
    inventory = new DeviceInventory(snapshot)
    inventories.set(snapshot, inventory)
  }
  return inventory
}
