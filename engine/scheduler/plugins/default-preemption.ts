import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import { availability, countReasons } from '../failure-message.js'
import { definePlugin, type PluginDefinition } from '../framework/define-plugin.js'
import type {
  Cycle,
  CycleFailure,
  FrameworkHandle,
  PostFilterResult,
  PreemptionCandidate,
  SchedulerPlugin,
} from '../framework/interface.js'
import { Code } from '../framework/status.js'
import { selectVictims } from '../preemption/dry-run.js'
import { bestCandidates } from '../preemption/pick-candidate.js'
import { defaultPreemptionEvents } from './events/default-preemption.js'

const NO_VICTIMS = 'No preemption victims found for incoming pod'
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
  return {
    postFilter(cycle, failure) {
      const ineligible = whyIneligible(handle, cycle, failure)
      if (ineligible !== undefined) return { message: ineligible }
      const helpful = helpfulNodes(failure)
      const counts = new Map<string, number>()
      const candidates = dryRun(handle, args, cycle, failure, helpful, counts)
      if (candidates.length > 0) return nominate(handle, cycle.pod, candidates)
      const others = failure.nodeCount - helpful.length
      if (others > 0) add(counts, NOT_HELPFUL, others)
      const message = `preemption: ${availability(failure.nodeCount, counts)}`
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

/** Nodes whose rejection the absence of other pods could lift, in order of their arrival. */
function helpfulNodes(failure: CycleFailure): NodeId[] {
  const nodes: NodeId[] = []
  for (let i = 0; i < failure.nodes.length; i++) {
    const node = failure.nodes.ids[i] as NodeId
    if (failure.codeOf(node) === Code.Unschedulable) nodes.push(node)
  }
  return nodes.sort((a, b) => a - b)
}

function dryRun(
  handle: FrameworkHandle,
  args: PreemptionArgs,
  { pod }: Cycle,
  failure: CycleFailure,
  helpful: readonly NodeId[],
  counts: Map<string, number>,
): PreemptionCandidate[] {
  const { snapshot } = handle
  const share = Math.trunc((helpful.length * args.minCandidateNodesPercentage) / 100)
  const wanted = Math.min(Math.max(share, args.minCandidateNodesAbsolute), helpful.length)
  const offset = Math.floor(handle.draw(pod) * helpful.length)
  const candidates: PreemptionCandidate[] = []
  let anyWithoutViolation = false
  for (let i = 0; i < helpful.length; i++) {
    const node = helpful[(offset + i) % helpful.length]
    const result = selectVictims(snapshot, failure, pod, node, handle.clock)
    if (result === 'no victims') add(counts, NO_VICTIMS, 1)
    else if (result === 'does not fit') {
      const overlay = Int32Array.of(snapshot.overlay)
      const reasons = countReasons(overlay, 1, failure.nodes.reason, id => handle.rejection(id).reasons)
      for (const [reason, count] of reasons) add(counts, reason, count)
    } else {
      candidates.push(result)
      anyWithoutViolation ||= result.pdbViolations === 0
      if (anyWithoutViolation && candidates.length >= wanted) break
    }
  }
  return candidates.sort((a, b) => a.node - b.node)
}

function nominate(handle: FrameworkHandle, pod: PodId, candidates: PreemptionCandidate[]): PostFilterResult {
  const best = bestCandidates(handle.state.pods, candidates, handle.clock)
  const { node, victims } = best[Math.floor(handle.draw(pod) * best.length)]
  return { nominatedNode: node, victims, candidates, message: '' }
}

function add(counts: Map<string, number>, reason: string, count: number): void {
  counts.set(reason, (counts.get(reason) ?? 0) + count)
}
