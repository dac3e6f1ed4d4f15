import { Change, type LogListener, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'

/** What counts as a change for those who read these objects; a status never does. */
const READ = Change.Added | Change.Deleted | Change.Labels | Change.Spec

/**
 * Tells that namespaces or services have changed since it was last asked, so that what was derived from them can be
 * kept meanwhile.
 *
 * Upstream: the listers of pkg/scheduler/framework/plugins/helper/spread.go and interpodaffinity/plugin.go (1.36).
 * Simplified: hears of a change at once, without an informer's delay.
 */
export class ObjectWatch implements LogListener {
  /** It keeps no entry of the log alive. */
  readonly cursor = Number.POSITIVE_INFINITY
  readonly #state: ClusterState
  /** Counts up with the changes of each kind. */
  namespaceChanges = 0
  serviceChanges = 0

  constructor(state: ClusterState) {
    this.#state = state
    state.log.listen(this, [{ source: Source.Objects, fields: READ, kinds: ['Namespace', 'Service'] }])
  }

  appended(_source: Source, row: number): void {
    if (this.#state.objects.get(row as ObjectId).kind === 'Namespace') this.namespaceChanges++
    else this.serviceChanges++
  }
}
