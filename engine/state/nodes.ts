import { NEVER } from '../kernel/time.js'
import type { KubeletConfig } from '../model/kubelet-config.js'
import type { Labels } from '../model/labels.js'
import type { StaticPod } from '../model/simulation-model.js'
import { NONE, type NodeId, Status } from './ids.js'
import { Table } from './table.js'

/**
 * Every Node object of the store. Amounts are in the units of the resource registry (milliCPU, bytes,
 * counts).
 */
export class NodeTable extends Table<NodeId> {
  readonly name = this.values<string>()
  uid = this.column('uid', Float64Array, 0)
  labels = this.column('labels', Int32Array, NONE)
  taints = this.column('taints', Int32Array, NONE)
  /** Node pool the scenario made it from: an index into the model's pools, NONE for a Node manifest. */
  pool = this.column('pool', Int32Array, NONE)
  unschedulable = this.column('unschedulable', Uint8Array, 0)
  createdAt = this.column('createdAt', Float64Array, NEVER)
  deletedAt = this.column('deletedAt', Float64Array, NEVER)
  resourceVersion = this.column('resourceVersion', Float64Array, 0)
  createdSequence = this.column('createdSequence', Float64Array, 0)
  deletedSequence = this.column('deletedSequence', Float64Array, 0)

  /** `status.capacity`, at `node * resourceWidth + resource`. */
  capacityAmounts = this.matrix('capacityAmounts', 'resourceWidth', 4)
  /** `status.allocatable`, at `node * resourceWidth + resource`. */
  allocatable = this.matrix('allocatable', 'resourceWidth', 4)
  /** Sum of the requests of the pods bound and not finished, as the API server sees them. */
  requested = this.matrix('requested', 'resourceWidth', 4)
  resourceWidth = 4

  /** The Ready condition as a {@link Status}. */
  ready = this.column('ready', Uint8Array, Status.True)
  /** Reason of the Ready condition: an id of `reasons`. */
  readyReason = this.column('readyReason', Int32Array, NONE)
  readyAt = this.column('readyAt', Float64Array, NEVER)
  memoryPressure = this.column('memoryPressure', Uint8Array, Status.False)
  diskPressure = this.column('diskPressure', Uint8Array, Status.False)
  pidPressure = this.column('pidPressure', Uint8Array, Status.False)
  networkUnavailable = this.column('networkUnavailable', Uint8Array, Status.False)
  /** 0: nobody ever posted a status, so the node has no conditions at all. */
  hasConditions = this.column('hasConditions', Uint8Array, 1)
  /** From registration until the kubelet reports Ready. */
  readyDelay = this.column('readyDelay', Float64Array, 0)

  // Asked for by the kubelet; read through NodeLeases.
  leaseAt = this.column('leaseAt', Float64Array, NEVER)
  leaseNextAt = this.column('leaseNextAt', Float64Array, NEVER)
  leasePeriod = this.column('leasePeriod', Float64Array, 0)
  leaseStoppedAt = this.column('leaseStoppedAt', Float64Array, NEVER)
  /** 1: the machine is down and nothing on it runs, whatever the API says. */
  isDown = this.column('isDown', Uint8Array, 0)

  /** Images on the node and their bytes, as `status.images` reports them; absent: none. */
  readonly images = this.values<ReadonlyMap<string, number>>()
  /** How its kubelet reserves and evicts; absent: not at all. */
  readonly kubeletConfig = this.values<KubeletConfig>()
  /** What it runs by itself; absent: nothing. */
  readonly staticPods = this.values<readonly StaticPod[]>()
  /** `metadata.annotations`; absent: none. */
  readonly annotations = this.values<Labels>()
  /** `status.nodeInfo.kubeletVersion`; absent: nobody said. */
  readonly kubeletVersion = this.values<string>()
  /** `status.declaredFeatures`; absent: none. */
  readonly declaredFeatures = this.values<ReadonlySet<string>>()

  /** Head of the list of pods bound to the node, and its length. */
  firstPod = this.column('firstPod', Int32Array, NONE)
  podCount = this.column('podCount', Int32Array, 0)
  /** 1: removed for good, but pods still point here. */
  condemned = this.column('condemned', Uint8Array, 0)

  readonly #byName = new Map<string, NodeId>()

  add(name: string): NodeId {
    const node = this.allocate()
    this.name[node] = name
    this.#byName.set(name, node)
    return node
  }

  removeName(node: NodeId): void {
    this.#byName.delete(this.name[node] as string)
  }

  /** Frees the row, or marks it to be freed when the last pod that points to it has gone. */
  reclaim(node: NodeId): void {
    if (this.podCount[node] > 0) this.condemned[node] = 1
    else this.free(node)
  }

  /** One pod less points to the row. */
  podLeft(node: NodeId): void {
    if (--this.podCount[node] === 0 && this.condemned[node] === 1) this.free(node)
  }

  find(name: string): NodeId | undefined {
    return this.#byName.get(name)
  }

  exists(node: NodeId): boolean {
    return this.name[node] !== undefined && this.deletedSequence[node] === 0
  }
}
