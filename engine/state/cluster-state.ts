import type { Labels } from '../model/pod-spec.js'
import { canonicalJson, type PodTemplate, podTemplateKey } from '../model/pod-template.js'
import type { Taint } from '../model/taints.js'
import { AppUsage } from './app-usage.js'
import { ChangeLog, Source } from './change-log.js'
import { DemandRates } from './demand-rates.js'
import type {
  LabelSetId,
  NamespaceId,
  NodeId,
  ObjectId,
  PodId,
  ReasonId,
  TaintSetId,
  TemplateId,
} from './ids.js'
import { Interner } from './interner.js'
import { MemoryGrowths } from './memory-growths.js'
import { NodeLeases } from './node-leases.js'
import { NodeTable } from './nodes.js'
import { ObjectTable } from './objects.js'
import { PodLoads } from './pod-loads.js'
import { PodRequests } from './pod-requests.js'
import { PodTable } from './pods.js'
import { ResourceNames } from './resource-names.js'

/** How much room the tables have at first. They grow; the sizes only save copying. */
export interface Capacities {
  readonly pods: number
  readonly nodes: number
  readonly objects: number
}

export const DEFAULT_CAPACITIES: Capacities = { pods: 1024, nodes: 256, objects: 64 }

/** The whole state of a cluster: what etcd holds, and the shapes that many objects share. */
export class ClusterState {
  readonly pods: PodTable
  readonly nodes: NodeTable
  readonly objects: ObjectTable
  readonly log: ChangeLog
  readonly resources: ResourceNames
  readonly templates: Interner<TemplateId, PodTemplate>
  readonly labelSets: Interner<LabelSetId, Labels>
  readonly taintSets: Interner<TaintSetId, readonly Taint[]>
  readonly namespaces: Interner<NamespaceId, string>
  /** Short texts such as condition reasons and messages. */
  readonly reasons: Interner<ReasonId, string>
  readonly requests: PodRequests
  readonly leases: NodeLeases
  readonly appUsage = new AppUsage()
  readonly demands = new DemandRates()
  readonly podLoads = new PodLoads()
  readonly memoryGrowths = new MemoryGrowths()
  /** UIDs that stand in manifests, and the objects' own: owner references name them. */
  readonly writtenUids = new Map<string, number>()
  #lastUid = 0

  /**
   * @param original makes this state a place to try things out: pods and nodes of its own, the objects, the log and
   *   all interned values those of the original, so that rows are copied by copying columns.
   */
  constructor(capacities: Capacities = DEFAULT_CAPACITIES, original?: ClusterState) {
    this.pods = new PodTable(capacities.pods)
    this.nodes = new NodeTable(capacities.nodes)
    this.leases = new NodeLeases(this.nodes)
    this.resources = original?.resources ?? new ResourceNames()
    this.templates = original?.templates ?? new Interner()
    this.labelSets = original?.labelSets ?? new Interner()
    this.taintSets = original?.taintSets ?? new Interner()
    this.namespaces = original?.namespaces ?? new Interner()
    this.reasons = original?.reasons ?? new Interner()
    this.requests = original?.requests ?? new PodRequests(this)
    this.objects = original?.objects ?? new ObjectTable(capacities.objects)
    this.log =
      original?.log ??
      new ChangeLog(Math.max(16, capacities.pods), this.objects, (source, row) => this.#reclaim(source, row))
    this.nodes.widen(this.resources.width)
    this.resources.onGrowth(width => this.nodes.widen(width))
    this.labelsId({})
    this.taintsId([])
  }

  nextUid(): number {
    return ++this.#lastUid
  }

  /** UID of the object created last. */
  get lastUid(): number {
    return this.#lastUid
  }

  templateId(template: PodTemplate): TemplateId {
    return this.templates.intern(podTemplateKey(template), () => template)
  }

  labelsId(labels: Labels): LabelSetId {
    return this.labelSets.intern(canonicalJson(labels), () => labels)
  }

  taintsId(taints: readonly Taint[]): TaintSetId {
    return this.taintSets.intern(canonicalJson(taints), () => taints)
  }

  namespaceId(name: string): NamespaceId {
    return this.namespaces.intern(name, () => name)
  }

  reasonId(text: string): ReasonId {
    return this.reasons.intern(text, () => text)
  }

  podKey(pod: PodId): string {
    return `${this.namespaces.get(this.pods.namespace[pod] as NamespaceId)}/${this.pods.name[pod]}`
  }

  #reclaim(source: Source, row: number): void {
    if (source === Source.Pods) this.pods.reclaim(row as PodId)
    else if (source === Source.Nodes) this.nodes.reclaim(row as NodeId)
    else this.objects.reclaim(row as ObjectId)
  }
}
