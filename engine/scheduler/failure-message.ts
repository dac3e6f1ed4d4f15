import type { NodeList } from './framework/node-list.js'
import type { RejectionId, Rejections } from './framework/status.js'

/** What a failed cycle knows about why. */
export interface Diagnosis {
  /** All nodes of the cluster. */
  readonly nodeCount: number
  /** Set when PreFilter rejected the pod as a whole. */
  readonly preFilter: RejectionId | 0
  /** Examined and rejected nodes. */
  readonly rejected: NodeList
  /** Plugins that restricted the search to named nodes: the others count as theirs. */
  readonly restrictedBy: readonly string[]
  readonly postFilterMessage: string
}

/**
 * The text of the PodScheduled=False condition: how many nodes there are, then each reason with the number of nodes
 * it holds for, in order of text, then what PostFilter says.
 *
 * Upstream: FitError of pkg/scheduler/framework/types.go (1.36).
 * Simplified: nothing known.
 */
export function failureMessage(diagnosis: Diagnosis, rejections: Rejections): string {
  const { nodeCount, preFilter, postFilterMessage } = diagnosis
  const message =
    preFilter === 0
      ? availability(nodeCount, reasonCounts(diagnosis, rejections))
      : `0/${nodeCount} nodes are available: ${rejections.get(preFilter).reasons.join(', ')}.`
  return postFilterMessage === '' ? message : `${message} ${postFilterMessage}`
}

/** The first half of the text: how many nodes, and each reason with the nodes it holds for, in order of text. */
export function availability(nodeCount: number, counts: ReadonlyMap<string, number>): string {
  const reasons = [...counts].map(([reason, nodes]) => `${nodes} ${reason}`).sort()
  return `0/${nodeCount} nodes are available${reasons.length > 0 ? `: ${reasons.join(', ')}.` : ''}`
}

/** Counts every reason of the rejections of a list of nodes. */
export function countReasons(
  nodes: Int32Array,
  length: number,
  reason: Int32Array,
  reasonsOf: (id: RejectionId) => readonly string[],
): Map<string, number> {
  const byRejection = new Map<RejectionId, number>()
  let begin = 0
  for (let i = 1; i <= length; i++) {
    const id = reason[nodes[begin]] as RejectionId
    // Neighbours mostly have the same, so that runs are counted instead of nodes.
    if (i < length && reason[nodes[i]] === id) continue
    byRejection.set(id, (byRejection.get(id) ?? 0) + i - begin)
    begin = i
  }
  const counts = new Map<string, number>()
  for (const [id, count] of byRejection) {
    for (const text of reasonsOf(id)) counts.set(text, (counts.get(text) ?? 0) + count)
  }
  return counts
}

function reasonCounts(
  { nodeCount, rejected, restrictedBy }: Diagnosis,
  rejections: Rejections,
): Map<string, number> {
  const { ids, length, reason } = rejected
  const counts = countReasons(ids, length, reason, id => rejections.get(id).reasons)
  const absent = nodeCount - length
  if (absent > 0 && restrictedBy.length > 0) {
    counts.set(`node(s) didn't satisfy plugin(s) [${[...restrictedBy].sort().join(' ')}]`, absent)
  }
  return counts
}
