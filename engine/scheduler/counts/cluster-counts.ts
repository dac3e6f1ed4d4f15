import type { Labels } from '../../model/labels.js'
import { type LabelSetId, NONE, type NodeId, type PodId, type TaintSetId } from '../../state/ids.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { NodeShapeId, Snapshot, SnapshotListener } from '../framework/snapshot.js'
import { DefaultSelectors } from './default-selectors.js'
import type { DomainCounts } from './domain-counts.js'
import { EligibleNodes, type JudgedNode, type NodeRequirement } from './eligible-nodes.js'
import { HeldTerms } from './held-terms.js'
import { NamespaceLabels } from './namespace-labels.js'
import { ObjectWatch } from './object-watch.js'
import { type Population, Populations } from './population.js'
import type { Selection, SelectionRule } from './selection.js'
import { Selections } from './selections.js'
import { TopologyKey } from './topology-key.js'

/** Requirements of nodes kept before they are dropped and made anew. */
const MOST_REQUIREMENTS = 512

/**
 * How many pods of which kind are on which node and in which topology domain, kept as pods and nodes come, change and
 * go: what a pod costs does not grow with the number of pods placed. One for a snapshot, whoever asks it.
 *
 * Upstream: nothing of the kind; a way of counting what podtopologyspread and interpodaffinity (1.36) count anew for
 * every pod.
 * Simplified: nothing known.
 */
export class ClusterCounts implements SnapshotListener {
  static readonly #bySnapshot = new WeakMap<Snapshot, ClusterCounts>()

  readonly #snapshot: Snapshot
  readonly objects: ObjectWatch
  readonly namespaces: NamespaceLabels
  readonly held: HeldTerms
  readonly defaultSelectors: DefaultSelectors
  readonly #populations: Populations
  readonly #selections: Selections
  readonly #keys = new Map<string, TopologyKey>()
  readonly #eligible = new Map<string, EligibleNodes>()
  #taintsOf: Int32Array
  #namespaceChanges = 0

  /** The counts of a snapshot. */
  static of(snapshot: Snapshot): ClusterCounts {
    let counts = ClusterCounts.#bySnapshot.get(snapshot)
    if (counts === undefined) {
      counts = new ClusterCounts(snapshot)
      ClusterCounts.#bySnapshot.set(snapshot, counts)
    }
    return counts
  }

