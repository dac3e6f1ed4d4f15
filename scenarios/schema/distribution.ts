import { z } from 'zod'
import { type DistributionSpec, distributionIssues, SECOND } from '../../engine/index.js'
import type { Fault } from '../issue.js'
import { parsePath } from '../path.js'
import { durationOf } from './duration.js'
import { addFaults } from './fields.js'

/** Parameters that are times; the others are pure numbers. */
const TIMES: ReadonlySet<string> = new Set([
  'value',
  'values',
  'min',
  'max',
  'mean',
  'scale',
  'median',
  'deviation',
])

/** A distribution of times, such as `{ weibull: { shape: 0.7, scale: 30d } }`; its parameters in seconds. */
export function timeDistribution() {
  return z
    .record(z.string(), z.unknown(), {
      error: 'expected a distribution such as { exponential: { mean: 30d } }',
    })
    .transform((given, context): DistributionSpec => {
      const faults: Fault[] = []
      const seconds = Object.fromEntries(
        Object.entries(given).map(([name, parameters]) => [name, inSeconds(parameters, [name], faults)]),
      )
      if (faults.length === 0) {
        for (const { path, message } of distributionIssues(seconds, ''))
          faults.push({ path: parsePath(path.replace(/^\./, '')) ?? [], message })
      }
      addFaults(context, given, faults)
      return seconds as DistributionSpec
    })
    .meta({ $comment: 'distribution' })
}

function inSeconds(parameters: unknown, path: readonly string[], faults: Fault[]): unknown {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return parameters
  const secondsOf = (value: unknown, at: readonly (string | number)[]): unknown => {
    if (typeof value !== 'string' && typeof value !== 'number') return value
    const time = durationOf(value)
    if (typeof time === 'number') return time / SECOND
    faults.push({ path: at, message: time })
    return 0
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => {
      const at = [...path, key]
      if (!TIMES.has(key)) return [key, value]
      if (Array.isArray(value)) return [key, value.map((item, i) => secondsOf(item, [...at, i]))]
      return [key, secondsOf(value, at)]
    }),
  )
}
