import { patchObject } from '../apiserver/patch-object.js'
import { Result } from '../apiserver/result.js'
import { defineOperation } from './operation.js'

/**
 * A strategic, merge or JSON patch of one object.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/patch/patch.go (1.36).
 * Simplified: nothing known.
 */
export const patch = defineOperation('patch', ({ api, report }) => operation => {
  const { kind, namespace, name, type, patch: change } = operation
  const object = `${kind}/${name}`
  const { result, message } = patchObject(api, operation, type, change, operation.subresource)
  if (result === Result.Ok) return { object, patch: change }
  report('patch', 'REJECTED', namespace, { object, error: message })
  return undefined
})
