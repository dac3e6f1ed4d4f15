import {
  type DisruptionBudget,
  DisruptionBudgets,
  DisruptionReason,
} from '../../../engine/autoscaler/karpenter/disruption-budget.js'
import type { SchedulingPod } from '../../../engine/autoscaler/karpenter/scheduling-pod.js'
import type { SchedulingResult } from '../../../engine/autoscaler/karpenter/scheduling-result.js'
import { simulateScheduling } from '../../../engine/autoscaler/karpenter/scheduling-round.js'
import { ZONE } from '../../../engine/autoscaler/karpenter/well-known-labels.js'
import { microsecondsOf } from '../../support/autoscaler-rig.js'
import { type GivenKarpenter, karpenterCluster, schedulingPod } from '../../support/karpenter-case.js'
import { type Suite, suiteOfKinds } from '../suite.js'
import { claimAnswer } from './karpenter/claim-answer.js'
import { disrupt } from './karpenter/disrupt.js'
import type { GivenDisruption } from './karpenter/given-disruption.js'

interface GivenBudgets {
  readonly at: readonly string[]
  readonly budgets?: readonly DisruptionBudget[]
  readonly nodes: number
}

const kinds = suiteOfKinds('karpenter', {
  disrupt: (given: GivenDisruption, _, want) => disrupt(given, want),

  budget: ({ at, budgets = [], nodes }: GivenBudgets) => {
    const pool = new DisruptionBudgets(budgets)
    const reasons = Object.values(DisruptionReason)
    return {
      allowed: at.map(time =>
        Object.fromEntries(
          reasons.map(reason => [reason, pool.allowed(reason, nodes, microsecondsOf(time))]),
        ),
      ),
    }
  },
  provision: (given: GivenKarpenter, _context, want) => {
    const { result, wellKnown } = provision(given)
    const stable = stableFields(want)
    if (stable === undefined) return withoutEmpty(wholeAnswer(result, wellKnown))
    const entries = Object.entries(stablePart(result)).filter(([name]) => stable.includes(name))
    return { onlyStable: Object.fromEntries(entries) }
  },
})

/** Karpenter's disruption budgets, provisioning and consolidation. */
export const karpenterSuite: Suite = {
  name: kinds.name,
  run: (record, context) => {
    const isWhole = record['kind'] === 'provision' && stableFields(record['want']) === undefined
    return kinds.run(isWhole ? { ...record, want: withoutEmpty(record['want']) } : record, context)
  },
}

function provision(given: GivenKarpenter): { result: SchedulingResult; wellKnown: ReadonlySet<string> } {
  const pods = (given.pods ?? []).map(schedulingPod)
  const cluster = karpenterCluster(given, pods)
  const pending = pods.filter(({ nodeName, isPending }) => nodeName === undefined && isPending)
  const result = simulateScheduling(cluster, { pods: pending, insistsOnReservations: true })
  return { result, wellKnown: cluster.catalog.wellKnown }
}

function wholeAnswer(
  { claims, placements, errors }: SchedulingResult,
  wellKnown: ReadonlySet<string>,
): object {
  return {
    nodeClaims: claims.map(claim => claimAnswer(claim, wellKnown)),
    existing: Object.fromEntries(placements.map(({ node, pods }) => [node.name, pods.map(nameOf)])),
    unschedulable: [...errors.keys()].map(nameOf).sort(),
  }
}

/** What does not hang on which of several equal domains was taken. */
function stablePart({ claims, placements, errors }: SchedulingResult): Record<string, unknown> {
  const claimsPerPool: Record<string, number> = {}
  const podsPerZone = new Map<string, number>()
  for (const { pool, pods, requirements } of claims) {
    claimsPerPool[pool.name] = (claimsPerPool[pool.name] ?? 0) + 1
    const zone = requirements.get(ZONE).onlyValue ?? '*'
    podsPerZone.set(zone, (podsPerZone.get(zone) ?? 0) + pods.length)
  }
  return {
    claimsPerPool,
    existing: Object.fromEntries(placements.map(({ node, pods }) => [node.name, pods.map(nameOf)])),
    nodeClaimCount: claims.length,
    podsPerClaim: claims.map(({ pods }) => pods.length).sort((a, b) => a - b),
    podsPerZoneSorted: [...podsPerZone.values()].sort((a, b) => a - b),
    unschedulable: [...errors.keys()].map(nameOf).sort(),
    unschedulableCount: errors.size,
  }
}

/** What a recording says that came out differently from run to run; a field that it leaves out varied. */
function stableFields(want: unknown): string[] | undefined {
  const isPart = typeof want === 'object' && want !== null && 'onlyStable' in want
  return isPart ? Object.keys(want.onlyStable as object) : undefined
}

function nameOf({ name }: SchedulingPod): string {
  return name
}

/** In these recordings a missing list or map means an empty one. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const)
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
