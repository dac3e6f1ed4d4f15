import { NONE, type NodeId, type PodId } from '../state/ids.js'
import type { Cycle, RowVersions, SchedulerPlugin } from './framework/interface.js'
import { NodeList } from './framework/node-list.js'
import type { Nominator } from './framework/nominator.js'
import { type NodeSearch, RememberedVerdicts } from './framework/remembered-verdicts.js'
import type { Snapshot } from './framework/snapshot.js'
import type { Profile } from './profile.js'

/** Smallest batch worth a round of filters. */
const MIN_BATCH = 32

interface FilterSettings {
  readonly profile: Profile
  readonly snapshot: Snapshot
  readonly nominator: Nominator
}

/**
 * Runs the filters of one cycle: over batches of nodes in search order, and over single rows for nominated pods and
 * dry runs. A search stops exactly where a sequential one would: it meets one feasible node more than it keeps.
 *
 * Upstream: findNodesThatPassFilters of pkg/scheduler/schedule_one.go and RunFilterPluginsWithNominatedPods of
 * pkg/scheduler/framework/runtime/framework.go (1.36).
 * Simplified: nothing known.
 */
export class CycleNodes {
  readonly #cycle: Cycle
  readonly #settings: FilterSettings
  readonly rejected = new NodeList(64)
  readonly #batch = new NodeList(64)
  readonly #single = new NodeList(1)
  readonly #verdicts: RememberedVerdicts
  #searched = new Int32Array(64)
  /** The filters that are not skipped in this cycle, and the plugins that follow pods put on the overlay. */
  readonly #active: SchedulerPlugin[] = []
  readonly #followers: SchedulerPlugin[] = []
  readonly #skipped: SchedulerPlugin[] = []
  #listed = false
  #followsRows = false

