/**
 * The look-ups that the volume plugins need, and what they say of claims of others.
 * Upstream: the listers of the plugins in pkg/scheduler/framework/plugins (1.36).
 * Simplified: nothing known.
 */
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../../model/storage.js'
import type { ClusterState } from '../../../state/cluster-state.js'

/** What upstream says of an ephemeral claim that belongs to somebody else. */
export function notOwnedText(namespace: string, claimName: string, podName: string): string {
  return `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${podName} (pod is not owner)`
}

export function findClaim(
  { objects }: ClusterState,
  namespace: string,
  name: string,
): PersistentVolumeClaim | undefined {
  const id = objects.find('PersistentVolumeClaim', namespace, name)
  return id === undefined ? undefined : (objects.get(id) as PersistentVolumeClaim)
}

export function findVolume({ objects }: ClusterState, name: string): PersistentVolume | undefined {
  const id = objects.find('PersistentVolume', '', name)
  return id === undefined ? undefined : (objects.get(id) as PersistentVolume)
}

export function findStorageClass({ objects }: ClusterState, name: string): StorageClass | undefined {
  const id = objects.find('StorageClass', '', name)
  return id === undefined ? undefined : (objects.get(id) as StorageClass)
}
