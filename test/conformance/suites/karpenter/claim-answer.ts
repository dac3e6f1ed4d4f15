import { launchRequirements } from '../../../../engine/autoscaler/karpenter/finished-claim.js'
import type { WrittenRequirement } from '../../../../engine/autoscaler/karpenter/requirement.js'
import type { NewClaim } from '../../../../engine/autoscaler/karpenter/scheduling-result.js'
import { INSTANCE_TYPE } from '../../../../engine/autoscaler/karpenter/well-known-labels.js'

/** A node to be made as recordings write it. */
export interface ClaimAnswer {
  readonly instanceTypes: readonly string[]
  readonly nodePool: string
  /** In the order in which they were placed. */
  readonly pods: readonly string[]
  readonly requests: Readonly<Record<string, number>>
  readonly requirements: Readonly<Record<string, unknown>>
}

export function claimAnswer(claim: NewClaim, wellKnown: ReadonlySet<string>): ClaimAnswer {
  return {
    instanceTypes: claim.instanceTypes.map(({ name }) => name),
    nodePool: claim.pool.name,
    pods: claim.pods.map(({ name }) => name),
    requests: Object.fromEntries(claim.requests),
    requirements: requirementsOf(claim, wellKnown),
  }
}

/** By key; the recordings list the instance types by name apart, and their key only for its `minValues`. */
function requirementsOf(claim: NewClaim, wellKnown: ReadonlySet<string>): Record<string, unknown> {
  const byKey = new Map<string, object[]>()
  for (const { key, ...rest } of launchRequirements(claim, wellKnown).written()) {
    if (key === INSTANCE_TYPE && rest.minValues === undefined) continue
    const shown: Omit<WrittenRequirement, 'key'> =
      key === INSTANCE_TYPE ? { ...rest, values: undefined } : rest
    byKey.set(key, [...(byKey.get(key) ?? []), shown])
  }
  return Object.fromEntries([...byKey].map(([key, shown]) => [key, shown.length === 1 ? shown[0] : shown]))
}
