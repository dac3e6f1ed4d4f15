/**
 * The ways in which Karpenter disrupts nodes, in the order in which they are tried: what is empty first, then what has
 * drifted, then many nodes at once, then one.
 * Upstream: Karpenter core 1.15, NewMethods of pkg/controllers/disruption/controller.go and validation.go.
 * Simplified: no static pools.
 */
import { type Consolidation, type ConsolidationContext, savingsOf } from '../consolidation.js'
import { consolidationOf, type Eligibility, emptinessOf } from '../consolidation-rules.js'
import { DisruptionReason } from '../disruption-budget.js'
import type { Candidate, DisruptionClass } from '../disruption-candidate.js'
import {
  type Allowances,
  commandText,
  commandTextFor,
  type MethodResult,
  takenWithin,
} from '../disruption-command.js'
import { replaceDrifted } from '../drift.js'
import { removeEmpty } from '../emptiness.js'
import { consolidateMany } from '../multi-node-consolidation.js'
import { simulateRemoval } from '../removal-simulation.js'
import type { NewClaim } from '../scheduling-result.js'
import { consolidateOne } from '../single-node-consolidation.js'
import type { DisruptionLook } from './disruption-look.js'
import type { KarpenterEvents } from './karpenter-events.js'

export interface Method {
  readonly reason: DisruptionReason
  readonly reach: DisruptionClass
  /** It is not tried again before something changes once it has found nothing. */
  readonly rests: boolean
  readonly ruleFor: (candidate: Candidate) => Eligibility
  readonly find: (
    candidates: readonly Candidate[],
    allowances: Allowances,
    look: Looking,
  ) => MethodResult<NewClaim>
  /** The command as it still holds some seconds later, or in a word why it does not. Absent: it is not asked. */
  readonly confirm?: (command: Consolidation, look: Looking) => Consolidation | string
}

/** A look, and what else a method needs. */
export interface Looking {
  readonly look: DisruptionLook
  readonly events: KarpenterEvents
  readonly spotToSpot: boolean
  readonly wellKnown: ReadonlySet<string>
}

const EMPTINESS: Method = {
  reason: DisruptionReason.Empty,
  reach: 'graceful',
  rests: true,
  ruleFor: emptinessOf,
  find: removeEmpty,
  confirm: (command, looking) => {
    const valid = stillEligible(EMPTINESS, command, looking)
    const { taken } = takenWithin(valid, looking.look.allowances(DisruptionReason.Empty))
    return taken.length === 0 ? 'churn' : { ...command, candidates: taken }
  },
}

const DRIFT: Method = {
  reason: DisruptionReason.Drifted,
  reach: 'eventual',
  rests: false,
  ruleFor: ({ claim }) => ({ isEligible: claim.driftedAt !== undefined }),
  find: (candidates, allowances, { look, events }) => ({
    command: replaceDrifted(candidates, allowances, look.view, (candidate, why) =>
      events.blocked(look.claimOf(candidate), why),
    ),
    isSettled: false,
  }),
}

const MULTI_NODE: Method = {
  reason: DisruptionReason.Underutilized,
  reach: 'graceful',
  rests: true,
  ruleFor: consolidationOf,
  find: (candidates, allowances, looking) => consolidateMany(candidates, allowances, contextOf(looking)),
  confirm: (command, looking) => confirmed(MULTI_NODE, command, looking),
}

const SINGLE_NODE: Method = {
  reason: DisruptionReason.Underutilized,
  reach: 'graceful',
  rests: true,
  ruleFor: consolidationOf,
  find: (candidates, allowances, looking) =>
    consolidateOne(candidates, allowances, contextOf(looking), (candidate, why) =>
      looking.events.unconsolidatable(looking.look.claimOf(candidate), why),
    ),
  confirm: (command, looking) => {
    const answer = confirmed(SINGLE_NODE, command, looking)
    if (typeof answer !== 'string') return answer
    const savings = savingsOf(command, looking.wellKnown)
    for (const candidate of command.candidates) {
      looking.events.rejected(looking.look.claimOf(candidate), commandText(command), answer, savings)
    }
    return answer
  },
}

export const METHODS: readonly Method[] = [EMPTINESS, DRIFT, MULTI_NODE, SINGLE_NODE]

/** The candidates that the method takes; what keeps others out is told. */
export function eligibleFor({ reach, ruleFor }: Method, { look, events }: Looking): Candidate[] {
  return look.candidates(reach).filter(candidate => {
    const { isEligible, unconsolidatable } = ruleFor(candidate)
    if (unconsolidatable !== undefined) events.unconsolidatable(look.claimOf(candidate), unconsolidatable)
    return isEligible
  })
}

function contextOf({ look, events, spotToSpot, wellKnown }: Looking): ConsolidationContext {
  return {
    ...look.view,
    spotToSpot,
    wellKnown,
    totals: look.totals(),
    proposed: move => {
      const savings = savingsOf(move, wellKnown)
      for (const candidate of move.candidates) {
        events.candidate(look.claimOf(candidate), commandTextFor(move, candidate), savings)
      }
    },
  }
}

/** The command's candidates as they are now, as far as they still are. */
function stillEligible(method: Method, { candidates }: Consolidation, looking: Looking): Candidate[] {
  const names = new Set(candidates.map(({ node }) => node.cluster.name))
  return eligibleFor(method, looking).filter(({ node }) => names.has(node.cluster.name))
}

/** All candidates must still be there, within the budgets, and scheduling must come to the same. */
function confirmed(method: Method, command: Consolidation, looking: Looking): Consolidation | string {
  const valid = stillEligible(method, command, looking)
  if (valid.length !== command.candidates.length) return 'churn'
  if (takenWithin(valid, looking.look.allowances(method.reason)).isConstrained) return 'budget'
  const removal = simulateRemoval(valid, looking.look.view, true)
  if (removal === undefined) return 'churn'
  const { claims, obstacle } = removal
  const [replacement] = command.replacements
  if (obstacle !== undefined || claims.length !== command.replacements.length) return 'scheduling'
  if (replacement === undefined) return command
  // Prices are not looked at again, so the types found now may be more, but not others.
  const found = new Set(claims[0].instanceTypes.map(({ name }) => name))
  return replacement.instanceTypes.every(({ name }) => found.has(name)) ? command : 'scheduling'
}