  /** @param mostNumbers how many numbers by node are kept before some are given up. */
  constructor(snapshot: Snapshot, mostNumbers?: number) {
    this.#snapshot = snapshot
    this.objects = new ObjectWatch(snapshot.state)
    this.namespaces = new NamespaceLabels(snapshot.state)
    this.defaultSelectors = new DefaultSelectors(snapshot.state, this.objects)
    this.#populations = new Populations(snapshot)
    this.#selections = new Selections(snapshot, this.#populations, mostNumbers)
    this.held = new HeldTerms(this.#populations, this.namespaces, name => this.key(name))
    this.#taintsOf = new Int32Array(snapshot.rows)
    this.#takeIn()
    snapshot.listen(this)
  }

  /**
   * Selections and tables found under another epoch must be asked for again. Read it at the start of a cycle: changed
   * namespaces are noticed here.
   */
  get epoch(): number {
    if (this.#namespaceChanges !== this.objects.namespaceChanges) {
      this.#namespaceChanges = this.objects.namespaceChanges
      this.held.forget()
      this.#selections.clear()
    }
    return this.#selections.epoch
  }

  populationOf(shape: PodShape): Population {
    return this.#populations.of(shape)
  }

  /** The domains of a topology key; `absentIsEmpty` puts nodes without the label with those where it is empty. */
  key(name: string, absentIsEmpty = false): TopologyKey {
    const id = absentIsEmpty ? `?${name}` : name
    let key = this.#keys.get(id)
    if (key === undefined) {
      key = new TopologyKey(name, absentIsEmpty, this.#snapshot.rows)
      this.#keys.set(id, key)
      for (const node of this.#nodes()) key.put(node, this.#labelsOf(node))
    }
    return key
  }

  eligible(requirement: NodeRequirement): EligibleNodes {
    let eligible = this.#eligible.get(requirement.key)
    if (eligible === undefined) {
      if (this.#eligible.size >= MOST_REQUIREMENTS) {
        this.#eligible.clear()
        this.#selections.clear()
      }
      eligible = new EligibleNodes(requirement, this.#snapshot.rows)
      this.#eligible.set(requirement.key, eligible)
      for (const node of this.#nodes()) eligible.put(node, this.#judged(node))
    }
    return eligible
  }

  selection(rule: SelectionRule): Selection {
    return this.#selections.find(rule)
  }

  /** A selection is being used; call it once a cycle for each. */
  touch(selection: Selection): void {
    this.#selections.touch(selection)
  }

  /** The selected pods by domain, on the eligible nodes only if they are given. */
  table(selection: Selection, key: TopologyKey, eligible?: EligibleNodes): DomainCounts {
    let table = selection.findTable(key, eligible)
    if (table === undefined) {
      table = selection.addTable(key, eligible)
      for (const node of this.#nodes()) table.attach(node, selection.countOf[node])
    }
    return table
  }

  podAdded(pod: PodId, shape: PodShape, node: NodeId): void {
    const population = this.#populations.of(shape)
    this.#populations.link(pod, population)
    this.#selections.add(pod, population, node)
    this.held.count(shape, node, 1)
  }

  podRemoved(pod: PodId, shape: PodShape, node: NodeId): void {
    const population = this.#populations.of(shape)
    this.#populations.unlink(pod, population)
    this.#selections.remove(pod, population, node)
    this.held.count(shape, node, -1)
  }

  podTerminating(pod: PodId, shape: PodShape, node: NodeId): void {
    this.#selections.terminate(pod, this.#populations.of(shape), node)
  }

  nodeAdded(node: NodeId): void {
    this.#ensure()
    this.#put(node)
    for (const selection of this.#selections.all()) selection.attach(node)
  }

  nodeUpdated(node: NodeId, oldLabels: LabelSetId): void {
    const { labels, taints } = this.#snapshot
    if (labels[node] === oldLabels && !this.#taintsMatter(node)) {
      this.#taintsOf[node] = taints[node]
      return
    }
    for (const selection of this.#selections.all()) selection.detach(node)
    this.#countTermsOn(node, -1)
    this.#put(node)
    this.#countTermsOn(node, 1)
    for (const selection of this.#selections.all()) selection.attach(node)
  }

  /** Nodes lose and get taints often; few constraints heed them, and no domain does. */
  #taintsMatter(node: NodeId): boolean {
    if (this.#eligible.size === 0 || this.#snapshot.taints[node] === this.#taintsOf[node]) return false
    const judged = this.#judged(node)
    for (const eligible of this.#eligible.values()) if (eligible.differs(node, judged)) return true
    return false
  }

  nodeRemoved(node: NodeId): void {
    for (const selection of this.#selections.all()) selection.detach(node)
    for (const key of this.#keys.values()) key.clear(node)
    for (const eligible of this.#eligible.values()) eligible.clear(node)
  }

  /** Puts the node where its labels and taints belong; counts must not have it meanwhile. */
  #put(node: NodeId): void {
    const labels = this.#labelsOf(node)
    for (const key of this.#keys.values()) key.put(node, labels)
    if (this.#eligible.size > 0) {
      const judged = this.#judged(node)
      for (const eligible of this.#eligible.values()) eligible.put(node, judged)
    }
    this.#taintsOf[node] = this.#snapshot.taints[node]
  }

  #countTermsOn(node: NodeId, sign: 1 | -1): void {
    const { shapes, firstPod } = this.#snapshot
    const next = this.#snapshot.nextPod.values
    const shapeOf = this.#snapshot.shapeOfCounted.values
    for (let pod = firstPod[node]; pod !== NONE; pod = next[pod]) {
      this.held.count(shapes.get(shapeOf[pod] as PodShape['id']), node, sign)
    }
  }

  /** Room for all rows the snapshot has now. */
  #ensure(): void {
    const { rows } = this.#snapshot
    if (this.#taintsOf.length >= rows) return
    const grown = new Int32Array(rows)
    grown.set(this.#taintsOf)
    this.#taintsOf = grown
    for (const key of this.#keys.values()) key.ensure(rows)
    for (const eligible of this.#eligible.values()) eligible.ensure(rows)
    this.#selections.ensure(rows)
  }

  /** Counts what the snapshot had before these counts were made. */
  #takeIn(): void {
    const { shapes, firstPod, taints } = this.#snapshot
    for (const node of this.#nodes()) {
      this.#taintsOf[node] = taints[node]
      for (let pod = firstPod[node]; pod !== NONE; pod = this.#snapshot.nextPod.values[pod]) {
        const shape = shapes.get(this.#snapshot.shapeOfCounted.values[pod] as PodShape['id'])
        this.podAdded(pod as PodId, shape, node)
      }
    }
  }

  #nodes(): NodeId[] {
    const { known, overlay } = this.#snapshot
    const nodes: NodeId[] = []
    for (let row = 0; row < overlay; row++) if (known[row] === 1) nodes.push(row as NodeId)
    return nodes
  }

  #labelsOf(node: NodeId): Labels {
    return this.#snapshot.state.labelSets.get(this.#snapshot.labels[node] as LabelSetId)
  }

  #judged(node: NodeId): JudgedNode {
    const { state, taints, shape } = this.#snapshot
    return {
      labels: this.#labelsOf(node),
      name: state.nodes.name[node] as string,
      taints: state.taintSets.get(taints[node] as TaintSetId),
      shape: shape[node] as NodeShapeId,
    }
  }
}