  constructor(cycle: Cycle, settings: FilterSettings) {
    this.#cycle = cycle
    this.#settings = settings
    this.#verdicts = new RememberedVerdicts(settings.snapshot, settings.nominator, {
      filter: nodes => this.#runFilters(nodes),
      passesWithNominated: node => this.#passesWithNominated(node),
    })
  }

  begin(): void {
    const { snapshot } = this.#settings
    const rows = snapshot.rows
    this.rejected.ensure(rows)
    this.#batch.ensure(rows)
    this.#batch.reason = this.rejected.reason
    this.#single.ensure(rows)
    this.#single.reason = this.rejected.reason
    if (this.#searched.length < rows) this.#searched = new Int32Array(this.#batch.ids.length)
    this.#skipped.length = 0
    this.#listed = false
  }

  /** Leaves a plugin out of the filters of this cycle. */
  skip(plugin: SchedulerPlugin): void {
    this.#skipped.push(plugin)
  }

  #list(): void {
    const { at } = this.#settings.profile
    const { shape } = this.#cycle
    this.#active.length = 0
    this.#followers.length = 0
    this.#followsRows = true
    for (const { plugin } of at.filter) {
      if (this.#skipped.includes(plugin)) continue
      this.#active.push(plugin)
      if (plugin.followsRow?.(shape) !== true) this.#followsRows = false
    }
    for (const { plugin } of at.preFilter) {
      if (plugin.addPod !== undefined && !this.#skipped.includes(plugin)) this.#followers.push(plugin)
    }
    this.#listed = true
  }

  /**
   * Searches nodes from a place on, round the end, until `wanted` of them passed and one more was met. Those that
   * passed go to `feasible`, the rejected ones before the end of the search to `rejected`.
   */
  find(search: NodeSearch, feasible: NodeList): void {
    feasible.ensure(this.#settings.snapshot.rows)
    // Pods that may go to one node only mostly have templates of their own.
    if (!this.#listed) this.#list()
    const memory = this.#followsRows && search.count > 1 ? this.#verdicts.of(this.#cycle) : undefined
    if (memory === undefined) this.#findAnew(search, feasible)
    else this.#verdicts.find(memory, this.#cycle, search, feasible, this.rejected)
  }

  #findAnew({ ids, count, start, wanted }: NodeSearch, feasible: NodeList): void {
    const batch = this.#batch
    const searched = this.#searched
    const batchIds = batch.ids
    let done = 0
    while (done < count && feasible.length <= wanted) {
      const size = Math.min(count - done, Math.max(wanted - feasible.length + 1, MIN_BATCH))
      for (let i = 0; i < size; i++) {
        let at = start + done + i
        if (at >= count) at -= count
        const node = ids[at]
        searched[i] = node
        batchIds[i] = node
      }
      batch.length = size
      this.#filter(batch, searched, size)
      if (this.#collect(searched, size, wanted, feasible)) return
      done += size
    }
  }

  /** Whether a row passes the filters, with the nominated pods of its node counted as present and without them. */
  passes(node: NodeId): boolean {
    const single = this.#single
    if (!this.#settings.nominator.isEmpty && !this.#passesWithNominated(node)) return false
    single.ids[0] = node
    single.length = 1
    this.#runFilters(single)
    return single.length === 1
  }

  /** See {@link CycleFailure.versions}. */
  versions(): RowVersions | undefined {
    const { snapshot, nominator } = this.#settings
    if (!this.#listed) this.#list()
    if (!this.#followsRows) return undefined
    nominator.ensure(snapshot.rows)
    const own = nominator.nodeOf(this.#cycle.pod) as NodeId
    return { rows: snapshot.rowVersion, nominations: nominator.versions, own }
  }

  /** Sorts one batch into feasible and rejected nodes; true at the end of the search. */
  #collect(searched: Int32Array, size: number, wanted: number, feasible: NodeList): boolean {
    const { ids, length } = this.#batch
    const { rejected } = this
    const passed = feasible.ids
    const turnedDown = rejected.ids
    let found = feasible.length
    let refused = rejected.length
    let kept = 0
    let isEnd = false
    for (let i = 0; i < size; i++) {
      const node = searched[i]
      if (kept < length && ids[kept] === node) {
        kept++
        if (found === wanted) {
          isEnd = true
          break
        }
        passed[found++] = node
      } else turnedDown[refused++] = node
    }
    feasible.length = found
    rejected.length = refused
    return isEnd
  }

  /** Filters the batch `searched[0..size)` that `nodes` holds, then again where pods are nominated. */
  #filter(nodes: NodeList, searched: Int32Array, size: number): void {
    const { nominator } = this.#settings
    this.#runFilters(nodes)
    if (nominator.isEmpty) return
    const { marks } = nominator
    for (let i = 0; i < size; i++) {
      const node = searched[i] as NodeId
      if (marks[node] === 1 && !this.#passesWithNominated(node)) takeOut(nodes, node)
    }
  }

  #runFilters(nodes: NodeList): void {
    if (!this.#listed) this.#list()
    const cycle = this.#cycle
    const active = this.#active
    for (let i = 0; i < active.length && nodes.length > 0; i++) active[i].filter?.(cycle, nodes)
  }

  /** Pods nominated to the node, and at least as important as this one, are put on the overlay with it. */
  #passesWithNominated(node: NodeId): boolean {
    const { snapshot, nominator } = this.#settings
    const cycle = this.#cycle
    const { pods } = snapshot.state
    const original = snapshot.original(node)
    const priority = pods.priority[cycle.pod]
    const present = nominator
      .podsOn(original)
      .filter(
        pod => pod !== cycle.pod && pods.priority[pod] >= priority && snapshot.nodeOf.values[pod] === NONE,
      )
    if (present.length === 0) return true
    const overlay = snapshot.overlay
    if (node !== overlay) snapshot.copyToOverlay(node)
    for (const pod of present) this.addToOverlay(pod)
    const single = this.#single
    single.ids[0] = overlay
    single.length = 1
    this.#runFilters(single)
    for (const pod of present) this.removeFromOverlay(pod)
    if (single.length === 1) return true
    if (node !== overlay) this.rejected.reason[node] = this.rejected.reason[overlay]
    return false
  }

  /** Counts a pod as present on the overlay row, for the amounts and for the plugins. */
  addToOverlay(pod: PodId): void {
    if (!this.#listed) this.#list()
    const { snapshot } = this.#settings
    snapshot.chargeOverlay(snapshot.shapes.of(pod), 1)
    for (const follower of this.#followers) follower.addPod?.(this.#cycle, pod, snapshot.overlay)
  }

  removeFromOverlay(pod: PodId): void {
    const { snapshot } = this.#settings
    snapshot.chargeOverlay(snapshot.shapes.of(pod), -1)
    for (const follower of this.#followers) follower.removePod?.(this.#cycle, pod, snapshot.overlay)
  }
}

/** Takes a node out of the list, if it is still there. */
function takeOut(nodes: NodeList, node: NodeId): void {
  const { ids, length } = nodes
  const at = ids.subarray(0, length).indexOf(node)
  if (at < 0) return
  ids.copyWithin(at, at + 1, length)
  nodes.length--
}
