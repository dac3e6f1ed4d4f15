/**
 * Deletes finished Jobs when their ttlSecondsAfterFinished are over, counted from the whole second of their
 * end.
 *
 * Upstream: pkg/controller/ttlafterfinished/ttlafterfinished_controller.go (1.36).
 * Simplified: nothing known.
 */
import { Result } from '../../apiserver/result.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { finishedCondition, type JobSpec, type JobStatus } from '../../model/jobs.js'
import { Change, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId } from '../../state/ids.js'
import { DONE, defineController, RETRY, requeueAfter } from '../controller.js'

export const ttlafterfinished = defineController({
  name: 'ttl-after-finished',
  source: 'ttl-after-finished-controller',
  args: {},
  workers: CONTROLLER_WORKERS.ttlafterfinished,
  watches: [
    {
      source: Source.Objects,
      kind: 'Job',
      fields: Change.Added | Change.Spec | Change.Status,
      key: (state, row) => (expiryOf(state, row as ObjectId) === NEVER ? NONE : row),
    },
  ],
  create: context => ({
    reconcile(key, now) {
      const at = expiryOf(context.state, key as ObjectId)
      if (at === NEVER) return DONE
      if (at > now) return requeueAfter(at - now)
      // One look at the latest Job, then the deletion.
      context.charge(2)
      const result = context.api.objects.delete(key as ObjectId, 'Foreground')
      return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
    },
  }),
})

/** When a Job is to be deleted; NEVER while it runs, without the field, or when it is being deleted. */
function expiryOf({ objects }: ClusterState, id: ObjectId): SimTime {
  if (!objects.exists(id) || objects.get(id).kind !== 'Job') return NEVER
  const { meta, spec, status } = objects.get<JobSpec, JobStatus>(id)
  const { ttlSecondsAfterFinished } = spec
  const finished = finishedCondition(status)
  if (meta.deletionAt !== NEVER || ttlSecondsAfterFinished === undefined || finished === undefined)
    return NEVER
  return finished.lastTransitionTime + ttlSecondsAfterFinished * SECOND
}
