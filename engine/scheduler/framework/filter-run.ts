import type { NodeId, PodId } from '../../state/ids.js'
import type { Cycle, SchedulerPlugin } from './interface.js'
import { NodeList } from './node-list.js'
import type { PodShape } from './pod-shape.js'
import type { Snapshot } from './snapshot.js'
import { isRejection, OK, type Rejection, type RejectionId, type Rejections, SKIP } from './status.js'

/** The plugins of a profile at the two points that decide what fits, in the profile's order. */
export interface FilterPlugins {
  readonly preFilter: readonly SchedulerPlugin[]
  readonly filter: readonly SchedulerPlugin[]
  readonly rejections: Rejections
}

/** Nodes asked in the first round of a search; each further round is twice as large. */
const FIRST_BATCH = 4

/**
 * The half of a scheduling cycle that decides whether a pod fits: PreFilter once for the pod, then Filter on the nodes
 * asked for. Nothing is scored, nominated or preempted. For those who ask about clusters that are not there.
 *
 * Upstream: RunPreFilterPlugins and RunFilterPlugins of pkg/scheduler/framework/runtime/framework.go (1.36).
 * Simplified: nothing known.
 */
export class FilterRun implements Cycle {
  pod = 0 as PodId
  countsAllNodes = false
  readonly snapshot: Snapshot
  readonly #plugins: FilterPlugins
  readonly #nodes = new NodeList(64)
  readonly #active: SchedulerPlugin[] = []
  #shape: PodShape | undefined
  #restriction: ReadonlySet<string> | undefined
  #verdict = 0

  constructor(snapshot: Snapshot, plugins: FilterPlugins) {
    this.snapshot = snapshot
    this.#plugins = plugins
  }

  get shape(): PodShape {
    return this.#shape as PodShape
  }

  restrictTo(nodeNames: ReadonlySet<string>): void {
    const before = this.#restriction
    this.#restriction =
      before === undefined ? nodeNames : new Set([...before].filter(name => nodeNames.has(name)))
  }

  /** Why the last node or pod asked about was rejected; undefined when a restriction to nodes was the reason. */
  get rejection(): Rejection | undefined {
    return this.#verdict === 0 ? undefined : this.#plugins.rejections.get(this.#verdict as RejectionId)
  }

  /** Looks at the pod as a whole; false when no node can take it. Ask about nodes only after true. */
  begin(pod: PodId): boolean {
    const { preFilter, filter } = this.#plugins
    this.pod = pod
    this.#shape = this.snapshot.shapes.of(pod)
    this.#restriction = undefined
    this.#verdict = 0
    const active = this.#active
    active.length = 0
    for (const plugin of filter) active.push(plugin)
    for (const plugin of preFilter) {
      const verdict = plugin.preFilter?.(this) ?? OK
      if (isRejection(verdict)) {
        this.#verdict = verdict
        return false
      }
      if (verdict === SKIP && active.includes(plugin)) active.splice(active.indexOf(plugin), 1)
      if (this.#isNowhere()) return false
    }
    return true
  }

  passes(node: NodeId): boolean {
    this.#verdict = 0
    if (!this.#isAllowed(node)) return false
    const list = this.#nodes
    list.ensure(this.snapshot.rows)
    list.ids[0] = node
    list.length = 1
    this.#filter(list)
    if (list.length === 0) this.#verdict = list.reason[node]
    return list.length === 1
  }

  /**
   * The place in `ids` of the first node that passes, asked in the order given from `start` on, round the end; -1 when
   * there is none. `ids` holds no node twice.
   */
  firstPassing(ids: Int32Array, count: number, start: number): number {
    const list = this.#nodes
    list.ensure(this.snapshot.rows)
    let size = FIRST_BATCH
    for (let done = 0; done < count; ) {
      let length = 0
      const from = done
      for (; done < count && length < size; done++) {
        const node = ids[(start + done) % count] as NodeId
        if (this.#isAllowed(node)) list.ids[length++] = node
      }
      list.length = length
      this.#filter(list)
      if (list.length > 0) {
        const found = list.ids[0]
        let at = from
        while (ids[(start + at) % count] !== found) at++
        return (start + at) % count
      }
      size *= 2
    }
    return -1
  }

  #isNowhere(): boolean {
    return this.#restriction?.size === 0
  }

  #isAllowed(node: NodeId): boolean {
    return this.#restriction?.has(this.snapshot.nameOf(node)) ?? true
  }

  #filter(list: NodeList): void {
    for (let i = 0; i < this.#active.length && list.length > 0; i++) this.#active[i].filter?.(this, list)
  }
}
