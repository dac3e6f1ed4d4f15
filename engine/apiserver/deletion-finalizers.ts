/** What happens to the dependents of a deleted object: `propagationPolicy` of DeleteOptions. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan'

export const FOREGROUND_FINALIZER = 'foregroundDeletion'
export const ORPHAN_FINALIZER = 'orphan'

/**
 * The finalizers an object has after a deletion was asked for: the garbage collector's two are set as the policy says.
 * Without a policy those that the object has stay.
 *
 * Upstream: deletionFinalizersForGarbageCollection of staging/src/k8s.io/apiserver/pkg/registry/generic/registry/
 * store.go (1.36).
 * Simplified: the older `orphanDependents` option is left out; no kind orphans by default.
 */
export function deletionFinalizers(
  finalizers: readonly string[],
  propagation: Propagation | undefined,
): readonly string[] {
  if (propagation === undefined) return finalizers
  const kept = finalizers.filter(name => name !== FOREGROUND_FINALIZER && name !== ORPHAN_FINALIZER)
  if (propagation === 'Foreground') return [...kept, FOREGROUND_FINALIZER]
  return propagation === 'Orphan' ? [...kept, ORPHAN_FINALIZER] : kept
}
