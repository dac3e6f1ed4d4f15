import type { Manifest } from '../../../engine/model/simulation-model.js'
import { WallClock } from '../../../engine/model/wall-clock.js'
import { Code, isRejection, type RejectionId } from '../../../engine/scheduler/framework/status.js'
import { bestCandidates } from '../../../engine/scheduler/preemption/pick-candidate.js'
import { NONE, type NodeId, Phase, type PodId, type ReasonId } from '../../../engine/state/ids.js'
import { SchedulerRig } from '../../support/scheduler-rig.js'
import { compare, type Difference } from '../suite.js'

/** One cluster and one incoming pod. */
export interface SchedulerCase {
  readonly nodes: readonly Manifest[]
  readonly pods: readonly Manifest[]
  readonly objects?: readonly Manifest[]
  readonly config?: unknown
  readonly pod: Manifest
  readonly want: {
    readonly preemption?: { readonly decidedBy?: string }
    readonly [field: string]: unknown
  }
}

interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly startTime?: string
  readonly nominatedNodeName?: string
  readonly conditions?: readonly { readonly type: string; readonly reason?: string }[]
}

type ByNode<T> = Record<string, T>
const CODE_NAMES = new Map(Object.entries(Code).map(([name, code]) => [code, name]))

/** Schedules the pod of a case and compares everything that led to the answer. */
export function runSchedulerCase(golden: SchedulerCase): Difference[] {
  const { decidedBy: _, ...outcome } = golden.want.preemption ?? {}
  const want = golden.want.preemption === undefined ? golden.want : { ...golden.want, preemption: outcome }
  return compare(want, schedule(golden))
}

function schedule(golden: SchedulerCase): unknown {
  const rig = new SchedulerRig({ config: golden.config })
  for (const object of golden.objects ?? []) rig.object(object)
  const nodes = golden.nodes.map(node => rig.node(node))
  for (const pod of golden.pods) addPod(rig, pod)
  const pod = rig.createPod(golden.pod)
  setStatus(rig, pod, golden.pod)
  const gate = preEnqueue(rig, pod)
  return gate === undefined ? runCycle(rig, pod, nodes, golden) : { preEnqueue: gate, feasible: [] }
}

function addPod(rig: SchedulerRig, manifest: Manifest): void {
  const pod = rig.pod(manifest)
  setStatus(rig, pod, manifest)
  const nominated = rig.state.pods.nominatedNode[pod] as NodeId
  if (nominated !== NONE) rig.nominator.add(pod, nominated)
}

function setStatus({ api, state, snapshot }: SchedulerRig, pod: PodId, manifest: Manifest): void {
  const { phase, startTime, nominatedNodeName, conditions = [] } = (manifest['status'] ?? {}) as PodStatus
  const uid = state.pods.uid[pod]
  if (startTime !== undefined) state.pods.startedAt[pod] = Date.parse(startTime) * 1000
  if (phase !== undefined) {
    api.pods.patchPhase(pod, Phase[phase], false)
    if (state.pods.isFinished(pod) && snapshot.nodeOf.values[pod] !== NONE) snapshot.removePod(pod)
  }
  for (const { type, reason = '' } of conditions) {
    if (type === 'DisruptionTarget') api.pods.patchDisruption(pod, state.reasonId(reason))
  }
  if (nominatedNodeName !== undefined) {
    const node = state.nodes.find(nominatedNodeName)
    if (node !== undefined) api.pods.patchUnschedulable(pod, uid, NONE as ReasonId, node)
  }
  // A grace period keeps the pod in the store, terminating.
  if (manifest.metadata['deletionTimestamp'] !== undefined) {
    api.pods.delete(pod, uid, 30)
    if (snapshot.nodeOf.values[pod] !== NONE) snapshot.markTerminating(pod)
  }
}

