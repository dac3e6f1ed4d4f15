import type { Volume } from '../../../model/pod-spec.js'
import {
  Action,
  type EventRegistration,
  type FrameworkHandle,
  type ObjectVersion,
} from '../../framework/interface.js'
import { isOwnClaim } from './pod-claim-names.js'
import { isAssigned, shapeOfVersion } from './pod-versions.js'

/**
 * A pod with too many volumes for its nodes waits for limits that rise, for pods with volumes to go, for attachments to
 * end, and for its claims. `driverOf` names the CSI driver that has taken over an inline volume of an old kind.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/nodevolumelimits/csi.go (1.36).
 * Simplified: nothing known.
 */
export function nodeVolumeLimitsEvents(
  handle: FrameworkHandle,
  driverOf: (volume: Volume) => string | undefined,
): readonly EventRegistration[] {
  return [
    {
      resource: 'CSINode',
      actions: Action.Add | Action.Update,
      hint: (_, { oldObject, newObject }) =>
        oldObject === undefined || newObject === undefined || hasLimitRisen(oldObject, newObject),
    },
    {
      resource: 'Pod',
      actions: Action.Delete,
      hint: (_, { oldPod }) =>
        oldPod !== undefined &&
        isAssigned(oldPod) &&
        (shapeOfVersion(handle, oldPod).template.spec.volumes ?? []).some(
          volume =>
            volume.persistentVolumeClaim !== undefined ||
            volume.ephemeral !== undefined ||
            driverOf(volume) !== undefined,
        ),
    },
    { resource: 'PersistentVolumeClaim', actions: Action.Add, hint: isOwnClaim(handle) },
    {
      resource: 'VolumeAttachment',
      actions: Action.Delete,
      hint(pod, { oldObject }) {
        const attacher = (oldObject?.spec as { readonly attacher?: string } | undefined)?.attacher
        const volumes = handle.shapeOf(pod).template.spec.volumes ?? []
        return volumes.some(
          volume =>
            volume.persistentVolumeClaim !== undefined ||
            (attacher !== undefined && driverOf(volume) === attacher),
        )
      },
    },
  ]
}

interface CSINodeSpec {
  readonly drivers?: readonly {
    readonly name: string
    readonly allocatable?: { readonly count?: number }
  }[]
}

function limitsOf({ spec }: ObjectVersion): ReadonlyMap<string, number> {
  const limits = new Map<string, number>()
  for (const { name, allocatable } of (spec as CSINodeSpec).drivers ?? []) {
    if (allocatable?.count !== undefined) limits.set(name, allocatable.count)
  }
  return limits
}

function hasLimitRisen(before: ObjectVersion, after: ObjectVersion): boolean {
  const old = limitsOf(before)
  for (const [name, limit] of limitsOf(after)) if (limit > (old.get(name) ?? limit)) return true
  return false
}
