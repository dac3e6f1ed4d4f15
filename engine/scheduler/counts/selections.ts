import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { AttachedColumn } from '../../state/table.js'
import type { Snapshot } from '../framework/snapshot.js'
import { Anchored, type Population, type Populations } from './population.js'
import { Selection, type SelectionRule } from './selection.js'

/** Numbers kept for all selections together: 64 MiB. */
const MOST_NUMBERS = 16 * 2 ** 20
/** So many selections are kept in any case. */
const LEAST_SELECTIONS = 64

/**
 * Everything that is being counted. A rule asked for the first time is counted once over the pods it selects; from
 * then on it is kept. When there are too many, the half that has not been asked for longest is given up.
 *
 * Upstream: nothing of the kind; a way of counting what podtopologyspread and interpodaffinity (1.36) count anew.
 * Simplified: nothing known.
 */
export class Selections {
  readonly #snapshot: Snapshot
  readonly #populations: Populations
  readonly #mostNumbers: number
  readonly #selections = new Map<string, Selection>()
  readonly #anchored = new Anchored<Selection>()
  /** 1 for a pod that was not being deleted when it was counted. */
  readonly #live: AttachedColumn<Uint8Array>
  #clock = 0
  #rows: number
  /** Counts up whenever selections have been given up: those found before must be asked for again. */
  epoch = 0

  constructor(snapshot: Snapshot, populations: Populations, mostNumbers = MOST_NUMBERS) {
    this.#snapshot = snapshot
    this.#populations = populations
    this.#mostNumbers = mostNumbers
    this.#rows = snapshot.rows
    this.#live = snapshot.state.pods.attach(Uint8Array, 0)
  }

  all(): Iterable<Selection> {
    return this.#selections.values()
  }

  ensure(rows: number): void {
    this.#rows = rows
    for (const selection of this.#selections.values()) selection.ensure(rows)
  }

  find(rule: SelectionRule): Selection {
    let selection = this.#selections.get(rule.key)
    if (selection === undefined) {
      this.#makeRoom()
      selection = new Selection(rule, this.#rows)
      this.#selections.set(rule.key, selection)
      this.#anchored.add(rule.anchor, selection)
      this.#count(selection)
    }
    this.touch(selection)
    return selection
  }

  /** Keeps a selection from being given up soon. */
  touch(selection: Selection): void {
    selection.usedAt = ++this.#clock
  }

  add(pod: PodId, population: Population, node: NodeId): void {
    const live = this.#snapshot.state.pods.isTerminating(pod) ? 0 : 1
    this.#live.values[pod] = live
    this.#addAll(population, node, live, 1)
  }

  /** The pod is being deleted: it leaves the selections of live pods, once. */
  terminate(pod: PodId, population: Population, node: NodeId): void {
    if (this.#live.values[pod] === 0) return
    this.#live.values[pod] = 0
    const selections = this.#selecting(population)
    for (let i = 0; i < selections.length; i++) if (selections[i].rule.liveOnly) selections[i].add(node, -1)
  }

  remove(pod: PodId, population: Population, node: NodeId): void {
    this.#addAll(population, node, this.#live.values[pod], -1)
  }

  /** Gives up everything: what rules select may have changed. */
  clear(): void {
    this.#selections.clear()
    this.#anchored.clear()
    this.epoch++
  }

  #addAll(population: Population, node: NodeId, live: number, pods: 1 | -1): void {
    const selections = this.#selecting(population)
    for (let i = 0; i < selections.length; i++) {
      if (live === 1 || !selections[i].rule.liveOnly) selections[i].add(node, pods)
    }
  }

  #selecting(population: Population): readonly Selection[] {
    if (population.selectedAt !== this.epoch) {
      population.selectedAt = this.epoch
      population.selections = []
      this.#anchored.visit(population.labels, selection => {
        if (selection.rule.matches(population.labels, population.namespace)) {
          population.selections.push(selection)
        }
      })
    }
    return population.selections
  }

  /** Counts the pods that are on nodes already. */
  #count(selection: Selection): void {
    const { rule, countOf } = selection
    const nodeOf = this.#snapshot.nodeOf.values
    const live = this.#live.values
    const next = this.#populations.next.values
    for (const population of this.#populations.anchoredAt(rule.anchor)) {
      if (!rule.matches(population.labels, population.namespace)) continue
      if (population.selectedAt === this.epoch) population.selections.push(selection)
      for (let pod: number = population.first; pod !== NONE; pod = next[pod]) {
        if (!rule.liveOnly || live[pod] === 1) countOf[nodeOf[pod]]++
      }
    }
  }

  #makeRoom(): void {
    const most = Math.max(LEAST_SELECTIONS, Math.floor(this.#mostNumbers / this.#rows))
    if (this.#selections.size < most) return
    const byUse = [...this.#selections.values()].sort((a, b) => b.usedAt - a.usedAt)
    const kept = byUse.slice(0, byUse.length >> 1)
    this.clear()
    for (const selection of kept) {
      this.#selections.set(selection.rule.key, selection)
      this.#anchored.add(selection.rule.anchor, selection)
    }
  }
}
