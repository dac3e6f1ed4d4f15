import type { Volume } from '../../../model/pod-spec.js'
import type { PodId } from '../../../state/ids.js'
import type { EventRegistration, FrameworkHandle, ObjectVersion } from '../../framework/interface.js'

/**
 * The name of the claim behind a volume; undefined for volumes of other kinds.
 * Upstream: staging/src/k8s.io/component-helpers/storage/ephemeral (1.36).
 * Simplified: nothing known.
 */
export function claimNameOf(volume: Volume, podName: string): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName
  return volume.ephemeral === undefined ? undefined : `${podName}-${volume.name}`
}

/** A hint that tells whether a claim is one of the pod's own. */
export function isOwnClaim(handle: FrameworkHandle): NonNullable<EventRegistration['hint']> {
  return (pod, { newObject }) => newObject !== undefined && usesClaim(handle, pod, newObject)
}

function usesClaim(handle: FrameworkHandle, pod: PodId, { namespace, name }: ObjectVersion): boolean {
  const shape = handle.shapeOf(pod)
  if (shape.namespace !== namespace) return false
  const podName = handle.state.pods.name[pod] ?? ''
  return (shape.template.spec.volumes ?? []).some(volume => claimNameOf(volume, podName) === name)
}
