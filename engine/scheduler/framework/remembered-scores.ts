import { NodeList } from './node-list.js'
import type { PodShape } from './pod-shape.js'
import type { Snapshot } from './snapshot.js'
import { TemplateMemories, type TemplateMemory } from './template-memories.js'

const BYTES_PER_NODE = 6

interface Memory extends TemplateMemory {
  readonly score: Int16Array
}

/** Scores each listed node by the pod and the row alone, in whole numbers below 32,768. */
export type ScoreRows = (shape: PodShape, nodes: NodeList, scores: Float64Array) => void

/**
 * Scores that follow from a template and a node's row alone, worked out again only for rows that have changed: between
 * two equal pods that is one node, not all.
 *
 * Upstream: none; kube-scheduler scores every node anew.
 * Simplified: nothing known.
 */
export class RememberedScores {
  readonly #scoreRows: ScoreRows
  readonly #memories = new TemplateMemories<Memory>(BYTES_PER_NODE, rows => ({
    version: new Int32Array(rows),
    score: new Int16Array(rows),
  }))
  readonly #stale = new NodeList(64)
  #staleAt = new Int32Array(64)
  #staleScores = new Float64Array(64)

  constructor(scoreRows: ScoreRows) {
    this.#scoreRows = scoreRows
  }

  score(snapshot: Snapshot, shape: PodShape, nodes: NodeList, scores: Float64Array): void {
    const memory = this.#memories.of(shape.templateId, snapshot.rows)
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

  #ensure(length: number): void {
    if (this.#staleAt.length >= length) return
    const capacity = Math.ceil(length * 1.5)
    this.#stale.ensure(capacity)
    this.#staleAt = new Int32Array(capacity)
    this.#staleScores = new Float64Array(capacity)
  }
}
