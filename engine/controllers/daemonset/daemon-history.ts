/**
 * The revisions of a DaemonSet: the one of its template, which is created or numbered anew, and the old
 * ones.
 *
 * Upstream: constructHistory, snapshot, dedupCurHistories and cleanupHistory of
 * pkg/controller/daemon/update.go (1.36).
 * Simplified: nothing known.
 */
import type { DaemonSetSpec, DaemonSetStatus } from '../../model/workloads.js'
import type { ObjectId, PodId } from '../../state/ids.js'
import { claimEveryPod } from '../claim-pods.js'
import type { ControllerContext } from '../controller.js'
import {
  CONTROLLER_REVISION_HASH,
  claimRevisions,
  controllerReference,
  createRevision,
  deleteRevisions,
  type Revision,
  renumberRevision,
  templateKey,
} from '../controller-revisions.js'

export interface DaemonHistory {
  readonly hash: string
  /** Oldest first. */
  readonly old: readonly Revision[]
}

/** Undefined: it could not be written, or the name was taken, which is counted in the status. */
export function constructHistory(context: ControllerContext, id: ObjectId): DaemonHistory | undefined {
  const { meta, spec, status } = context.state.objects.get<DaemonSetSpec, DaemonSetStatus>(id)
  const revisions = claimRevisions(context, 'DaemonSet', meta, context.labels.of(spec.selector))
  const wanted = templateKey(spec.template)
  const old = revisions.filter(({ template }) => templateKey(template) !== wanted)
  const equal = revisions.filter(({ template }) => templateKey(template) === wanted)
  const number = Math.max(0, ...old.map(revision => revision.number)) + 1
  const newest = equal.at(-1)
  if (newest !== undefined) {
    const hash = newest.labels[CONTROLLER_REVISION_HASH] ?? newest.name
    if (!removeDoubles(context, id, equal.slice(0, -1), hash)) return undefined
    const isWritten = newest.number >= number || renumberRevision(context, newest, number) !== undefined
    return isWritten ? { hash, old } : undefined
  }
  const created = createRevision(context, {
    owner: controllerReference('DaemonSet', meta),
    meta,
    template: spec.template,
    number,
    hashLabel: CONTROLLER_REVISION_HASH,
    collisionCount: status.collisionCount,
  })
  if (created === 'collision') {
    context.charge()
    const collisionCount = (status.collisionCount ?? 0) + 1
    context.api.objects.updateStatus(id, { ...status, collisionCount })
    return undefined
  }
  if (created === undefined) return undefined
  return { hash: created.labels[CONTROLLER_REVISION_HASH] ?? created.name, old }
}

/** Second revisions with the same template go; upstream gives every pod the hash of the one that is kept. */
function removeDoubles(
  context: ControllerContext,
  id: ObjectId,
  doubles: readonly Revision[],
  hash: string,
): boolean {
  if (doubles.length === 0) return true
  const { state, api } = context
  const { spec } = state.objects.get<DaemonSetSpec>(id)
  for (const pod of claimEveryPod(context, id, context.labels.of(spec.selector))) {
    const labels = state.labelSets.get(state.pods.labelsOf(pod))
    if (labels[CONTROLLER_REVISION_HASH] === hash) continue
    context.charge()
    const relabeled = state.labelsId({ ...labels, [CONTROLLER_REVISION_HASH]: hash })
    api.pods.patchLabels(pod, state.pods.uid[pod], relabeled)
  }
  return deleteRevisions(context, doubles)
}

/** Deletes the oldest revisions beyond the limit that no pod was made from. Whether all went well. */
export function cleanUpHistory(
  context: ControllerContext,
  old: readonly Revision[],
  pods: readonly PodId[],
  limit: number,
): boolean {
  const surplus = old.length - limit
  if (surplus <= 0) return true
  const { state } = context
  const live = new Set(
    pods.map(pod => state.labelSets.get(state.pods.labelsOf(pod))[CONTROLLER_REVISION_HASH]),
  )
  const unused = old.filter(({ labels }) => !live.has(labels[CONTROLLER_REVISION_HASH]))
  return deleteRevisions(context, unused.slice(0, surplus))
}
