/**
 * Why no node pool can make a node for a pod: the first thing in each pool that stands in its way.
 * Upstream: the errors of addToNewNodeClaim and InstanceTypeFilterError of Karpenter core 1.15,
 * pkg/controllers/provisioning/scheduling (scheduler.go and nodeclaim.go).
 * Simplified: in own words; that topology stands in the way is concluded from nothing else doing so.
 */
import { toleratesAll } from './daemon-overhead.js'
import type { ResourceAmounts } from './instance-type.js'
import type { PodShape } from './pod-shape.js'
import type { PoolPlan } from './pool-plan.js'
import type { TypeSet } from './type-set.js'

export function whyNoPool(
  plans: readonly PoolPlan[],
  limitsLeft: ReadonlyMap<string, ResourceAmounts>,
  shape: PodShape,
): string {
  if (plans.length === 0) return 'the requirements of the node pools leave no instance type'
  const reasons = plans.map(plan => {
    const { name } = plan.pool
    return `node pool "${name}": ${whyNot(plan, limitsLeft.get(name), shape)}`
  })
  return reasons.join('; ')
}

function whyNot(plan: PoolPlan, left: ResourceAmounts | undefined, shape: PodShape): string {
  const { pool, catalog } = plan
  if (left?.get('nodes') === 0) return 'its limit of nodes is used up'
  const types = plan.within(left)
  if (types.isEmpty) return 'every instance type would exceed its limits'
  const taint = pool.taints.find(one => !toleratesAll(shape.spec, [one]))
  if (taint !== undefined) return `taint ${taint.key}=${taint.value ?? ''}:${taint.effect} is not tolerated`
  const conflict = pool.requirements.conflictWith(shape.requirements, catalog.wellKnown)
  if (conflict !== undefined) return `incompatible requirements, ${conflict}`
  return whyNoType(plan, types, shape)
}

/** The criteria that by themselves rule out all types; if none does, it is their combination or the topology. */
function whyNoType(plan: PoolPlan, types: TypeSet, shape: PodShape): string {
  const { catalog, pool } = plan
  const requirements = pool.requirements.copy()
  requirements.addAll(shape.requirements)
  const match = catalog.match(requirements)
  const { amounts, isForeign } = plan.planned(shape.requests)
  const roomy = isForeign ? undefined : plan.fitting(types, undefined, amounts)
  const offered = types.members().filter(type => hasRow(plan, match.rows, type))
  const failing: string[] = []
  if (types.intersection(match.compatible).isEmpty) failing.push('met the requirements')
  if (roomy === undefined || roomy.isEmpty) failing.push('had enough resources')
  if (offered.length === 0) failing.push('had a required offering')
  if (failing.length > 0) return `no instance type ${failing.join(' or ')}`
  const left = plan.fitting(types.intersection(match.types), match.rows, amounts)
  if (left.isEmpty)
    return 'no instance type met the requirements, had enough resources and a required offering'
  return 'topology, host ports or minValues leave no instance type'
}

function hasRow({ catalog }: PoolPlan, rows: TypeSet, type: number): boolean {
  for (let row = catalog.firstRow[type]; row < catalog.firstRow[type + 1]; row++)
    if (rows.has(row)) return true
  return false
}
