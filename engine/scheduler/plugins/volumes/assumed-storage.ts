import {
  classOfVolume,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageObject,
} from '../../../model/storage.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import type { ObjectId } from '../../../state/ids.js'
import type { Snapshot } from '../../framework/snapshot.js'
import { watchObjects } from '../object-watch.js'
import { findClaim, findVolume } from './pod-claims.js'

interface Assumption<T> {
  /** Version of the stored object that the assumption is about: a later write ends it. */
  readonly version: number
  readonly object: T
}

/**
 * Volumes and claims as the scheduler sees them: the store's, with what it has decided and not written yet. A
 * volume assumed for one claim is not offered to another pod in the meantime.
 *
 * Upstream: pkg/scheduler/framework/plugins/volumebinding/passive_assume_cache.go and assume_cache.go (1.36).
 * Simplified: nothing known.
 */
export class AssumedStorage {
  readonly #state: ClusterState
  readonly #volumes = new Map<string, Assumption<PersistentVolume>>()
  readonly #claims = new Map<string, Assumption<PersistentVolumeClaim>>()
  readonly #idsByClass = new Map<string, Set<ObjectId>>()

  constructor(state: ClusterState) {
    this.#state = state
    watchObjects(state, {
      PersistentVolume: (object, exists) => {
        const className = classOfVolume(object)
        const ids = this.#idsByClass.get(className)
        if (!exists) ids?.delete(object.id)
        else if (ids === undefined) this.#idsByClass.set(className, new Set([object.id]))
        else ids.add(object.id)
      },
    })
  }

  volume(name: string): PersistentVolume | undefined {
    return latest(this.#volumes, name, findVolume(this.#state, name))
  }

  claim(namespace: string, name: string): PersistentVolumeClaim | undefined {
    return latest(this.#claims, `${namespace}/${name}`, findClaim(this.#state, namespace, name))
  }

  /** The volumes of a class in order of creation. */
  volumesOfClass(className: string): PersistentVolume[] {
    const volumes: PersistentVolume[] = []
    for (const id of this.#idsByClass.get(className) ?? []) {
      const stored = this.#state.objects.get(id) as PersistentVolume
      const volume = latest(this.#volumes, stored.meta.name, stored)
      if (volume !== undefined) volumes.push(volume)
    }
    return volumes
  }

  assumeVolume(volume: PersistentVolume): void {
    assume(this.#volumes, volume.meta.name, volume)
  }

  assumeClaim(claim: PersistentVolumeClaim): void {
    assume(this.#claims, `${claim.meta.namespace}/${claim.meta.name}`, claim)
  }

  restoreVolume({ meta }: PersistentVolume): void {
    this.#volumes.delete(meta.name)
  }

  restoreClaim({ meta }: PersistentVolumeClaim): void {
    this.#claims.delete(`${meta.namespace}/${meta.name}`)
  }
}

function assume<T extends StorageObject<unknown>>(
  assumptions: Map<string, Assumption<T>>,
  key: string,
  object: T,
): void {
  assumptions.set(key, { version: object.meta.resourceVersion, object })
}

function latest<T extends StorageObject<unknown>>(
  assumptions: Map<string, Assumption<T>>,
  key: string,
  stored: T | undefined,
): T | undefined {
  const assumed = assumptions.get(key)
  if (assumed === undefined) return stored
  if (stored?.meta.resourceVersion === assumed.version) return assumed.object
  assumptions.delete(key)
  return stored
}

const views = new WeakMap<Snapshot, AssumedStorage>()

/** The scheduler's view of storage: one, however many profiles ask. */
export function assumedStorageOf(snapshot: Snapshot): AssumedStorage {
  let view = views.get(snapshot)
  if (view === undefined) {
    view = new AssumedStorage(snapshot.state)
    views.set(snapshot, view)
  }
  return view
}
