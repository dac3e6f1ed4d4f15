import type { Volume } from '../../../model/pod-spec.js'
import { Action, type EventRegistration, type FrameworkHandle } from '../../framework/interface.js'
import { isOwnClaim } from './pod-claim-names.js'
import { shapeOfVersion } from './pod-versions.js'

/** Whether some disk of the one list cannot be mounted beside one of the other. */
export type AreDisksConflicting = (wanted: readonly Volume[], mounted: readonly Volume[]) => boolean

/**
 * A pod waits for those to go that use its claims or its disks, for its claims, and for any new node.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go (1.36).
 * Simplified: nothing known.
 */
export function volumeRestrictionsEvents(
  handle: FrameworkHandle,
  areConflicting: AreDisksConflicting,
): readonly EventRegistration[] {
  return [
    {
      resource: 'Pod',
      actions: Action.Delete,
      hint(pod, { oldPod }) {
        const waiting = handle.shapeOf(pod)
        if (oldPod === undefined || oldPod.namespace !== waiting.namespaceId) return false
        const wanted = waiting.template.spec.volumes ?? []
        const mounted = shapeOfVersion(handle, oldPod).template.spec.volumes ?? []
        if (areConflicting(wanted, mounted)) return true
        // Whether the claim may be used by one pod only is not asked: that would take a look at the claim.
        const claims = new Set(wanted.flatMap(claimNames))
        return mounted.flatMap(claimNames).some(name => claims.has(name))
      },
    },
    { resource: 'Node', actions: Action.Add },
    { resource: 'PersistentVolumeClaim', actions: Action.Add, hint: isOwnClaim(handle) },
  ]
}

function claimNames({ persistentVolumeClaim }: Volume): readonly string[] {
  return persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName]
}
