/**
 * The pods of a Job as one sync sees them: who they are, how they ended, whether they carry the tracking
 * finalizer. Finished pods that have been counted are left out, since nothing asks for them again.
 *
 * Upstream: pkg/controller/job/job_controller.go getPodsForJob, isPodFailed, tracking_utils.go (1.36).
 * Simplified: pods are listed in order of creation (upstream's order is that of a hash map); a Job that does
 * not bring its own selector owns just the pods it has made.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { JobSpec } from '../../model/jobs.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type NamespaceId, NONE, type ObjectId, Phase, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { podEndedAt } from './pod-backoff.js'
import { type ContainerEnd, type FailedPod, type FailureVerdict, judgeFailure } from './pod-failure-policy.js'

/** Keeps the object of a finished pod until the Job has counted it. */
export const JOB_TRACKING = 'batch.kubernetes.io/job-tracking'

export interface JobPod {
  readonly pod: PodId
  readonly uid: number
  readonly name: string
  /** Completion index, NONE for a pod of a Job without indexes. */
  readonly index: number
  readonly phase: Phase
  readonly isReady: boolean
  readonly isDeleting: boolean
  readonly isTracked: boolean
  /** Counts as failed: also a pod being deleted, where those are replaced. */
  readonly isFailed: boolean
  readonly restarts: number
  /** Failures of the pod's index before it. */
  readonly indexFailures: number
  readonly indexIgnoredFailures: number
  /** What the failure policy says of the pod as it is, failed or not. */
  readonly verdict: FailureVerdict
  /** Of a failed or succeeded pod. */
  readonly endedAt: SimTime
}

const COUNTED: FailureVerdict = { counted: true }

export function isSucceeded({ phase }: JobPod): boolean {
  return phase === Phase.Succeeded
}

export function isActive({ phase, isDeleting }: JobPod): boolean {
  return !isDeleting && phase !== Phase.Succeeded && phase !== Phase.Failed
}

export function isTerminating({ phase, isDeleting }: JobPod): boolean {
  return isDeleting && phase !== Phase.Succeeded && phase !== Phase.Failed
}

/** A pod being deleted is replaced only when it has ended, not as soon as its deletion is requested. */
export function replacesOnlyFailed(spec: JobSpec): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined
}

/** What the Job owns; with a selector of its own it adopts and releases pods by it. */
export function podsOfJob(context: ControllerContext, job: ObjectId, spec: JobSpec): JobPod[] {
  const { state, informer } = context
  if (spec.manualSelector) claimBySelector(context, job, spec)
  const { nextOfOwner, createdSequence } = state.pods
  const found: JobPod[] = []
  for (let row = state.objects.firstPod[job]; row !== NONE; row = nextOfOwner[row]) {
    if (!informer.sees(createdSequence[row], 0)) continue
    const view = viewOf(context, row as PodId, spec)
    if (view !== undefined) found.push(view)
  }
  // The list of an owner runs from the newest pod to the oldest.
  return found.reverse()
}

export function isTrackedPod({ api }: ControllerContext, pod: PodId): boolean {
  return api.pods.finalizers(pod).includes(JOB_TRACKING)
}

/** Undefined for a pod that has been counted and cannot matter any more. */
function viewOf(context: ControllerContext, pod: PodId, spec: JobSpec): JobPod | undefined {
  const { state, clock } = context
  const { pods } = state
  const phase = pods.phase[pod] as Phase
  const isTracked = isTrackedPod(context, pod)
  const policy = spec.podFailurePolicy
  const hasEnded = phase === Phase.Succeeded || phase === Phase.Failed
  if (hasEnded && !isTracked && (phase === Phase.Succeeded || policy === undefined)) return undefined
  const isDeleting = pods.isTerminating(pod)
  const isLost = isDeleting && phase !== Phase.Succeeded && !replacesOnlyFailed(spec)
  const isFailed = phase === Phase.Failed || isLost
  return {
    pod,
    uid: pods.uid[pod],
    name: pods.name[pod] as string,
    index: spec.completionMode === 'Indexed' ? pods.ordinal[pod] : NONE,
    phase,
    isReady: pods.ready[pod] === 1,
    isDeleting,
    isTracked,
    isFailed,
    restarts: pods.restarts[pod],
    indexFailures: pods.indexFailures[pod],
    indexIgnoredFailures: pods.indexIgnoredFailures[pod],
    verdict: policy === undefined ? COUNTED : judgeFailure(policy, failedPodOf(state, pod)),
    endedAt: isFailed || hasEnded ? podEndedAt(pods, pod, clock) : NEVER,
  }
}

/** What the kubelet has reported of the pod, as far as a rule can ask for it. */
export function failedPodOf(state: ClusterState, pod: PodId): FailedPod {
  const { pods } = state
  const { spec } = state.templates.get(pods.templateOf(pod))
  const hasRun = pods.startedAt[pod] !== NEVER && pods.isFinished(pod)
  const codes = pods.exitCodes[pod]
  const containers = spec.containers.map(
    ({ name }, i): ContainerEnd => (hasRun ? { name, exitCode: codes?.[i] ?? pods.exitCode[pod] } : { name }),
  )
  return {
    namespace: state.namespaces.get(pods.namespace[pod] as NamespaceId),
    name: pods.name[pod] as string,
    conditions: conditionsOf(state, pod),
    containers,
    initContainers: [],
  }
}

function conditionsOf({ pods }: ClusterState, pod: PodId): FailedPod['conditions'] {
  const conditions: { readonly type: string; readonly status: string }[] = []
  if (pods.node[pod] !== NONE) conditions.push({ type: 'PodScheduled', status: 'True' })
  else if (pods.unschedulableReason[pod] !== NONE) conditions.push({ type: 'PodScheduled', status: 'False' })
  if (pods.startedAt[pod] !== NEVER) {
    const ready = pods.ready[pod] === 1 ? 'True' : 'False'
    conditions.push({ type: 'Initialized', status: 'True' })
    conditions.push({ type: 'Ready', status: ready }, { type: 'ContainersReady', status: ready })
  }
  if (pods.disruption[pod] !== NONE) conditions.push({ type: 'DisruptionTarget', status: 'True' })
  return conditions
}

function claimBySelector(context: ControllerContext, job: ObjectId, spec: JobSpec): void {
  const { state, informer, api, orphans, labels } = context
  const { pods } = state
  const { meta } = state.objects.get(job)
  if (meta.deletionAt !== NEVER) return
  const matcher = labels.of(spec.selector)
  let next = NONE
  for (let row = state.objects.firstPod[job]; row !== NONE; row = next) {
    const pod = row as PodId
    next = pods.nextOfOwner[row]
    if (pods.isTerminating(pod) || !informer.sees(pods.createdSequence[row], 0)) continue
    if (matcher.matches(pods.labelsOf(pod))) continue
    context.charge()
    api.pods.patchOwner(pod, pods.uid[row], NONE as ObjectId)
  }
  for (const pod of orphans.matching(state.namespaceId(meta.namespace), matcher)) {
    if (pods.owner[pod] !== NONE || pods.isTerminating(pod)) continue
    context.charge()
    api.pods.patchFinalizers(pod, [...api.pods.finalizers(pod), JOB_TRACKING])
    api.pods.patchOwner(pod, pods.uid[pod], job)
  }
}
