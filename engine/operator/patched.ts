import { patchObject } from '../apiserver/patch-object.js'
import { Result } from '../apiserver/result.js'
import type { ObjectName, OperationName } from '../model/operations.js'
import type { OperationOutcome, OperatorContext } from './operation.js'

/**
 * Makes a merge patch on behalf of an operation: what its DONE line says, or nothing when the patch was
 * refused.
 * Upstream: staging/src/k8s.io/cli-runtime/pkg/resource/helper.go Patch (1.36).
 * Simplified: nothing known.
 */
export function patched(
  { api, report }: OperatorContext,
  operation: OperationName,
  { kind, namespace, name }: ObjectName,
  patch: object,
  details: OperationOutcome['details'] = {},
): OperationOutcome['details'] | undefined {
  const object = `${kind}/${name}`
  const { result, message } = patchObject(api, { kind, namespace, name }, 'merge', patch)
  if (result === Result.Ok) return { object, ...details }
  report(operation, 'REJECTED', namespace, { object, error: message })
  return undefined
}
