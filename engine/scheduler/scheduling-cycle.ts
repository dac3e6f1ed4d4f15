import { NONE, type NodeId, type PodId } from '../state/ids.js'
import { CycleNodes } from './cycle-nodes.js'
import { CycleScores, type CycleWatcher } from './cycle-scores.js'
import { failureMessage } from './failure-message.js'
import type { Cycle, CycleFailure, PostFilterResult } from './framework/interface.js'
import { NodeList } from './framework/node-list.js'
import type { Nominator } from './framework/nominator.js'
import type { PodShape } from './framework/pod-shape.js'
import type { Snapshot } from './framework/snapshot.js'
import { Code, isRejection, OK, type RejectionId, type Rejections, SKIP } from './framework/status.js'
import type { NodeOrder } from './node-order.js'
import type { NodeRanks } from './node-ranks.js'
import { nodesToFind } from './nodes-to-find.js'
import type { Profile } from './profile.js'

const NO_NODES = 'no nodes available to schedule pods'

/** What a cycle needs besides the profile. */
export interface CycleSettings {
  readonly profile: Profile
  readonly snapshot: Snapshot
  readonly order: NodeOrder
  readonly nominator: Nominator
  readonly rejections: Rejections
  /** 0: adaptive. */
  readonly percentageOfNodesToScore: number
  /** A number in [0, 1) that decides among equally good nodes, 0 takes the first; absent: as upstream's heap does. */
  readonly tieBreak?: (pod: PodId) => number
  /** Instead of that: the first of the equally good nodes in an order of its own. */
  readonly ranks?: NodeRanks
}

/**
 * One scheduling cycle after another: which node should this pod go to? The answer, and what led to it, stays in the
 * fields until the next call.
 *
 * Upstream: schedulePod, findNodesThatFitPod, prioritizeNodes and selectHost of pkg/scheduler/schedule_one.go (1.36).
 * Simplified: nodes are searched one after another, as with parallelism 1. Without any node a pod waits for one instead
 * of being tried again and again after its back-off.
 */
export class SchedulingCycle implements Cycle {
  readonly #settings: CycleSettings
  readonly snapshot: Snapshot
  pod = NONE as PodId
  #shape: PodShape | undefined
  /** The node chosen, NONE after a failure. */
  node = NONE as NodeId
  /** Nodes that passed, in the order of the search. */
  readonly feasible = new NodeList(64)
  /** Nodes examined and rejected, in the order of the search, with the reasons. */
  readonly rejected: NodeList
  /** Set when PreFilter rejected the pod as a whole. */
  preFilterRejection: RejectionId | 0 = 0
  /** The names PreFilter restricted the search to. */
  restriction: ReadonlySet<string> | undefined
  restrictedBy: string[] = []
  postFilter: PostFilterResult | undefined
  /** Whether the best nodes were compared by score: not with a single one. */
  scored = false
  watcher: CycleWatcher | undefined
  #nodes: CycleNodes
  readonly #scores: CycleScores
  #preFiltering = ''

  constructor(settings: CycleSettings) {
    this.#settings = settings
    this.snapshot = settings.snapshot
    this.#nodes = new CycleNodes(this, settings)
    this.rejected = this.#nodes.rejected
    this.#scores = new CycleScores(settings.profile)
  }

  /** Weighted sums of the scores of the feasible nodes. */
  get totals(): Float64Array {
    return this.#scores.totals
  }

  get shape(): PodShape {
    return this.#shape as PodShape
  }

  /** Nodes the filters were run on in the last cycle, for the virtual time it took. */
  get examined(): number {
    return this.feasible.length + this.rejected.length
  }

  /** A PreFilter says that it would count every node for this pod, which costs virtual time. */
  countsAllNodes = false

