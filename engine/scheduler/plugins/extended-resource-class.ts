import { DEVICE_CLASS_RESOURCE_PREFIX } from '../../model/devices.js'
import type { ClusterState } from '../../state/cluster-state.js'

/**
 * Whether some device class provides an extended resource: by its `extendedResourceName`, or implicitly by its name.
 *
 * Upstream: staging/src/k8s.io/dynamic-resource-allocation/deviceclass/extendedresourcecache (1.36).
 * Simplified: nothing known.
 */
export function hasDeviceClass({ objects }: ClusterState, resource: string): boolean {
  for (const id of objects.ofKind('DeviceClass')) {
    const { meta, spec } = objects.get<{ readonly extendedResourceName?: string }>(id)
    if (spec.extendedResourceName === resource || DEVICE_CLASS_RESOURCE_PREFIX + meta.name === resource)
      return true
  }
  return false
}
