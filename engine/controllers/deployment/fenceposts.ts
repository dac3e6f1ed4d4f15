/**
 * How far a rolling update may go above and below the wanted number of pods.
 *
 * Upstream: pkg/controller/deployment/util/deployment_util.go ResolveFenceposts, MaxSurge, MaxUnavailable (1.36).
 * Simplified: nothing known.
 */
import { type IntOrPercent, Rounding, readIntOrPercent } from '../../model/int-or-percent.js'
import type { DeploymentSpec } from '../../model/workloads.js'

export interface Fenceposts {
  readonly maxSurge: number
  readonly maxUnavailable: number
}

/**
 * Surge is rounded up, unavailability down. When both come to nothing one pod may be unavailable, or no update could
 * ever go on.
 */
export function resolveFenceposts(
  maxSurge: IntOrPercent | undefined,
  maxUnavailable: IntOrPercent | undefined,
  replicas: number,
): Fenceposts | { readonly error: string } {
  const surge = readIntOrPercent(maxSurge ?? 0, replicas, Rounding.Up)
  if (typeof surge !== 'number') return surge
  const unavailable = readIntOrPercent(maxUnavailable ?? 0, replicas, Rounding.Down)
  if (typeof unavailable !== 'number') return unavailable
  if (surge === 0 && unavailable === 0) return { maxSurge: 0, maxUnavailable: 1 }
  return { maxSurge: surge, maxUnavailable: unavailable }
}

export function maxSurgeOf(spec: DeploymentSpec): number {
  return fencepostsOf(spec).maxSurge
}

/** Never more than the Deployment has pods; none under Recreate or at size 0. */
export function maxUnavailableOf(spec: DeploymentSpec): number {
  if (spec.replicas === 0) return 0
  return Math.min(fencepostsOf(spec).maxUnavailable, spec.replicas)
}

function fencepostsOf({ strategy, replicas }: DeploymentSpec): Fenceposts {
  if (strategy.type !== 'RollingUpdate') return { maxSurge: 0, maxUnavailable: 0 }
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate
  const resolved = resolveFenceposts(maxSurge, maxUnavailable, replicas)
  // Validation has refused what cannot be read.
  return 'error' in resolved ? { maxSurge: 0, maxUnavailable: 0 } : resolved
}
