import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import { availability } from '../failure-message.js'
import { definePlugin, type PluginDefinition } from '../framework/define-plugin.js'
import type {
  Cycle,
  CycleFailure,
  FrameworkHandle,
  PostFilterResult,
  PreemptionCandidate,
  SchedulerPlugin,
} from '../framework/interface.js'
import { Code, type RejectionId } from '../framework/status.js'
import { DisruptionBudgets } from '../preemption/disruption-budgets.js'
import { DryRuns, NO_VICTIMS } from '../preemption/dry-run.js'
import { bestCandidates } from '../preemption/pick-candidate.js'
import { RememberedDryRuns } from '../preemption/remembered-dry-runs.js'
import { defaultPreemptionEvents } from './events/default-preemption.js'

const NO_VICTIMS_FOUND = 'No preemption victims found for incoming pod'
const NOT_HELPFUL = 'Preemption is not helpful for scheduling'
const NEVER_PREEMPTS = 'preemption: not eligible due to preemptionPolicy=Never.'
const ALREADY_PREEMPTING = 'preemption: not eligible due to a terminating pod on the nominated node.'

/** Reason of the DisruptionTarget condition that preemption sets on its victims. */
export const PREEMPTION_BY_SCHEDULER = 'PreemptionByScheduler'

interface PreemptionArgs {
  /** Candidates to look for before dry runs end, as a share of the nodes and as a number. */
  minCandidateNodesPercentage: number
  minCandidateNodesAbsolute: number
}

/**
 * Makes room for a pod that fits nowhere by removing less important ones: dry-runs the nodes where that may help, picks
 * the one where it costs least, and nominates the pod there.
 *
 * Upstream: pkg/scheduler/framework/plugins/defaultpreemption and pkg/scheduler/framework/preemption (1.36).
 * Simplified: dry runs are made one after another and end as soon as there are candidates enough.
 */
export const defaultPreemption: PluginDefinition<PreemptionArgs> = definePlugin<PreemptionArgs>({
  name: 'DefaultPreemption',
  about: 'Removes less important pods to make room, and nominates the pod there.',
  args: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
  create: (handle, args) => preemption(handle, args),
})

function preemption(handle: FrameworkHandle, args: PreemptionArgs): SchedulerPlugin {
  const { snapshot, clock } = handle
  const budgets = new DisruptionBudgets(snapshot)
  const dryRuns = new RememberedDryRuns(snapshot, budgets, new DryRuns(snapshot, clock, budgets))
  const search = new CandidateSearch(handle, args, dryRuns)
  return {
    postFilter(cycle, failure) {
      const ineligible = whyIneligible(handle, cycle, failure)
      if (ineligible !== undefined) return { message: ineligible }
      const candidates = search.run(cycle, failure)
      if (candidates.length > 0) return nominate(handle, cycle.pod, candidates)
      const message = `preemption: ${availability(failure.nodeCount, search.reasons(failure.nodeCount))}`
      return { message, clearsNomination: true }
    },
    events: defaultPreemptionEvents(),
  }
}

/** A pod that must not preempt, or that waits already for victims to go, is left alone. */
function whyIneligible(
  handle: FrameworkHandle,
  { pod, shape }: Cycle,
  failure: CycleFailure,
): string | undefined {
  const { pods, reasons } = handle.state
  if (shape.template.spec.preemptionPolicy === 'Never') return NEVER_PREEMPTS
  const nominated = pods.nominatedNode[pod] as NodeId
  if (nominated === NONE || handle.snapshot.known[nominated] !== 1) return undefined
  for (let i = 0; i < failure.nodes.length; i++) {
    if (failure.nodes.ids[i] !== nominated) continue
    if (failure.codeOf(nominated) === Code.UnschedulableAndUnresolvable) return undefined
  }
  const byScheduler = reasons.find(PREEMPTION_BY_SCHEDULER)
  const { firstPod, nextPod } = handle.snapshot
  for (let other = firstPod[nominated]; other !== NONE; other = nextPod.values[other]) {
    const leaving = pods.isTerminating(other as PodId) && pods.disruption[other] === byScheduler
    if (leaving && pods.priority[other] < pods.priority[pod]) return ALREADY_PREEMPTING
  }
  return undefined
}

