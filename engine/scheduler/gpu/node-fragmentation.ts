import { DEFAULT_GPU_NAMES } from '../../model/gpu-demand.js'
import { GpuFragmentation, type ModelTables } from '../../model/gpu-fragmentation.js'
import { type ExpectedPods, typicalPods } from '../../model/typical-pods.js'
import type { NodeId } from '../../state/ids.js'
import { CPU } from '../../state/resource-names.js'
import type { NodeShapeId, Snapshot } from '../framework/snapshot.js'
import { GpuDevices } from './gpu-devices.js'

/**
 * The GPU fragmentation of every node and of the cluster, worked out again only for rows that have changed. One for a
 * snapshot: the workload is that of the run.
 *
 * Upstream: the FGD paper (USENIX ATC '23), section 4.
 * Simplified: nothing known.
 */
export class NodeFragmentation {
  static readonly #bySnapshot = new WeakMap<Snapshot, NodeFragmentation>()

  readonly measure: GpuFragmentation
  readonly devices: GpuDevices
  readonly #snapshot: Snapshot
  readonly #tables: (ModelTables | undefined)[] = []
  #version = new Int32Array(0)
  #weighed = new Float64Array(0)
  /** Over all nodes, as of their last evaluation: whole numbers, so it never drifts. */
  #sum = 0

  static of(snapshot: Snapshot, workload: () => readonly ExpectedPods[]): NodeFragmentation {
    let fragmentation = NodeFragmentation.#bySnapshot.get(snapshot)
    if (fragmentation === undefined) {
      fragmentation = new NodeFragmentation(snapshot, workload())
      NodeFragmentation.#bySnapshot.set(snapshot, fragmentation)
    }
    return fragmentation
  }

  constructor(snapshot: Snapshot, workload: readonly ExpectedPods[]) {
    this.#snapshot = snapshot
    this.devices = GpuDevices.of(snapshot)
    this.measure = new GpuFragmentation(typicalPods(workload, DEFAULT_GPU_NAMES))
    snapshot.listen({ nodeRemoved: node => this.#forget(node) })
  }

  /** What the typical pods count for on the node, by the model of its devices. */
  tablesOf(node: NodeId): ModelTables {
    const shape = this.#snapshot.shape[node] as NodeShapeId
    let tables = this.#tables[shape]
    if (tables === undefined) {
      const { labels } = this.#snapshot.nodeShapes.get(shape)
      tables = this.measure.tablesOf(labels[DEFAULT_GPU_NAMES.modelLabel] ?? '')
      this.#tables[shape] = tables
    }
    return tables
  }

  /** Free cpu of the node. */
  freeMilliCPU(node: NodeId): number {
    const { allocatable, requested, width } = this.#snapshot
    return allocatable[node * width + CPU] - requested[node * width + CPU]
  }

  /** Fragmentation of a node in thousandths of a device, times the pods of the typical classes. */
  weighed(node: NodeId): number {
    const { rowVersion } = this.#snapshot
    this.#ensure()
    if (this.#version[node] !== rowVersion[node]) {
      const { free, width, deviceCount } = this.devices
      const tables = this.tablesOf(node)
      const milliCPU = this.freeMilliCPU(node)
      const weighed = this.measure.weighed(tables, milliCPU, free, node * width, deviceCount[node])
      this.#sum += weighed - this.#weighed[node]
      this.#weighed[node] = weighed
      this.#version[node] = rowVersion[node]
    }
    return this.#weighed[node]
  }

  /** Fragmentation of all nodes together, in thousandths of a device. */
  clusterMilli(): number {
    this.#ensure()
    const { known, rowVersion } = this.#snapshot
    const nodes = this.#snapshot.overlay
    const version = this.#version
    for (let node = 0; node < nodes; node++) {
      if (version[node] !== rowVersion[node] && known[node] === 1) this.weighed(node as NodeId)
    }
    return this.measure.total === 0 ? 0 : this.#sum / this.measure.total
  }

  #forget(node: NodeId): void {
    if (node >= this.#weighed.length) return
    this.#sum -= this.#weighed[node]
    this.#weighed[node] = 0
    this.#version[node] = 0
  }

  #ensure(): void {
    const { rows } = this.#snapshot
    if (this.#version.length >= rows) return
    // All is worked out anew, and the old overlay row does not become a node's.
    this.#version = new Int32Array(rows)
    this.#weighed = new Float64Array(rows)
    this.#sum = 0
  }
}
