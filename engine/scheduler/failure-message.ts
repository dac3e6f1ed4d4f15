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
  let message = `0/${nodeCount} nodes are available`
  if (preFilter !== 0) message += `: ${rejections.get(preFilter).reasons.join(', ')}.`
  else {
    const histogram = reasonHistogram(diagnosis, rejections)
    if (histogram.length > 0) message += `: ${histogram.join(', ')}.`
  }
  return postFilterMessage === '' ? message : `${message} ${postFilterMessage}`
}

function reasonHistogram({ nodeCount, rejected, restrictedBy }: Diagnosis, rejections: Rejections): string[] {
  const counts = new Map<string, number>()
  const count = (reason: string, nodes: number): void => {
    counts.set(reason, (counts.get(reason) ?? 0) + nodes)
  }
  const byRejection = new Map<RejectionId, number>()
  for (let i = 0; i < rejected.length; i++) {
    const id = rejected.reason[rejected.ids[i]] as RejectionId
    byRejection.set(id, (byRejection.get(id) ?? 0) + 1)
  }
  for (const [id, nodes] of byRejection) for (const reason of rejections.get(id).reasons) count(reason, nodes)
  const absent = nodeCount - rejected.length
  if (absent > 0 && restrictedBy.length > 0) {
    count(`node(s) didn't satisfy plugin(s) [${[...restrictedBy].sort().join(' ')}]`, absent)
  }
  return [...counts].map(([reason, nodes]) => `${nodes} ${reason}`).sort()
}
