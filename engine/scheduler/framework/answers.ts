import type { TemplateId } from '../../state/ids.js'
import type { NodeList } from './node-list.js'
import type { PodShape } from './pod-shape.js'
import type { RejectionId } from './status.js'

/** What a cell holds before its answer has been worked out. */
export const UNKNOWN = -1

/**
 * Answers about a pod and a node that depend on the pod's template and on one key of the node alone: its shape, or its
 * set of labels. Each is worked out once and then read from a row of integers.
 *
 * Upstream: none; kube-scheduler asks anew for every pod and node.
 * Simplified: nothing known.
 */
export class Answers {
  #rows: Int32Array[] = []

  /** The answers for a template by node key, {@link UNKNOWN} where there is none yet. */
  of(template: TemplateId, keys: number): Int32Array {
    const row = this.#rows[template]
    return row !== undefined && row.length >= keys ? row : this.#grow(template, row, keys)
  }

  #grow(template: TemplateId, row: Int32Array | undefined, keys: number): Int32Array {
    const grown = new Int32Array(Math.max(16, Math.ceil(keys * 1.5))).fill(UNKNOWN)
    if (row !== undefined) grown.set(row)
    this.#rows[template] = grown
    return grown
  }
}

/** Narrows the list by answers: 0 keeps a node, anything else is the rejection of it. */
export function keepByAnswer(
  nodes: NodeList,
  keyOf: Int32Array,
  answers: Int32Array,
  shape: PodShape,
  judge: (shape: PodShape, key: number) => RejectionId | 0,
): void {
  const { ids, reason, length } = nodes
  let kept = 0
  for (let i = 0; i < length; i++) {
    const node = ids[i]
    const key = keyOf[node]
    let answer = answers[key]
    if (answer === UNKNOWN) {
      answer = judge(shape, key)
      answers[key] = answer
    }
    if (answer === 0) ids[kept++] = node
    else reason[node] = answer
  }
  nodes.length = kept
}
