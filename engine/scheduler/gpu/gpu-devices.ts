import {
  DEFAULT_GPU_NAMES,
  type GpuDemand,
  type GpuNames,
  gpuDemandOf,
  isShare,
  MILLI_PER_DEVICE,
} from '../../model/gpu-demand.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { AttachedColumn } from '../../state/table.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { Snapshot, SnapshotListener } from '../framework/snapshot.js'
import { bestFitDevices, devicesMask } from './device-choice.js'

/** A set of devices is the bits of a 32-bit integer, so a node can have no more. */
export const MAX_DEVICES = 31
/** Classes of GPU pods: 0 shares a device, k has k devices. */
export const CLASSES: number = MAX_DEVICES + 1

/**
 * What is free on every GPU of every node, and which devices each pod holds: kept as pods come, change and go, one for
 * a snapshot. A pod gets the tightest device that fits when it is counted on its node; a policy with another rule moves
 * it before it is bound.
 *
 * Upstream: the device bookkeeping of alibaba/open-gpu-share, which the FGD paper's simulator follows.
 * Simplified: devices above the 31st of a node are left out.
 */
export class GpuDevices implements SnapshotListener {
  static readonly #bySnapshot = new WeakMap<Snapshot, GpuDevices>()

  readonly #names: GpuNames = DEFAULT_GPU_NAMES
  readonly #snapshot: Snapshot
  /** Room for devices in a row. */
  width = 8
  /** Thousandths free, at `node * width + device`. */
  free: Int32Array = new Int32Array(0)
  /** By node. */
  deviceCount: Uint8Array = new Uint8Array(0)
  /** The most that is free on one device of the node. */
  largest: Int32Array = new Int32Array(0)
  /** Wholly free devices of the node. */
  untouched: Int32Array = new Int32Array(0)
  /** Thousandths free over all devices of the node. */
  freeSum: Int32Array = new Int32Array(0)
  /** GPU pods at `node * CLASSES + class`. */
  podsOfClass: Int32Array = new Int32Array(0)
  /** Thousandths of all devices there are. */
  capacityMilli = 0
  /** Thousandths held by pods. */
  allocatedMilli = 0
  readonly #demands: GpuDemand[] = []
  /** The devices that a pod holds, and the node they are on. Kept when it leaves, in case it comes back. */
  readonly #held: AttachedColumn<Int32Array>
  readonly #heldOn: AttachedColumn<Int32Array>
  /** 1 while what the pod holds is taken off the node. */
  readonly #charged: AttachedColumn<Uint8Array>

