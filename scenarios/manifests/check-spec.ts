/**
 * What the API server refuses in the spec of a workload, budget, autoscaler or Service, with the place in the file.
 * Upstream: the validation packages of apps, batch, policy, autoscaling and core (1.36).
 * Simplified: only what new objects are asked for; the rules for updates are not looked at.
 */
import {
  budgetSpecErrors,
  cronErrors,
  cronJobErrors,
  type HorizontalPodAutoscalerSpec,
  horizontalPodAutoscalerErrors,
  type Manifest,
  UTC,
  type WrittenSpec,
  workloadErrors,
} from '../../engine/index.js'
import type { Fault } from '../issue.js'
import { type Path, parsePath } from '../path.js'
import { timeZoneNames } from '../time-zone-names.js'

/** Path and message of an error as the API server writes it, `spec.ports[0].port: Invalid value: 0: ...`. */
const ERROR = /^([\w.[\]]+): (.*)$/s

/** @param path where the object stands in its file */
export function specFaults(manifest: Manifest, path: Path): Fault[] {
  return errorsOf(manifest).map(error => {
    const [, place = '', message = error] = ERROR.exec(error) ?? []
    return { path: [...path, ...(parsePath(place) ?? [])], message }
  })
}

function errorsOf(manifest: Manifest): readonly string[] {
  const { apiVersion, kind, metadata } = manifest
  const spec = manifest['spec'] as WrittenSpec
  if (kind === 'CronJob') {
    const { schedule, timeZone } = spec as WrittenSpec & {
      readonly schedule: string
      readonly timeZone?: string
    }
    const isZone = (name: string): boolean => timeZoneNames.has(name)
    const errors = cronErrors(schedule, timeZone, name => (isZone(name) ? UTC : undefined), isZone)
    return [...errors, ...cronJobErrors(metadata.name, spec)]
  }
  if (kind === 'PodDisruptionBudget') return budgetSpecErrors(spec)
  // The old version has no metrics, and the rest of it alike.
  if (kind === 'HorizontalPodAutoscaler' && apiVersion.startsWith('autoscaling/')) {
    return horizontalPodAutoscalerErrors(manifest['spec'] as HorizontalPodAutoscalerSpec)
  }
  return workloadErrors(kind, spec)
}
