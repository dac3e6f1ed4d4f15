import type { ResourceClaim } from '../../../model/devices.js'
import type { StoredObject } from '../../../state/objects.js'
import type { FrameworkHandle } from '../../framework/interface.js'
import { Code } from '../../framework/status.js'
import { deleteClaim } from './claim-binding.js'
import { nameOf, type PodDevices } from './pod-devices.js'
import { isReferenceTo } from './pod-resource-claims.js'

/**
 * What is wrong with the classes that a claim's requests name.
 * Upstream: validateDeviceClass of pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go
 * (1.36).
 * Simplified: nothing known.
 */
export function missingClass(
  claim: ResourceClaim,
  exists: (className: string) => boolean,
): { readonly text: string; readonly code: Code } | undefined {
  for (const { name, exactly, firstAvailable = [] } of claim.spec.devices?.requests ?? []) {
    if (exactly === undefined && firstAvailable.length === 0) {
      const text = `resource claim ${nameOf(claim)}, request ${name}: unknown request type`
      return { text, code: Code.UnschedulableAndUnresolvable }
    }
    const demands =
      exactly === undefined
        ? firstAvailable.map(({ name: alternative, deviceClassName }) => ({
            request: `${name}/${alternative}`,
            deviceClassName,
          }))
        : [{ request: name, deviceClassName: exactly.deviceClassName }]
    for (const { request, deviceClassName } of demands) {
      if (deviceClassName === '') {
        return { text: `request ${request}: unsupported request type`, code: Code.Error }
      }
      if (exists(deviceClassName)) continue
      const text = `request ${request}: device class ${deviceClassName} does not exist`
      return { text, code: Code.UnschedulableAndUnresolvable }
    }
  }
  return undefined
}

/**
 * Gives back an allocation that kept nodes from being used, if only this pod holds it; the text for the
 * message.
 */
export function makeRoom(handle: FrameworkHandle, devices: PodDevices): string {
  const { state, objects } = handle
  const podName = state.pods.name[devices.pod] as string
  const podUid = state.pods.uid[devices.pod]
  for (const index of devices.unavailable) {
    const claim = devices.claims[index] as ResourceClaim & StoredObject
    if (claim === devices.extended) continue
    const { reservedFor = [], allocation: _, devices: __, ...status } = claim.status
    const isFree =
      reservedFor.length === 0 || (reservedFor.length === 1 && isReferenceTo(reservedFor[0], podName, podUid))
    if (!isFree) continue
    objects.updateStatus(claim.id, status)
    return 'deallocation of ResourceClaim completed'
  }
  const { extended } = devices
  if (extended !== undefined && 'id' in extended) {
    deleteClaim(handle, (extended as ResourceClaim & StoredObject).id)
    return 'deletion of ResourceClaim completed'
  }
  return 'still not schedulable'
}