  restrictTo(nodeNames: ReadonlySet<string>): void {
    const before = this.restriction
    this.restriction =
      before === undefined ? nodeNames : new Set([...before].filter(name => nodeNames.has(name)))
    this.restrictedBy.push(this.#preFiltering)
  }

  /** Finds the node for a pod: true when there is one, in `node`. */
  schedule(pod: PodId): boolean {
    this.#begin(pod)
    if (this.#settings.order.count === 0) return false
    if (this.#runPreFilters()) this.#search()
    if (this.feasible.length === 0) {
      this.#runPostFilters()
      return false
    }
    if (this.feasible.length === 1) this.node = this.feasible.ids[0] as NodeId
    else this.#pickBest()
    return true
  }

  /** The text of the pod's PodScheduled condition after a failure. */
  failureMessage(): string {
    const { order, rejections } = this.#settings
    if (order.count === 0) return NO_NODES
    return failureMessage(
      {
        nodeCount: order.count,
        preFilter: this.preFilterRejection,
        rejected: this.rejected,
        restrictedBy: this.restrictedBy,
        postFilterMessage:
          this.postFilter?.nominatedNode === undefined ? (this.postFilter?.message ?? '') : '',
      },
      rejections,
    )
  }

  /** Names of the plugins that rejected the pod: what wakes it up again. */
  unschedulablePlugins(): Set<string> {
    const { rejections, order, profile } = this.#settings
    if (order.count === 0) return new Set(profile.at.filter.map(({ name }) => name))
    const plugins = new Set<string>()
    if (this.preFilterRejection !== 0) plugins.add(rejections.get(this.preFilterRejection).plugin)
    for (const name of this.restrictedBy) plugins.add(name)
    const { ids, reason, length } = this.rejected
    let last = 0
    for (let i = 0; i < length; i++) {
      const id = reason[ids[i]]
      // Neighbours mostly have the same.
      if (id === last) continue
      last = id
      plugins.add(rejections.get(id as RejectionId).plugin)
    }
    return plugins
  }

  #begin(pod: PodId): void {
    this.pod = pod
    this.#shape = this.snapshot.shapes.of(pod)
    this.node = NONE as NodeId
    this.feasible.length = 0
    this.rejected.length = 0
    this.preFilterRejection = 0
    this.restriction = undefined
    if (this.restrictedBy.length > 0) this.restrictedBy = []
    this.postFilter = undefined
    this.scored = false
    this.countsAllNodes = false
    this.#nodes.begin()
  }

  /**
   * False when a plugin rejected the pod as a whole. A rejection that nothing can resolve ends the round at once; after
   * one that preemption may lift the other plugins still prepare themselves.
   */
  #runPreFilters(): boolean {
    const { profile, rejections } = this.#settings
    for (const enabled of profile.at.preFilter) {
      this.#preFiltering = enabled.name
      const verdict = enabled.plugin.preFilter?.(this) ?? OK
      if (verdict === SKIP) this.#nodes.skip(enabled.plugin)
      else if (isRejection(verdict)) {
        this.preFilterRejection = verdict
        if (rejections.get(verdict).code === Code.UnschedulableAndUnresolvable) return false
      } else if (this.restriction?.size === 0) {
        this.preFilterRejection = this.#nothingLeft(enabled.name)
        return false
      }
    }
    return this.preFilterRejection === 0
  }

  /** The plugins have restricted the search to nodes of which none is left. */
  #nothingLeft(plugin: string): RejectionId {
    const names = [...this.restrictedBy].sort()
    const text =
      names.length === 1
        ? `node(s) didn't satisfy plugin ${names[0]}`
        : `node(s) didn't satisfy plugin(s) [${names.join(' ')}] simultaneously`
    return this.#settings.rejections.id(plugin, Code.UnschedulableAndUnresolvable, text)
  }

