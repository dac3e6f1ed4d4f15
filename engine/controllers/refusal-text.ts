/**
 * What events and conditions quote when the API server refuses a pod.
 *
 * Upstream: messages of staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go (1.36).
 * Simplified: nothing known.
 */
import { Result } from '../apiserver/result.js'

/** What the API server says to a refused pod, where admission has not said more. */
export function refusalText(result: Result, name: string, said: string): string {
  if (said !== '') return said
  if (result === Result.AlreadyExists) return `pods "${name}" already exists`
  if (result === Result.NotFound) return 'the owner is gone'
  if (result === Result.TooManyRequests) return 'the server has received too many requests'
  return `pods "${name}" is forbidden`
}
