import type { Operation } from '../engine/index.js'

interface Reference {
  readonly kind: string
  readonly name: string
}

/**
 * How deep an applied object lies below its owners, for each operation; 0 for all that have none. Dumps list objects
 * by kind, so that dependents often stand before their owners; created in that order they would be collected at once.
 */
export function ownerDepths(operations: readonly Operation[]): Int32Array {
  const depths = new Int32Array(operations.length)
  const byName = new Map<string, number>()
  const owned: number[] = []
  for (const [index, operation] of operations.entries()) {
    if (operation.op !== 'apply') continue
    const { kind, metadata } = operation.manifest
    byName.set(keyOf(metadata.namespace ?? '', { kind, name: metadata.name }), index)
    if (referencesOf(operation).length > 0) owned.push(index)
  }
  // Each pass settles one level more; references in a circle end with the passes.
  for (let pass = 0; pass < owned.length; pass++) {
    let isSettled = true
    for (const index of owned) {
      const operation = operations[index]
      for (const reference of referencesOf(operation)) {
        const { namespace = '' } = operation.op === 'apply' ? operation.manifest.metadata : {}
        const owner = byName.get(keyOf(namespace, reference)) ?? byName.get(keyOf('', reference))
        if (owner === undefined || depths[index] > depths[owner] || depths[owner] >= MAX_DEPTH) continue
        depths[index] = depths[owner] + 1
        isSettled = false
      }
    }
    if (isSettled) break
  }
  return depths
}

/** Deployment, ReplicaSet, pod; nothing in Kubernetes lies much deeper. */
const MAX_DEPTH = 16

function referencesOf(operation: Operation): readonly Reference[] {
  if (operation.op !== 'apply') return []
  return (operation.manifest.metadata['ownerReferences'] ?? []) as readonly Reference[]
}

function keyOf(namespace: string, { kind, name }: Reference): string {
  return `${kind} ${namespace}/${name}`
}