  #search(): void {
    const { order, snapshot, percentageOfNodesToScore } = this.#settings
    const nominated = this.#nominatedNode()
    if (nominated !== NONE && this.#nodes.passes(nominated)) {
      this.feasible.ensure(snapshot.rows)
      this.feasible.ids[0] = nominated
      this.feasible.length = 1
      return
    }
    let ids = order.ids()
    let count = order.count
    if (this.restriction !== undefined) {
      ids = this.#restricted(this.restriction)
      count = ids.length
    }
    if (count === 0) return
    const wanted = nodesToFind(percentageOfNodesToScore, count)
    // A restricted search starts within its few nodes but moves the index on among all.
    this.#nodes.find({ ids, count, start: order.searchStart % count, wanted }, this.feasible)
    order.searchStart = (order.searchStart + this.examined) % order.count
  }

  #nominatedNode(): NodeId | typeof NONE {
    const node = this.snapshot.state.pods.nominatedNode[this.pod] as NodeId
    if (node === NONE || this.snapshot.known[node] !== 1) return NONE
    return this.restriction === undefined || this.restriction.has(this.snapshot.nameOf(node)) ? node : NONE
  }

  /** The nodes of these names, in the order of the search. */
  #restricted(names: ReadonlySet<string>): Int32Array {
    const nodes: NodeId[] = []
    for (const name of names) {
      const node = this.snapshot.find(name)
      if (node !== undefined) nodes.push(node)
    }
    return Int32Array.from(this.#settings.order.sort(nodes))
  }

  #runPostFilters(): void {
    const { profile, rejections, order } = this.#settings
    if (this.preFilterRejection !== 0) this.#rejectAll(order.ids(), order.count)
    const failure: CycleFailure = {
      nodeCount: order.count,
      nodes: this.rejected,
      codeOf: node => rejections.get(this.rejected.reason[node] as RejectionId).code,
      versions: this.#nodes.versions(),
      passes: row => this.#nodes.passes(row),
      addToOverlay: other => this.#nodes.addToOverlay(other),
      removeFromOverlay: other => this.#nodes.removeFromOverlay(other),
    }
    const messages: string[] = []
    let clears = false
    for (const { plugin } of profile.at.postFilter) {
      const result = plugin.postFilter?.(this, failure)
      if (result === undefined) continue
      if (result.nominatedNode !== undefined || result.failed === true) {
        this.postFilter = result
        return
      }
      if (result.message !== '') messages.push(result.message)
      clears ||= result.clearsNomination ?? false
    }
    this.postFilter = { message: messages.join(', '), ...(clears ? { clearsNomination: true } : {}) }
  }

  /** A rejection of the pod as a whole is one of every node, for those who ask node by node. */
  #rejectAll(ids: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      this.rejected.ids[i] = ids[i]
      this.rejected.reason[ids[i]] = this.preFilterRejection
    }
    this.rejected.length = count
  }

  #pickBest(): void {
    const { tieBreak, ranks } = this.#settings
    const nodes = this.feasible
    const length = nodes.length
    this.scored = true
    this.#scores.run(this, nodes, this.watcher)
    const { totals } = this.#scores
    let best = totals[0]
    let ties = 1
    for (let i = 1; i < length; i++) {
      if (totals[i] > best) {
        best = totals[i]
        ties = 1
      } else if (totals[i] === best) ties++
    }
    if (ties > 1 && ranks !== undefined) {
      this.node = ranks.firstOf(nodes, totals, best)
      return
    }
    if (ties > 1 && tieBreak === undefined) {
      this.node = nodes.ids[topOfHeap(totals, length, best)] as NodeId
      return
    }
    let choice = tieBreak === undefined || ties === 1 ? 0 : Math.floor(tieBreak(this.pod) * ties)
    for (let i = 0; i < length; i++) {
      if (totals[i] === best && choice-- === 0) {
        this.node = nodes.ids[i] as NodeId
        return
      }
    }
  }
}

/**
 * Where the node on top of upstream's heap of scores stood in the list. Building a heap moves a node up only past
 * worse ones and the left child before an equal right one, so that of equals the first in preorder gets to the top.
 */
function topOfHeap(totals: Float64Array, length: number, best: number): number {
  let i = 0
  while (totals[i] !== best) {
    if (2 * i + 1 < length) {
      i = 2 * i + 1
      continue
    }
    // Up to the next left child with a sibling: odd places are left children.
    while (i % 2 === 0 || i + 1 === length) i = (i - 1) >> 1
    i++
  }
  return i
}
