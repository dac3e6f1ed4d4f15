/**
 * Whether nodes can go because their pods find room elsewhere, or on one cheaper node in their place.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/consolidation.go and
 * RemoveInstanceTypeOptionsByPriceAndMinValues of pkg/controllers/provisioning/scheduling/nodeclaim.go.
 * Simplified: nothing known.
 */
import { byCodeUnits } from '../../model/resource-list.js'
import { isWorthIt, type PoolTotals, priceOf } from './balanced-score.js'
import type { Candidate } from './disruption-candidate.js'
import type { DisruptionCommand } from './disruption-command.js'
import { missingMinValues, cheaperThan as withTypesBelow } from './finished-claim.js'
import { checkMinValues, compatibleOfferings, type InstanceType, orderByPrice } from './instance-type.js'
import { type DisruptionView, simulateRemoval } from './removal-simulation.js'
import { Requirement } from './requirement.js'
import type { Requirements } from './requirements.js'
import type { NewClaim } from './scheduling-result.js'
import { CAPACITY_TYPE, CapacityType } from './well-known-labels.js'

export type Consolidation = DisruptionCommand<NewClaim>

/** How many cheaper types one spot node must leave the choice of; no more than these are launched from. */
const LEAST_SPOT_TYPES = 15

export interface ConsolidationContext extends DisruptionView {
  /** The gate SpotToSpotConsolidation. */
  readonly spotToSpot: boolean
  readonly wellKnown: ReadonlySet<string>
  readonly totals: ReadonlyMap<string, PoolTotals>
  /** Told of every replacement that would be cheaper, whatever becomes of it. */
  readonly proposed?: (move: Consolidation) => void
}

/** The move, or in a sentence why there is none; an empty one if upstream says nothing. */
export function consolidate(
  candidates: readonly Candidate[],
  context: ConsolidationContext,
): Consolidation | string {
  const removal = simulateRemoval(candidates, context, true)
  if (removal === undefined) return ''
  const { claims, placements, obstacle } = removal
  if (obstacle !== undefined) return obstacle
  if (claims.length === 0) return { candidates, replacements: [], placements }
  if (claims.length > 1) return `Can't remove without creating ${claims.length} candidates`
  const [claim] = claims
  const { wellKnown } = context
  const instanceTypes = orderByPrice(claim.instanceTypes, claim.requirements, wellKnown)
  const ordered = { ...claim, instanceTypes }
  const capacityType = claim.requirements.get(CAPACITY_TYPE)
  const areAllSpot = candidates.every(candidate => candidate.capacityType === CapacityType.Spot)
  const isSpotToSpot = areAllSpot && capacityType.has(CapacityType.Spot)
  const replacement = isSpotToSpot
    ? fromSpotToSpot(candidates, ordered, context)
    : fromOnDemand(candidates, ordered, wellKnown)
  if (typeof replacement === 'string') return replacement
  const move = { candidates, replacements: [replacement], placements }
  context.proposed?.(move)
  return move
}

/** What the move saves an hour, if the first type of a replacement is launched where it is cheapest. */
export function savingsOf(
  { candidates, replacements }: Consolidation,
  wellKnown: ReadonlySet<string>,
): number {
  let savings = priceOf(candidates)
  for (const { instanceTypes, requirements } of replacements) {
    const [first] = instanceTypes
    const prices = first === undefined ? [] : launchPrices(first, requirements, wellKnown)
    if (prices.length > 0) savings -= Math.min(...prices)
  }
  return savings
}

/** Whether every balanced pool agrees to the move. */
export function isApproved(move: Consolidation, { totals, wellKnown }: ConsolidationContext): boolean {
  return isWorthIt(move.candidates, savingsOf(move, wellKnown), totals)
}

/** The claim with the types that cost less than so much however they are launched, or why there are none. */
export function cheaperThan(
  claim: NewClaim,
  price: number,
  wellKnown: ReadonlySet<string>,
): NewClaim | string {
  const cheaper = withTypesBelow(claim, claim.requirements, price, wellKnown)
  const missing = [...missingMinValues(cheaper)].sort(byCodeUnits).join(' ')
  if (missing !== '') {
    return `Filtering by price: minValues requirement is not met for label(s) (label(s)=[${missing}])`
  }
  return cheaper.instanceTypes.length === 0 ? "Can't replace with a cheaper node" : cheaper
}

function fromOnDemand(
  candidates: readonly Candidate[],
  claim: NewClaim,
  wellKnown: ReadonlySet<string>,
): NewClaim | string {
  const cheaper = cheaperThan(claim, priceOf(candidates), wellKnown)
  if (typeof cheaper === 'string') return cheaper
  const capacityType = claim.requirements.get(CAPACITY_TYPE)
  // The types are cheaper on the assumption that spot is launched, so nothing else may be.
  const isMixed = capacityType.has(CapacityType.Spot) && capacityType.has(CapacityType.OnDemand)
  return isMixed ? onlySpot(cheaper) : cheaper
}

function fromSpotToSpot(
  candidates: readonly Candidate[],
  claim: NewClaim,
  { spotToSpot, wellKnown }: ConsolidationContext,
): NewClaim | string {
  if (!spotToSpot) return "SpotToSpotConsolidation is disabled, can't replace a spot node with a spot node"
  const spot = onlySpot(claim)
  const instanceTypes = spot.instanceTypes.filter(
    type => launchPrices(type, spot.requirements, wellKnown).length > 0,
  )
  const cheaper = cheaperThan({ ...spot, instanceTypes }, priceOf(candidates), wellKnown)
  if (typeof cheaper === 'string') return cheaper
  if (candidates.length > 1) return cheaper
  const found = cheaper.instanceTypes.length
  if (found < LEAST_SPOT_TYPES) {
    return (
      `SpotToSpotConsolidation requires ${LEAST_SPOT_TYPES} cheaper instance type options than the current ` +
      `candidate to consolidate, got ${found}`
    )
  }
  // With more to choose from, the node launched might be consolidated again at once.
  const { neededTypes } = checkMinValues(cheaper.instanceTypes, cheaper.requirements)
  const most = cheaper.requirements.hasMinValues ? Math.max(LEAST_SPOT_TYPES, neededTypes) : LEAST_SPOT_TYPES
  return { ...cheaper, instanceTypes: cheaper.instanceTypes.slice(0, most) }
}

function onlySpot(claim: NewClaim): NewClaim {
  const requirements = claim.requirements.copy()
  requirements.add(Requirement.in(CAPACITY_TYPE, [CapacityType.Spot]))
  return { ...claim, requirements }
}

function launchPrices(
  { offerings }: InstanceType,
  requirements: Requirements,
  wellKnown: ReadonlySet<string>,
): number[] {
  const available = offerings.filter(({ isAvailable }) => isAvailable)
  return compatibleOfferings(available, requirements, wellKnown).map(({ price }) => price)
}
