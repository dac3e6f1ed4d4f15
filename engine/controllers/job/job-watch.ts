/**
 * Which Job is looked at when: at once when it is made or changed, a second after the first change of its
 * pods or its status. And the pods whose tracking finalizer no sync will take, because their Job is gone or
 * has finished.
 *
 * Upstream: pkg/controller/job/job_controller.go addPod, updatePod, deletePod, updateJob, syncOrphanPod
 * (1.36).
 * Simplified: orphaned finalizers share the Job's queue and workers.
 */
import { JOB_BATCH_PERIOD } from '../../model/defaults.js'
import { finishedCondition, type JobSpec, type JobStatus } from '../../model/jobs.js'
import { Change } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { isTrackedPod, JOB_TRACKING } from './job-pods.js'

export class JobWatch {
  readonly #context: ControllerContext

  constructor(context: ControllerContext) {
    this.#context = context
  }

  podChanged(pod: PodId, fields: number): void {
    const { state, expectations, queue } = this.#context
    const { pods } = state
    const owner = pods.owner[pod] as ObjectId
    const isGone = (fields & Change.Deleted) !== 0
    if (owner === NONE) {
      if (isGone) return
      if (isTrackedPod(this.#context, pod)) queue.add(keyOfPod(pod))
      const mayMatch = Change.Added | Change.Labels | Change.Ownership
      if ((fields & mayMatch) !== 0 && !pods.isTerminating(pod)) this.#orphanChanged(pod)
      return
    }
    if (state.objects.object[owner]?.kind !== 'Job') return
    const isGoing = isGone || pods.isTerminating(pod)
    if (isGoing) expectations.deletionCounted(owner)
    if ((fields & Change.Added) !== 0) expectations.creationObserved(owner)
    if (isJob(state, owner) && finishedCondition(jobStatus(state, owner)) === undefined) {
      queue.addAfter(owner, JOB_BATCH_PERIOD)
    } else if (isGoing && !isGone && isTrackedPod(this.#context, pod)) {
      // No sync of the Job will take this finalizer any more.
      queue.add(keyOfPod(pod))
    }
  }

  jobChanged(id: ObjectId, fields: number): void {
    const { queue, state } = this.#context
    const isNew = (fields & (Change.Added | Change.Deleted | Change.Deleting | Change.Spec)) !== 0
    if (isNew) queue.add(id)
    else queue.addAfter(id, JOB_BATCH_PERIOD)
    if (isJob(state, id) && finishedCondition(jobStatus(state, id)) === undefined) return
    const { objects, pods } = state
    for (let row = objects.firstPod[id]; row !== NONE; row = pods.nextOfOwner[row]) {
      if (isTrackedPod(this.#context, row as PodId)) queue.add(keyOfPod(row as PodId))
    }
  }

  /** A pod nobody controls may be adopted by any Job with a selector of its own. */
  #orphanChanged(pod: PodId): void {
    const { state, queue, labels } = this.#context
    const { pods, objects } = state
    for (const id of objects.ofKind('Job')) {
      const { meta, spec } = objects.get<JobSpec>(id)
      if (!spec.manualSelector || state.namespaceId(meta.namespace) !== pods.namespace[pod]) continue
      if (labels.of(spec.selector).matches(pods.labelsOf(pod))) queue.addAfter(id, JOB_BATCH_PERIOD)
    }
  }

  /** Takes the finalizer from a pod whose Job is gone or has finished. */
  freeOrphan(pod: PodId): void {
    const { state, api } = this.#context
    const { pods, objects } = state
    if (!pods.exists(pod) || !isTrackedPod(this.#context, pod)) return
    const owner = pods.owner[pod] as ObjectId
    const isOwned = owner !== NONE && objects.exists(owner)
    if (isOwned && !isJob(state, owner)) return
    if (isOwned && finishedCondition(jobStatus(state, owner)) === undefined) return
    this.#context.charge()
    api.pods.patchFinalizers(
      pod,
      api.pods.finalizers(pod).filter(name => name !== JOB_TRACKING),
    )
  }
}

export function isJob({ objects }: ClusterState, id: ObjectId): boolean {
  return objects.exists(id) && objects.get(id).kind === 'Job'
}

export function jobStatus({ objects }: ClusterState, id: ObjectId): JobStatus {
  return objects.get<JobSpec, JobStatus>(id).status
}

/** Pods to be freed of their finalizer lie in the same queue as Jobs, below zero. */
function keyOfPod(pod: PodId): number {
  return -1 - pod
}

export function podOfKey(key: number): PodId {
  return (-1 - key) as PodId
}
