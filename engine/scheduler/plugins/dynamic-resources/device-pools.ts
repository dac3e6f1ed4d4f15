import type { Counters, Device, ResourceSlice, ResourceSliceSpec } from '../../../model/devices.js'
import type { NodeSelector } from '../../../model/node-affinity.js'
import { cachedNodeSelector } from '../../../model/node-selector-cache.js'
import type { Labels } from '../../../model/pod-spec.js'

/** A node as devices ask for it. */
export interface DeviceNode {
  readonly name: string
  readonly labels: Labels
}

/** A device where it is offered. */
export interface PoolDevice {
  /** Driver, pool and device with slashes between. */
  readonly id: string
  readonly device: Device
  readonly slice: ResourceSliceSpec
  readonly pool: DevicePool
}

/** The devices of one pool that a node may use, or why it may use none. */
export interface DevicePool {
  readonly driver: string
  readonly name: string
  /** Some slices of the current generation are still to come. */
  readonly isIncomplete: boolean
  readonly isInvalid: boolean
  /** In the order of the slices' names, and within a slice in its own. */
  readonly devices: readonly PoolDevice[]
  /** Devices of slices for other nodes: they draw on the same counters. */
  readonly elsewhere: readonly PoolDevice[]
  readonly counterSets: ReadonlyMap<string, Counters>
}

/** The name of a device in every table of allocated devices. */
export function deviceId(driver: string, pool: string, device: string): string {
  return `${driver}/${pool}/${device}`
}

/**
 * The pools that offer devices to a node, by driver and name, those with binding conditions last. Slices of
 * an older generation are passed over; a pool whose slices are not all there, or contradict one another,
 * offers nothing.
 *
 * Upstream: GatherPools of k8s.io/dynamic-resource-allocation
 * structured/internal/incubating/pools_incubating.go (1.36).
 * Simplified: a node selector that cannot be parsed selects nothing, where upstream fails the cycle.
 */
export function gatherPools(
  slicesForNode: Iterable<ResourceSlice>,
  slicesOfPool: (driver: string, pool: string) => readonly ResourceSlice[],
  node: DeviceNode,
): DevicePool[] {
  const byPool = new Map<string, ResourceSlice[]>()
  for (const slice of slicesForNode) if (isRelevant(slice.spec, node)) addSlice(byPool, slice)
  const plain: DevicePool[] = []
  const conditional: DevicePool[] = []
  for (const slices of byPool.values()) {
    const { driver, pool } = slices[0].spec
    const isWhole = slices.length === pool.resourceSliceCount
    const all = isWhole ? slices : currentSlices(slicesOfPool(driver, pool.name), pool.generation)
    // A newer generation has no device for this node: the driver is replacing the pool.
    if (all === undefined) continue
    const built = buildPool(slices, all, all.length === pool.resourceSliceCount)
    const hasConditions = built.devices.some(({ device }) => device.bindingConditions !== undefined)
    ;(hasConditions ? conditional : plain).push(built)
  }
  return [...plain.sort(byDriverAndName), ...conditional.sort(byDriverAndName)]
}

/** Whether a node is meant by name, by selector or as any other. */
export function isNodeMeant(
  node: DeviceNode,
  nodeName: string | undefined,
  allNodes: boolean | undefined,
  nodeSelector: NodeSelector | undefined,
): boolean {
  if (nodeName !== undefined && nodeName !== '') return node.name === nodeName
  if (allNodes === true) return true
  return nodeSelector !== undefined && cachedNodeSelector(nodeSelector).matches(node.labels, node.name)
}

/** Whether a device is meant for the node, in a slice that leaves that to its devices. */
export function isDeviceMeant({ nodeName, allNodes, nodeSelector }: Device, node: DeviceNode): boolean {
  return isNodeMeant(node, nodeName, allNodes, nodeSelector)
}

function isRelevant(spec: ResourceSliceSpec, node: DeviceNode): boolean {
  const { nodeName = '', allNodes = false, nodeSelector, sharedCounters = [], devices = [] } = spec
  // Counters are needed wherever the pool is used.
  if (sharedCounters.length > 0) return true
  if (nodeName !== '' || allNodes || nodeSelector !== undefined) {
    return isNodeMeant(node, nodeName, allNodes, nodeSelector)
  }
  return spec.perDeviceNodeSelection === true && devices.some(device => isDeviceMeant(device, node))
}

