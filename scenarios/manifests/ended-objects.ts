import type { Manifest } from '../../engine/index.js'
import { isRecord } from '../describe-value.js'

/**
 * Why an object that `kubectl get` wrote down has nothing left to do: a pod or Job that has ended would start anew if
 * it were created again. Undefined for everything else.
 */
export function endedBefore(manifest: Manifest): string | undefined {
  const { kind, status } = manifest as Manifest & { readonly status?: unknown }
  if (!isRecord(status)) return undefined
  if (kind === 'Pod') {
    const { phase } = status
    return phase === 'Succeeded' || phase === 'Failed' ? 'that ended before' : undefined
  }
  if (kind !== 'Job' || !Array.isArray(status['conditions'])) return undefined
  const hasEnded = status['conditions'].some(
    condition =>
      isRecord(condition) &&
      (condition['type'] === 'Complete' || condition['type'] === 'Failed') &&
      condition['status'] === 'True',
  )
  return hasEnded ? 'that ended before' : undefined
}
