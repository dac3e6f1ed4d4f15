import type { KeyedDraws } from '../kernel/rng.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { NodeId } from '../state/ids.js'
import type { NodeList } from './framework/node-list.js'

/**
 * A random order of all nodes that stays for a whole run and depends on the seed alone: of equally good nodes the
 * first one is taken every time, so that equal nodes fill one after another.
 *
 * Upstream: none in kube-scheduler, which draws anew for every pod; the patched scheduler of the FGD paper's
 * simulator takes the smallest of randomly prefixed names.
 * Simplified: nothing known.
 */
export class NodeRanks {
  readonly #state: ClusterState
  readonly #draws: KeyedDraws
  /** By node: its place, and the number of the node that the place is for. */
  #rank = new Float64Array(0)
  #uid = new Float64Array(0)

  constructor(state: ClusterState, draws: KeyedDraws) {
    this.#state = state
    this.#draws = draws
  }

  /** The first in the order of the nodes whose total is `best`; there is at least one. */
  firstOf({ ids, length }: NodeList, totals: Float64Array, best: number): NodeId {
    let first = -1
    let firstRank = Infinity
    for (let i = 0; i < length; i++) {
      if (totals[i] !== best) continue
      const rank = this.#rankOf(ids[i])
      if (first >= 0 && rank >= firstRank) continue
      first = ids[i]
      firstRank = rank
    }
    return first as NodeId
  }

  #rankOf(node: number): number {
    const uid = this.#state.nodes.uid[node]
    if (node >= this.#rank.length) this.#grow()
    if (this.#uid[node] !== uid) {
      this.#uid[node] = uid
      this.#rank[node] = this.#draws.at(uid)
    }
    return this.#rank[node]
  }

  #grow(): void {
    const rank = new Float64Array(this.#state.nodes.capacity)
    rank.set(this.#rank)
    this.#rank = rank
    const uid = new Float64Array(rank.length).fill(-1)
    uid.set(this.#uid)
    this.#uid = uid
  }
}
