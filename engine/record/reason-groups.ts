/**
 * Sorts the message of an unscheduled pod into one of a few groups, so that pending pods can be counted by reason in
 * columns that never change. A message that names several reasons counts for the one that rejected most nodes.
 * Upstream: the texts are those of FitError in pkg/scheduler/framework/types.go and of the in-tree plugins (1.36).
 * Simplified: nothing known; a text no rule knows is in the group `other`.
 */

export interface ReasonGroup {
  /** As used in column and metric names. */
  readonly name: string
  readonly about: string
}

interface Rule extends ReasonGroup {
  /** Matches the reason without its count of nodes. */
  readonly pattern: RegExp
}

const RULES: readonly Rule[] = [
  { name: 'waiting', about: 'not tried yet, or tried without a verdict', pattern: /^$/ },
  {
    name: 'insufficient_resources',
    about: 'too little of a resource, or no free pod slot, on most nodes',
    pattern: /^(Insufficient |Too many pods)/,
  },
  {
    name: 'taints',
    about: 'taints not tolerated, or nodes cordoned',
    pattern: /untolerated taint|were unschedulable/,
  },
  {
    name: 'pod_affinity',
    about: 'affinity or anti-affinity to other pods',
    pattern: /pod affinity|anti-affinity/i,
  },
  {
    name: 'node_affinity',
    about: 'node selector, node affinity or a node name that no node satisfies',
    pattern: /node affinity|node selector|requested node name/i,
  },
  { name: 'topology_spread', about: 'topology spread constraints', pattern: /topology spread/i },
  { name: 'host_ports', about: 'host ports taken', pattern: /free ports/ },
  {
    name: 'volumes',
    about: 'volumes: claims not bound, zones, attach limits',
    pattern: /volume|persistent|disk conflict/i,
  },
  { name: 'scheduling_gates', about: 'held back by scheduling gates', pattern: /scheduling gates/i },
  {
    name: 'no_nodes',
    about: 'the cluster has no node at all',
    pattern: /no nodes available|^0\/0 nodes are available/,
  },
  { name: 'other', about: 'any other reason', pattern: /^/ },
]

/** The groups in the order of the columns. */
export const REASON_GROUPS: readonly ReasonGroup[] = RULES

const FIT_ERROR = /^0\/\d+ nodes are available: (.*?)\.(?: |$)/s
const COUNTED = /^(\d+) (.*)$/s

/** The position in {@link REASON_GROUPS} of the group a message belongs to. */
export function reasonGroupOf(message: string): number {
  const fit = FIT_ERROR.exec(message)
  return groupOfReason(fit === null ? message : mostFrequent(fit[1]))
}

/** The reason with the highest count; of equal counts the first, which is also the first in upstream's order. */
function mostFrequent(reasons: string): string {
  let best = reasons
  let bestCount = 0
  for (const part of reasons.split(/, (?=\d+ )/)) {
    const counted = COUNTED.exec(part)
    if (counted === null || Number(counted[1]) <= bestCount) continue
    bestCount = Number(counted[1])
    best = counted[2]
  }
  return best
}

function groupOfReason(reason: string): number {
  return RULES.findIndex(({ pattern }) => pattern.test(reason))
}
