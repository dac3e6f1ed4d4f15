/**
 * Claims and volumes as the API server stores them when they are created: the spec with its defaults, the phase
 * Pending. A status that was written is kept, so that the objects of a dump come back as they were.
 *
 * Upstream: SetDefaults_PersistentVolume and SetDefaults_PersistentVolumeClaim of pkg/apis/core/v1/defaults.go,
 * PrepareForCreate of pkg/registry/core/persistentvolume and persistentvolumeclaim (1.36).
 * Simplified: upstream throws a written status away.
 */
import { defaultClaimSpec } from './pod-defaults.js'
import type { PersistentVolumeSpec } from './storage.js'

/** Undefined for other kinds. */
export function newStorage(
  kind: string,
  spec: object,
  status: object,
): { readonly spec: unknown; readonly status: unknown } | undefined {
  const pending = { phase: 'Pending', ...status }
  if (kind === 'PersistentVolumeClaim') {
    return { spec: defaultClaimSpec(spec), status: pending }
  }
  if (kind === 'PersistentVolume') return { spec: defaultVolumeSpec(spec), status: pending }
  return undefined
}

function defaultVolumeSpec(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  return { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', ...spec }
}
