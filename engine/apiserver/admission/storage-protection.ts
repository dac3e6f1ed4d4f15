/**
 * The finalizers that claims and volumes have from the start: they keep a claim while a pod uses it, and a volume while
 * it is bound.
 *
 * Upstream: plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go (1.36).
 * Simplified: nothing known.
 */
import { CLAIM_PROTECTION, VOLUME_PROTECTION } from '../../model/storage.js'
import type { ObjectDraft } from '../object-registry.js'

const FINALIZERS: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: CLAIM_PROTECTION,
  PersistentVolume: VOLUME_PROTECTION,
}

export function withProtection(draft: ObjectDraft): ObjectDraft {
  const finalizer = FINALIZERS[draft.kind]
  const { finalizers = [] } = draft
  if (finalizer === undefined || finalizers.includes(finalizer)) return draft
  return { ...draft, finalizers: [...finalizers, finalizer] }
}
