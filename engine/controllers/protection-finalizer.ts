/**
 * What a protection controller does with its finalizer: it is there as long as the object is wanted, and goes when the
 * deletion was asked for and nothing uses the object.
 *
 * Upstream: pkg/controller/volume/protectionutil/utils.go (1.36).
 * Simplified: nothing known.
 */
import { NEVER } from '../kernel/time.js'
import type { ObjectMeta } from '../model/api-object.js'

export function nextStep(
  { deletionAt, finalizers }: ObjectMeta,
  finalizer: string,
): 'add' | 'remove' | 'nothing' {
  const isHeld = finalizers.includes(finalizer)
  if (deletionAt === NEVER) return isHeld ? 'nothing' : 'add'
  return isHeld ? 'remove' : 'nothing'
}

export function withFinalizer(finalizers: readonly string[], finalizer: string): readonly string[] {
  return [...finalizers, finalizer]
}

export function withoutFinalizer(finalizers: readonly string[], finalizer: string): readonly string[] {
  return finalizers.filter(name => name !== finalizer)
}