function preEnqueue(rig: SchedulerRig, pod: PodId): unknown {
  for (const { plugin } of rig.profile.at.preEnqueue) {
    const verdict = plugin.preEnqueue?.(pod) ?? 0
    if (isRejection(verdict)) return rejection(rig, verdict)
  }
  return undefined
}

function runCycle(rig: SchedulerRig, pod: PodId, nodes: readonly NodeId[], { want }: SchedulerCase): unknown {
  const { cycle } = rig
  const scores: Record<string, ByNode<number>> = {}
  cycle.watcher = {
    scored(plugin, _, { ids, length }, values) {
      scores[plugin] = {}
      for (let i = 0; i < length; i++) scores[plugin][nameOf(rig, ids[i])] = values[i]
    },
  }
  const isScheduled = cycle.schedule(pod)
  const isRefused = cycle.preFilterRejection !== 0
  const totals: ByNode<number> = {}
  const passed = new Map<number, number>()
  for (let i = 0; i < cycle.feasible.length; i++) passed.set(cycle.feasible.ids[i], i)
  const feasible = nodes.filter(node => passed.has(node))
  if (cycle.scored) for (const node of feasible) totals[nameOf(rig, node)] = cycle.totals[passed.get(node)!]
  const highest = Math.max(...Object.values(totals))
  const best = cycle.scored ? feasible.filter(node => totals[nameOf(rig, node)] === highest) : feasible
  return {
    ...(isRefused || cycle.restriction !== undefined ? { prefilter: prefilter(rig) } : {}),
    ...(isRefused || cycle.rejected.length === 0 ? {} : { rejected: rejected(rig) }),
    feasible: feasible.map(node => nameOf(rig, node)),
    ...(cycle.scored ? { scores, totals } : {}),
    ...(isScheduled ? { best: best.map(node => nameOf(rig, node)) } : { message: cycle.failureMessage() }),
    ...(cycle.postFilter?.failed === true ? { postFilterError: cycle.postFilter.message } : {}),
    ...(want.preemption !== undefined || cycle.postFilter?.nominatedNode !== undefined
      ? { preemption: preemption(rig, nodes) }
      : {}),
  }
}

function prefilter(rig: SchedulerRig): unknown {
  const { preFilterRejection, restriction } = rig.cycle
  return preFilterRejection !== 0
    ? { status: rejection(rig, preFilterRejection) }
    : { nodeNames: [...(restriction ?? [])].sort() }
}

function rejected(rig: SchedulerRig): ByNode<unknown> {
  const { ids, length, reason } = rig.cycle.rejected
  const byNode: ByNode<unknown> = {}
  for (let i = 0; i < length; i++) {
    byNode[nameOf(rig, ids[i])] = rejection(rig, reason[ids[i]] as RejectionId)
  }
  return byNode
}

function preemption(rig: SchedulerRig, nodes: readonly NodeId[]): unknown {
  const { nominatedNode, victims = [], candidates = [], message = '' } = rig.cycle.postFilter ?? {}
  const keys = (pods: readonly PodId[]): string[] => pods.map(pod => rig.state.podKey(pod))
  if (nominatedNode === undefined) return { reason: message }
  const best = new Set(
    bestCandidates(rig.state.pods, [...candidates], new WallClock(0)).map(({ node }) => node),
  )
  return {
    candidates: Object.fromEntries(
      candidates.map(({ node, victims: own, pdbViolations }) => [
        nameOf(rig, node),
        { victims: keys(own), pdbViolations },
      ]),
    ),
    nominatedNode: nameOf(rig, nominatedNode),
    victims: keys(victims),
    best: nodes.filter(node => best.has(node)).map(node => nameOf(rig, node)),
  }
}

function rejection({ rejections }: SchedulerRig, id: RejectionId): unknown {
  const { plugin, code, reasons } = rejections.get(id)
  return { plugin, code: CODE_NAMES.get(code), reasons: [...reasons].sort() }
}

function nameOf(rig: SchedulerRig, node: number): string {
  return rig.snapshot.nameOf(node as NodeId)
}