/** The dry runs of one cycle after another, and why they found no more candidates. */
class CandidateSearch {
  readonly #handle: FrameworkHandle
  readonly #args: PreemptionArgs
  readonly #dryRuns: RememberedDryRuns
  /** Nodes whose rejection the absence of other pods could lift, in order of their arrival. */
  #helpful = new Int32Array(64)
  #helpfulCount = 0
  #marks = new Uint8Array(64)
  #withoutVictims = 0
  readonly #unfit = new Map<RejectionId, number>()

  constructor(handle: FrameworkHandle, args: PreemptionArgs, dryRuns: RememberedDryRuns) {
    this.#handle = handle
    this.#args = args
    this.#dryRuns = dryRuns
  }

  /** Candidates in order of their nodes' arrival, from a random place on until there are enough. */
  run(cycle: Cycle, failure: CycleFailure): PreemptionCandidate[] {
    this.#findHelpful(failure)
    this.#withoutVictims = 0
    this.#unfit.clear()
    const { minCandidateNodesPercentage, minCandidateNodesAbsolute } = this.#args
    const helpful = this.#helpful
    const count = this.#helpfulCount
    const share = Math.trunc((count * minCandidateNodesPercentage) / 100)
    const wanted = Math.min(Math.max(share, minCandidateNodesAbsolute), count)
    const offset = Math.floor(this.#handle.draw(cycle.pod) * count)
    // Those found before the search went round the end of the list, and those after.
    const late: PreemptionCandidate[] = []
    const early: PreemptionCandidate[] = []
    let anyWithoutViolation = false
    this.#dryRuns.begin(cycle, failure)
    for (let i = 0; i < count; i++) {
      const isEarly = offset + i >= count
      const node = helpful[isEarly ? offset + i - count : offset + i] as NodeId
      const result = this.#dryRuns.run(cycle, failure, node)
      if (typeof result === 'number') {
        if (result === NO_VICTIMS) this.#withoutVictims++
        else this.#unfit.set(result, (this.#unfit.get(result) ?? 0) + 1)
        continue
      }
      ;(isEarly ? early : late).push(result)
      anyWithoutViolation ||= result.pdbViolations === 0
      if (anyWithoutViolation && early.length + late.length >= wanted) break
    }
    return early.concat(late)
  }

  /** Why there is no candidate, as texts with the number of nodes each holds for. */
  reasons(nodeCount: number): Map<string, number> {
    const counts = new Map<string, number>()
    if (this.#withoutVictims > 0) add(counts, NO_VICTIMS_FOUND, this.#withoutVictims)
    for (const [rejection, count] of this.#unfit) {
      for (const reason of this.#handle.rejection(rejection).reasons) add(counts, reason, count)
    }
    const others = nodeCount - this.#helpfulCount
    if (others > 0) add(counts, NOT_HELPFUL, others)
    return counts
  }

  #findHelpful(failure: CycleFailure): void {
    const { rows } = this.#handle.snapshot
    if (this.#marks.length < rows) {
      this.#marks = new Uint8Array(rows)
      this.#helpful = new Int32Array(rows)
    }
    const marks = this.#marks
    const helpful = this.#helpful
    const { ids, reason, length } = failure.nodes
    let lastReason = 0
    let isHelpful = false
    for (let i = 0; i < length; i++) {
      const node = ids[i] as NodeId
      if (reason[node] !== lastReason) {
        lastReason = reason[node]
        isHelpful = failure.codeOf(node) === Code.Unschedulable
      }
      if (isHelpful) marks[node] = 1
    }
    let count = 0
    for (let node = 0; node < rows; node++) {
      if (marks[node] === 0) continue
      helpful[count++] = node
      marks[node] = 0
    }
    this.#helpfulCount = count
  }
}

function nominate(handle: FrameworkHandle, pod: PodId, candidates: PreemptionCandidate[]): PostFilterResult {
  const best = bestCandidates(handle.state.pods, candidates, handle.clock)
  const { node, victims } = best[Math.floor(handle.draw(pod) * best.length)]
  return { nominatedNode: node, victims, candidates, message: '' }
}

function add(counts: Map<string, number>, reason: string, count: number): void {
  counts.set(reason, (counts.get(reason) ?? 0) + count)
}
