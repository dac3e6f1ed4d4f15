/**
 * The storage class of a claim that names none: the newest of the classes marked as default.
 *
 * Upstream: plugin/pkg/admission/storage/storageclass/setdefault/admission.go and pkg/volume/util/storageclass.go
 * (1.36).
 * Simplified: nothing known.
 */
import type { Labels, PersistentVolumeClaimSpec } from '../../model/pod-spec.js'
import type { ClusterState } from '../../state/cluster-state.js'

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'
const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

/** Undefined: the claim keeps what it has. An empty name is a choice, too. */
export function defaultStorageClass(
  { objects }: ClusterState,
  { storageClassName }: PersistentVolumeClaimSpec,
  annotations: Labels,
): string | undefined {
  if (storageClassName !== undefined || annotations[CLASS_ANNOTATION] !== undefined) return undefined
  let name: string | undefined
  let newest = -1
  for (const id of objects.ofKind('StorageClass')) {
    const { meta } = objects.get(id)
    if (!DEFAULT_ANNOTATIONS.some(annotation => meta.annotations[annotation] === 'true')) continue
    const isBefore = meta.createdAt === newest && name !== undefined && meta.name < name
    if (meta.createdAt > newest || isBefore) {
      newest = meta.createdAt
      name = meta.name
    }
  }
  return name
}
