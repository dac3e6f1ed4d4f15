import { ANY_CHANGE, Change, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'

/** Told of an object that was created or changed, or (`exists` false) removed. */
export type ObjectHandler = (object: StoredObject<never, never>, exists: boolean) => void

/**
 * Keeps a plugin's index of some kinds of objects: the handler of a kind hears of those there are and of
 * every later write.
 *
 * Upstream: event handlers and indexers on the scheduler's shared informers, pkg/scheduler/eventhandlers.go
 * (1.36).
 * Simplified: indexes follow the store at once, without the informer's latency; what wakes a pod up does not.
 */
export function watchObjects(state: ClusterState, handlers: Readonly<Record<string, ObjectHandler>>): void {
  const { objects, log } = state
  for (const [kind, handler] of Object.entries(handlers)) {
    for (const id of objects.ofKind(kind)) handler(objects.get(id), true)
    const listener = {
      // Nothing is left for later, so no entry is kept for this reader.
      get cursor() {
        return log.end
      },
      appended(_: Source, row: number, fields: number): void {
        handler(objects.get<never, never>(row as ObjectId), (fields & Change.Deleted) === 0)
      },
    }
    log.listen(listener, [{ source: Source.Objects, fields: ANY_CHANGE, kinds: [kind] }])
  }
}
