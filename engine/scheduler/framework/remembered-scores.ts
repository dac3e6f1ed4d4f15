import type { TemplateId } from '../../state/ids.js'
import { NodeList } from './node-list.js'
import type { PodShape } from './pod-shape.js'
import type { Snapshot } from './snapshot.js'

/** Room for what is remembered, over all templates. */
const MAX_BYTES = 64 * 2 ** 20
const BYTES_PER_NODE = 6

/** What was worked out for the pods of one template, by node id. */
interface Memory {
  readonly template: TemplateId
  /** The version of the node's row that the score is for; versions count from 1. */
  readonly version: Int32Array
  readonly score: Int16Array
}

/** Scores each listed node by the pod and the row alone, in whole numbers below 32,768. */
export type ScoreRows = (shape: PodShape, nodes: NodeList, scores: Float64Array) => void

/**
 * Scores that follow from a template and a node's row alone, worked out again only for rows that have changed: between
 * two equal pods that is one node, not all. The first pod of a template is only noted, since many templates have no
 * second one.
 *
 * Upstream: none; kube-scheduler scores every node anew.
 * Simplified: nothing known.
 */
export class RememberedScores {
  readonly #scoreRows: ScoreRows
  readonly #byTemplate: (Memory | undefined)[] = []
  readonly #seen: boolean[] = []
  /** Templates that have a memory, in a ring; the oldest makes room. */
  readonly #ring: TemplateId[] = []
  #oldest = 0
  readonly #stale = new NodeList(64)
  #staleAt = new Int32Array(64)
  #staleScores = new Float64Array(64)

  constructor(scoreRows: ScoreRows) {
    this.#scoreRows = scoreRows
  }

  score(snapshot: Snapshot, shape: PodShape, nodes: NodeList, scores: Float64Array): void {
    const memory = this.#memoryOf(shape.templateId, snapshot.rows)
    if (memory === undefined) {
      this.#scoreRows(shape, nodes, scores)
      return
    }
    const { version, score } = memory
    const { rowVersion } = snapshot
    const { ids, length } = nodes
    this.#ensure(length)
    const stale = this.#stale.ids
    const staleAt = this.#staleAt
    let count = 0
    for (let i = 0; i < length; i++) {
      const node = ids[i]
      if (version[node] === rowVersion[node]) scores[i] = score[node]
      else {
        stale[count] = node
        staleAt[count++] = i
      }
    }
    if (count === 0) return
    this.#stale.length = count
    const fresh = this.#staleScores
    this.#scoreRows(shape, this.#stale, fresh)
    for (let j = 0; j < count; j++) {
      const node = stale[j]
      scores[staleAt[j]] = fresh[j]
      score[node] = fresh[j]
      version[node] = rowVersion[node]
    }
  }

  #memoryOf(template: TemplateId, rows: number): Memory | undefined {
    const known = this.#byTemplate[template]
    if (known !== undefined && known.version.length >= rows) return known
    if (!this.#seen[template]) {
      this.#seen[template] = true
      return undefined
    }
    const memory = { template, version: new Int32Array(rows), score: new Int16Array(rows) }
    if (known === undefined) this.#enter(template, rows)
    this.#byTemplate[template] = memory
    return memory
  }

  #enter(template: TemplateId, rows: number): void {
    const places = Math.max(1, Math.floor(MAX_BYTES / (BYTES_PER_NODE * rows)))
    if (this.#ring.length < places) {
      this.#ring.push(template)
      return
    }
    const at = this.#oldest % this.#ring.length
    this.#byTemplate[this.#ring[at]] = undefined
    this.#ring[at] = template
    this.#oldest = at + 1
  }

  #ensure(length: number): void {
    if (this.#staleAt.length >= length) return
    const capacity = Math.ceil(length * 1.5)
    this.#stale.ensure(capacity)
    this.#staleAt = new Int32Array(capacity)
    this.#staleScores = new Float64Array(capacity)
  }
}
