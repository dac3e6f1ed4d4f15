import type { ObjectMeta } from './api-object.js'
import type { PodSpec, Volume } from './pod-spec.js'

/** One volume of a pod that is a claim: named in the spec, or made for the pod under a name of its own. */
export interface PodClaim {
  readonly name: string
  readonly isEphemeral: boolean
}

/**
 * The claims behind a pod's volumes, and whose they are.
 * Upstream: k8s.io/component-helpers storage/ephemeral/ephemeral.go (1.36).
 * Simplified: an owner that a manifest names before it exists has no number; its name decides then.
 */
export function claimsOfPod(spec: PodSpec, podName: string): PodClaim[] {
  const claims: PodClaim[] = []
  for (const volume of spec.volumes ?? []) {
    const claim = claimOfVolume(volume, podName)
    if (claim !== undefined) claims.push(claim)
  }
  return claims
}

/** The claim behind one volume; undefined for volumes of other kinds. */
export function claimOfVolume(volume: Volume, podName: string): PodClaim | undefined {
  if (volume.persistentVolumeClaim !== undefined) {
    return { name: volume.persistentVolumeClaim.claimName, isEphemeral: false }
  }
  if (volume.ephemeral !== undefined) return { name: `${podName}-${volume.name}`, isEphemeral: true }
  return undefined
}

/** Whether the object was made for this pod and is controlled by it. */
export function isControlledByPod({ owners }: ObjectMeta, podName: string, podUid: number): boolean {
  return owners.some(
    ({ controller, kind, name, uid }) =>
      controller && kind === 'Pod' && (uid === 0 ? name === podName : uid === podUid),
  )
}
