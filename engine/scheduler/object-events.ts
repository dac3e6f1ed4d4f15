import type { SimTime } from '../kernel/time.js'
import { ANY_CHANGE, Change } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { ObjectId } from '../state/ids.js'
import { Action, type EventResource, type ObjectVersion } from './framework/interface.js'
import type { Snapshot } from './framework/snapshot.js'
import type { SchedulingQueue } from './queue/scheduling-queue.js'

/** The kinds that plugins can register for. */
const RESOURCE_OF_KIND: ReadonlyMap<string, EventResource> = new Map<string, EventResource>([
  ['PersistentVolume', 'PersistentVolume'],
  ['PersistentVolumeClaim', 'PersistentVolumeClaim'],
  ['StorageClass', 'StorageClass'],
  ['CSINode', 'CSINode'],
  ['CSIDriver', 'CSIDriver'],
  ['VolumeAttachment', 'VolumeAttachment'],
  ['CSIStorageCapacity', 'CSIStorageCapacity'],
  ['ResourceClaim', 'ResourceClaim'],
  ['ResourceSlice', 'ResourceSlice'],
  ['DeviceClass', 'DeviceClass'],
  ['Workload', 'Workload'],
  ['PodGroup', 'PodGroup'],
])

/**
 * Storage objects, claims for devices and the like: cluster events alone, the scheduler keeps no copy of them. Versions
 * are kept of the kinds some plugin registered for.
 *
 * Upstream: addAllEventHandlers of pkg/scheduler/eventhandlers.go (1.36).
 * Simplified: nothing known.
 */
export class ObjectEvents {
  static readonly FIELDS: number = ANY_CHANGE
  static readonly KINDS: readonly string[] = [...RESOURCE_OF_KIND.keys()]
  readonly #state: ClusterState
  readonly #queue: SchedulingQueue
  readonly #seen = new Map<ObjectId, ObjectVersion>()

  constructor({ snapshot, queue }: { readonly snapshot: Snapshot; readonly queue: SchedulingQueue }) {
    this.#state = snapshot.state
    this.#queue = queue
  }

  handle(object: ObjectId, fields: number, now: SimTime): void {
    const resource = RESOURCE_OF_KIND.get(this.#state.objects.get(object).kind)
    if (resource === undefined || !this.#queue.isRegistered(resource, ANY_ACTION)) return
    const oldObject = this.#seen.get(object)
    if ((fields & Change.Deleted) !== 0) {
      this.#seen.delete(object)
      if (oldObject === undefined || !this.#queue.isAwaited(resource, Action.Delete)) return
      this.#queue.moveAll({ resource, action: Action.Delete, object, oldObject }, now)
      return
    }
    const newObject = this.#version(object)
    this.#seen.set(object, newObject)
    const action = oldObject === undefined ? Action.Add : Action.Update
    if (!this.#queue.isAwaited(resource, action)) return
    const known = oldObject === undefined ? {} : { oldObject }
    this.#queue.moveAll({ resource, action, object, ...known, newObject }, now)
  }

  #version(object: ObjectId): ObjectVersion {
    const { kind, meta, spec, status } = this.#state.objects.get(object)
    const { namespace, name, labels, annotations } = meta
    return { kind, namespace, name, labels, annotations, spec, status }
  }
}

const ANY_ACTION = Action.Add | Action.Update | Action.Delete
