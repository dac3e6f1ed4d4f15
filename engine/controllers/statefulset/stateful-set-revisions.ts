/**
 * The two revisions a StatefulSet moves between: the one its pods come from, and the one its template asks
 * for now.
 *
 * Upstream: getStatefulSetRevisions and truncateHistory of
 * pkg/controller/statefulset/stateful_set_control.go (1.36).
 * Simplified: nothing known.
 */
import type { ObjectMeta } from '../../model/api-object.js'
import type { StatefulSetSpec, StatefulSetStatus } from '../../model/workloads.js'
import type { ControllerContext } from '../controller.js'
import {
  controllerReference,
  createRevision,
  deleteRevisions,
  type Revision,
  renumberRevision,
  templateKey,
} from '../controller-revisions.js'

/** The label history.ControllerRevisionHashLabel. */
const HASH_LABEL = 'controller.kubernetes.io/hash'

export interface StatefulSetRevisions {
  readonly current: Revision
  readonly update: Revision
  readonly collisionCount: number | undefined
}

/**
 * An old revision with the same template is numbered anew, else a new one is created. Undefined: the server
 * refuses.
 * @param revisions oldest first
 */
export function findRevisions(
  context: ControllerContext,
  meta: ObjectMeta,
  spec: StatefulSetSpec,
  status: StatefulSetStatus,
  revisions: readonly Revision[],
): StatefulSetRevisions | undefined {
  let { collisionCount } = status
  const wanted = templateKey(spec.template)
  const newest = revisions.at(-1)
  const equal = revisions.findLast(({ template }) => templateKey(template) === wanted)
  const number = (newest?.number ?? 0) + 1
  let update: Revision | undefined
  if (equal !== undefined) {
    update = equal === newest ? equal : renumberRevision(context, equal, number)
  } else {
    const owner = controllerReference('StatefulSet', meta)
    for (;;) {
      const { template } = spec
      const created = createRevision(context, {
        owner,
        meta,
        template,
        number,
        hashLabel: HASH_LABEL,
        collisionCount,
      })
      if (created !== 'collision') {
        update = created
        break
      }
      collisionCount = (collisionCount ?? 0) + 1
    }
  }
  if (update === undefined) return undefined
  const current = revisions.find(({ name }) => name === status.currentRevision) ?? update
  return { current, update, collisionCount }
}

/** Deletes the oldest revisions beyond the limit that neither set nor pods need. Whether all went well. */
export function truncateHistory(
  context: ControllerContext,
  revisions: readonly Revision[],
  live: ReadonlySet<string>,
  limit: number,
): boolean {
  const historic = revisions.filter(({ name }) => !live.has(name))
  return historic.length <= limit || deleteRevisions(context, historic.slice(0, historic.length - limit))
}