  /** The devices of a snapshot. */
  static of(snapshot: Snapshot): GpuDevices {
    let devices = GpuDevices.#bySnapshot.get(snapshot)
    if (devices === undefined) {
      devices = new GpuDevices(snapshot)
      GpuDevices.#bySnapshot.set(snapshot, devices)
    }
    return devices
  }

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
    const { pods } = snapshot.state
    this.#held = pods.attach(Int32Array, 0)
    this.#heldOn = pods.attach(Int32Array, NONE)
    this.#charged = pods.attach(Uint8Array, 0)
    this.#ensure()
    for (let node = 0; node < snapshot.overlay; node++) {
      if (snapshot.known[node] !== 1) continue
      this.nodeAdded(node as NodeId)
      this.#countPods(node as NodeId)
    }
    snapshot.listen(this)
  }

  demandOf({ templateId, template }: PodShape): GpuDemand {
    return (this.#demands[templateId] ??= gpuDemandOf(template, this.#names))
  }

  /** The devices the pod holds, as bits; 0 for none. */
  heldBy(pod: PodId): number {
    return this.#charged.values[pod] === 1 ? this.#held.values[pod] : 0
  }

  /** Moves a pod that counts on the node to these devices. */
  move(pod: PodId, node: NodeId, devices: number): void {
    if (this.#held.values[pod] === devices) return
    const demand = this.demandOf(this.#snapshot.shapes.of(pod))
    if (this.#charged.values[pod] === 1) this.#charge(node, demand, this.#held.values[pod], -1)
    this.#charge(node, demand, devices, 1)
    this.#held.values[pod] = devices
    this.#heldOn.values[pod] = node
    this.#charged.values[pod] = 1
    this.#snapshot.rowChanged(node)
  }

  podAdded(pod: PodId, shape: PodShape, node: NodeId): void {
    const demand = this.demandOf(shape)
    if (demand.devices === 0) return
    this.podsOfClass[node * CLASSES + classOf(demand)]++
    const devices = this.#devicesFor(pod, demand, node)
    if (devices === 0) return
    this.#charge(node, demand, devices, 1)
    this.#held.values[pod] = devices
    this.#heldOn.values[pod] = node
    this.#charged.values[pod] = 1
  }

  podRemoved(pod: PodId, shape: PodShape, node: NodeId): void {
    const demand = this.demandOf(shape)
    if (demand.devices === 0) return
    this.podsOfClass[node * CLASSES + classOf(demand)]--
    if (this.#charged.values[pod] !== 1) return
    this.#charge(node, demand, this.#held.values[pod], -1)
    this.#charged.values[pod] = 0
  }

  nodeAdded(node: NodeId): void {
    this.#ensure()
    this.podsOfClass.fill(0, node * CLASSES, (node + 1) * CLASSES)
    this.deviceCount[node] = 0
    this.#putDevices(node)
  }

  /** Devices came or went: the pods of the node are counted anew. */
  nodeUpdated(node: NodeId): void {
    if (this.#devicesOf(node) === this.deviceCount[node]) return
    const { firstPod, nextPod } = this.#snapshot
    for (let pod = firstPod[node]; pod !== NONE; pod = nextPod.values[pod]) this.#giveBack(pod as PodId, node)
    this.podsOfClass.fill(0, node * CLASSES, (node + 1) * CLASSES)
    this.#putDevices(node)
    this.#countPods(node)
  }

  nodeRemoved(node: NodeId): void {
    this.capacityMilli -= this.deviceCount[node] * MILLI_PER_DEVICE
    this.deviceCount[node] = 0
    this.#refresh(node)
  }

  /** Copies what is free on the node's devices; answers their number. */
  copyFree(node: NodeId, into: Int32Array): number {
    const count = this.deviceCount[node]
    for (let i = 0; i < count; i++) into[i] = this.free[node * this.width + i]
    return count
  }

  /** The devices the pod had on this node, if it comes back and they still fit; else the tightest. */
  #devicesFor(pod: PodId, demand: GpuDemand, node: NodeId): number {
    const from = node * this.width
    const held = this.#held.values[pod]
    if (held !== 0 && this.#heldOn.values[pod] === node && this.#fits(node, demand, held)) return held
    const count = this.deviceCount[node]
    return devicesMask(bestFitDevices(demand, this.free, from, count))
  }

  #fits(node: NodeId, { milliEach }: GpuDemand, devices: number): boolean {
    for (let i = 0; i < MAX_DEVICES; i++) {
      if ((devices & (1 << i)) === 0) continue
      if (i >= this.deviceCount[node] || this.free[node * this.width + i] < milliEach) return false
    }
    return true
  }

  #charge(node: NodeId, { milliEach }: GpuDemand, devices: number, sign: 1 | -1): void {
    for (let i = 0; i < this.deviceCount[node]; i++) {
      if ((devices & (1 << i)) === 0) continue
      this.free[node * this.width + i] -= sign * milliEach
      this.allocatedMilli += sign * milliEach
    }
    this.#refresh(node)
  }

  #giveBack(pod: PodId, node: NodeId): void {
    if (this.#charged.values[pod] !== 1) return
    this.#charge(node, this.demandOf(this.#countedShape(pod)), this.#held.values[pod], -1)
    this.#charged.values[pod] = 0
  }

  /** The shape under which the pod counts on its node. */
  #countedShape(pod: PodId): PodShape {
    const { shapes, shapeOfCounted } = this.#snapshot
    return shapes.get(shapeOfCounted.values[pod] as PodShape['id'])
  }

  #countPods(node: NodeId): void {
    const { firstPod, nextPod } = this.#snapshot
    for (let pod = firstPod[node]; pod !== NONE; pod = nextPod.values[pod]) {
      this.podAdded(pod as PodId, this.#countedShape(pod as PodId), node)
    }
  }

  #devicesOf(node: NodeId): number {
    const { allocatable, width, state } = this.#snapshot
    // The resource has a column as soon as a node or pod names it, and gets none by being asked for here.
    const column = state.resources.names.indexOf(this.#names.resource)
    if (column < 0) return 0
    return Math.min(Math.trunc(allocatable[node * width + column] / MILLI_PER_DEVICE), MAX_DEVICES)
  }

  #putDevices(node: NodeId): void {
    const count = this.#devicesOf(node)
    if (count > this.width) this.#relay(this.deviceCount.length, MAX_DEVICES)
    this.capacityMilli += (count - this.deviceCount[node]) * MILLI_PER_DEVICE
    this.deviceCount[node] = count
    this.free.fill(MILLI_PER_DEVICE, node * this.width, node * this.width + count)
    this.#refresh(node)
  }

  #refresh(node: NodeId): void {
    const { free } = this
    let largest = 0
    let untouched = 0
    let sum = 0
    const from = node * this.width
    for (let i = from; i < from + this.deviceCount[node]; i++) {
      const milli = free[i]
      sum += milli
      if (milli > largest) largest = milli
      if (milli === MILLI_PER_DEVICE) untouched++
    }
    this.largest[node] = largest
    this.untouched[node] = untouched
    this.freeSum[node] = sum
  }

  #ensure(): void {
    if (this.#snapshot.rows > this.deviceCount.length) this.#relay(this.#snapshot.rows, this.width)
  }

  #relay(rows: number, width: number): void {
    const free = new Int32Array(rows * width)
    const oldRows = this.deviceCount.length
    for (let node = 0; node < oldRows; node++) {
      for (let i = 0; i < this.deviceCount[node]; i++)
        free[node * width + i] = this.free[node * this.width + i]
    }
    this.free = free
    this.width = width
    if (rows === oldRows) return
    const grown = (old: Int32Array, cells: number): Int32Array => {
      const column = new Int32Array(cells)
      column.set(old)
      return column
    }
    const counts = new Uint8Array(rows)
    counts.set(this.deviceCount)
    this.deviceCount = counts
    this.largest = grown(this.largest, rows)
    this.untouched = grown(this.untouched, rows)
    this.freeSum = grown(this.freeSum, rows)
    this.podsOfClass = grown(this.podsOfClass, rows * CLASSES)
  }
}

/** The class that a GPU pod counts in: 0 for a share, else its number of devices. */
export function classOf(demand: GpuDemand): number {
  return isShare(demand) ? 0 : Math.min(demand.devices, MAX_DEVICES)
}
