/**
 * What becomes of a node to come when all pods are placed: what DaemonSets ask for is added, its types are put in order
 * of price and cut to the number a launch can name; and what its NodeClaim says then.
 * Upstream: FinalizeScheduling and RemoveInstanceTypeOptionsByPriceAndMinValues of nodeclaim.go, ToNodeClaim of
 * nodeclaimtemplate.go and Truncate of pkg/cloudprovider/types.go, Karpenter core 1.15.
 * Simplified: where a label may have any of several values, the node gets the first by name; upstream takes any.
 */
import type { Labels } from '../../model/pod-spec.js'
import {
  capacityTypeOf,
  checkMinValues,
  compatibleOfferings,
  type InstanceType,
  orderByPrice,
  reservationOf,
  worstLaunchPrice,
} from './instance-type.js'
import type { OpenClaim } from './open-claim.js'
import { RECKONING_LABELS } from './pool-template.js'
import { Requirement } from './requirement.js'
import { Requirements } from './requirements.js'
import { addAmounts } from './scheduling-pod.js'
import type { NewClaim } from './scheduling-result.js'
import { CAPACITY_TYPE, CapacityType, HOSTNAME, INSTANCE_TYPE, RESERVATION_ID } from './well-known-labels.js'

/** How many instance types a launch can name. */
export const MAX_INSTANCE_TYPES = 600

export function finishClaim(open: OpenClaim): NewClaim {
  const { plan, pods, types, reserved } = open
  const requirements = open.requirements.copy()
  // The name stood for the node in topologies only.
  requirements.delete(HOSTNAME)
  if (reserved.length > 0) {
    requirements.replace(Requirement.in(CAPACITY_TYPE, [CapacityType.Reserved]))
    requirements.add(Requirement.in(RESERVATION_ID, reserved.map(reservationOf)))
  }
  const requests = new Map(open.requests)
  addAmounts(requests, plan.leastOverhead(types))
  const ordered = orderByPrice(plan.typesOf(types), requirements, plan.catalog.wellKnown)
  return {
    pool: plan.pool,
    pods,
    instanceTypes: ordered.slice(0, MAX_INSTANCE_TYPES),
    requirements,
    requests,
    isMinValuesRelaxed: open.isMinValuesRelaxed,
  }
}

/** The labels of which the claim's types have too few different values. */
export function missingMinValues({ instanceTypes, requirements }: NewClaim): readonly string[] {
  return requirements.hasMinValues ? [...checkMinValues(instanceTypes, requirements).missing.keys()] : []
}

/**
 * The claim with the types only that are sure to cost less, whichever of their offerings is launched.
 * @param requirements those under which it would be launched
 */
export function cheaperThan(
  claim: NewClaim,
  requirements: Requirements,
  maxPrice: number,
  wellKnown: ReadonlySet<string>,
): NewClaim {
  const instanceTypes = claim.instanceTypes.filter(
    type => worstLaunchPrice(type, requirements, wellKnown) < maxPrice,
  )
  return { ...claim, instanceTypes }
}

/** What the NodeClaim asks of the cloud: the types by name and the capacity types that can be launched. */
export function launchRequirements(claim: NewClaim, wellKnown: ReadonlySet<string>): Requirements {
  const requirements = claim.requirements.copy()
  const { minValues } = requirements.get(INSTANCE_TYPE)
  const names = claim.instanceTypes.map(({ name }) => name)
  requirements.add(Requirement.in(INSTANCE_TYPE, names, minValues))
  const capacityTypes = new Set(
    claim.instanceTypes.flatMap(type => capacityTypesOf(type, requirements, wellKnown)),
  )
  if (capacityTypes.size > 0) requirements.add(Requirement.in(CAPACITY_TYPE, capacityTypes))
  for (const key of RECKONING_LABELS) requirements.delete(key)
  return requirements
}

/** Labels of the NodeClaim: those of the pool, and own labels that its requirements settle. */
export function launchLabels(claim: NewClaim, wellKnown: ReadonlySet<string>): Labels {
  const labels: Record<string, string> = { ...claim.pool.labels }
  for (const requirement of claim.requirements) {
    const { key } = requirement
    if (wellKnown.has(key) || key === HOSTNAME || RECKONING_LABELS.has(key)) continue
    const value = requirement.isComplement ? freeValue(requirement) : requirement.sortedValues()[0]
    if (value !== undefined) labels[key] = value
  }
  return labels
}

function capacityTypesOf(
  { offerings }: InstanceType,
  requirements: Requirements,
  wellKnown: ReadonlySet<string>,
): string[] {
  const available = offerings.filter(({ isAvailable }) => isAvailable)
  return compatibleOfferings(available, requirements, wellKnown).map(capacityTypeOf)
}

/** Some number that the requirement allows. */
function freeValue({ bounds }: Requirement): string {
  return `${bounds.atLeast ?? Math.min(0, bounds.atMost ?? 0)}`
}