function addSlice(byPool: Map<string, ResourceSlice[]>, slice: ResourceSlice): void {
  const { driver, pool } = slice.spec
  const key = `${driver}/${pool.name}`
  const slices = byPool.get(key)
  const generation = slices?.[0].spec.pool.generation
  if (slices === undefined || generation === undefined || pool.generation > generation) {
    byPool.set(key, [slice])
  } else if (pool.generation === generation) slices.push(slice)
}

/** The slices of a generation; undefined when there is a newer one. */
function currentSlices(slices: readonly ResourceSlice[], generation: number): ResourceSlice[] | undefined {
  if (slices.some(({ spec }) => spec.pool.generation > generation)) return undefined
  return slices.filter(({ spec }) => spec.pool.generation === generation)
}

function buildPool(
  slicesForNode: readonly ResourceSlice[],
  allSlices: readonly ResourceSlice[],
  isComplete: boolean,
): DevicePool {
  const { driver, pool } = slicesForNode[0].spec
  const empty = { driver, name: pool.name, devices: [], elsewhere: [], counterSets: new Map() }
  if (!isComplete) return { ...empty, isIncomplete: true, isInvalid: false }
  const slices = slicesForNode.toSorted((a, b) => (a.meta.name < b.meta.name ? -1 : 1))
  const names = new Set(slices.map(({ meta }) => meta.name))
  const others = allSlices.filter(({ meta }) => !names.has(meta.name))
  const counterSets = gatherCounterSets(slices)
  const isValid =
    counterSets !== undefined &&
    areNamesUnique(slices) &&
    areCountersKnown(slices, counterSets) &&
    areCountersKnown(others, counterSets)
  if (!isValid) return { ...empty, isIncomplete: false, isInvalid: true }
  const devices: PoolDevice[] = []
  const elsewhere: PoolDevice[] = []
  const built = {
    driver,
    name: pool.name,
    isIncomplete: false,
    isInvalid: false,
    devices,
    elsewhere,
    counterSets,
  }
  for (const { spec } of slices) if (!hasCounters(spec)) addDevices(devices, spec, built)
  for (const { spec } of others) addDevices(elsewhere, spec, built)
  return built
}

function hasCounters({ sharedCounters = [] }: ResourceSliceSpec): boolean {
  return sharedCounters.length > 0
}

function addDevices(list: PoolDevice[], slice: ResourceSliceSpec, pool: DevicePool): void {
  for (const device of slice.devices ?? []) {
    list.push({ id: deviceId(pool.driver, pool.name, device.name), device, slice, pool })
  }
}

/** Undefined when two sets have one name. */
function gatherCounterSets(slices: readonly ResourceSlice[]): Map<string, Counters> | undefined {
  const sets = new Map<string, Counters>()
  for (const { spec } of slices) {
    for (const { name, counters } of spec.sharedCounters ?? []) {
      if (sets.has(name)) return undefined
      sets.set(name, counters)
    }
  }
  return sets
}

function areNamesUnique(slices: readonly ResourceSlice[]): boolean {
  const names = new Set<string>()
  for (const { spec } of slices) {
    if (hasCounters(spec)) continue
    for (const { name } of spec.devices ?? []) {
      if (names.has(name)) return false
      names.add(name)
    }
  }
  return true
}

function areCountersKnown(
  slices: readonly ResourceSlice[],
  counterSets: ReadonlyMap<string, Counters>,
): boolean {
  return slices.every(({ spec }) =>
    (spec.devices ?? []).every(({ consumesCounters = [] }) =>
      consumesCounters.every(({ counterSet, counters }) => {
        const known = counterSets.get(counterSet)
        return known !== undefined && Object.keys(counters).every(name => known[name] !== undefined)
      }),
    ),
  )
}

function byDriverAndName(a: DevicePool, b: DevicePool): number {
  if (a.driver !== b.driver) return a.driver < b.driver ? -1 : 1
  return a.name < b.name ? -1 : 1
}
