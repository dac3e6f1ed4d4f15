/**
 * Distributions made from plain data, drawn by inverting the distribution function at one uniform number.
 * So every draw takes exactly one number from its stream, keeps nothing between draws, grows with the uniform
 * number, and two runs that draw the same uniforms can be compared in pairs. Numbers have no unit here.
 */
import type { Issue } from './definition.js'
import { didYouMean } from './did-you-mean.js'
import { invariant } from './invariant.js'
import { normalQuantile } from './normal-quantile.js'
import { SECOND, type SimTime } from './time.js'

/** One key names the distribution; under it lie its parameters. */
export type DistributionSpec =
  | { readonly constant: { readonly value: number } }
  /** Every value in [min, max) alike. */
  | { readonly uniform: { readonly min: number; readonly max: number } }
  | { readonly exponential: { readonly mean: number } }
  | { readonly weibull: { readonly shape: number; readonly scale: number } }
  /** The logarithm is normal: its mean is ln(median), its deviation sigma. */
  | { readonly lognormal: { readonly median: number; readonly sigma: number } }
  /** P(X > x) = (min / x) ^ shape; no mean exists for a shape of 1 or less. */
  | { readonly pareto: { readonly shape: number; readonly min: number } }
  | { readonly normal: { readonly mean: number; readonly deviation: number } }
  /** One of the values, or with `interpolate` a point on the lines between their quantiles. */
  | { readonly empirical: { readonly values: readonly number[]; readonly interpolate?: boolean } }

export interface Distribution {
  readonly name: string
  /** The expected value, absent where there is none. */
  readonly mean?: number
  /** A value; takes exactly one number in [0, 1), best one of 53 bits. */
  draw(uniform: () => number): number
}

type Parameters = Readonly<Record<string, unknown>>

interface Family {
  readonly parameters: readonly string[]
  readonly optional?: readonly string[]
  /** Messages about parameters of the right type. */
  faults(parameters: Parameters): string[]
}

const FAMILIES: Readonly<Record<string, Family>> = {
  constant: { parameters: ['value'], faults: given => finite(given, ['value']) },
  uniform: {
    parameters: ['min', 'max'],
    faults: given => [
      ...finite(given, ['min', 'max']),
      ...(Number(given.max) < Number(given.min) ? ['max must not be less than min'] : []),
    ],
  },
  exponential: { parameters: ['mean'], faults: given => positive(given, ['mean']) },
  weibull: { parameters: ['shape', 'scale'], faults: given => positive(given, ['shape', 'scale']) },
  lognormal: {
    parameters: ['median', 'sigma'],
    faults: given => [...positive(given, ['median']), ...notNegative(given, ['sigma'])],
  },
  pareto: { parameters: ['shape', 'min'], faults: given => positive(given, ['shape', 'min']) },
  normal: {
    parameters: ['mean', 'deviation'],
    faults: given => [...finite(given, ['mean']), ...notNegative(given, ['deviation'])],
  },
  empirical: { parameters: ['values'], optional: ['interpolate'], faults: empiricalFaults },
}

/** Everything wrong with a distribution as a user wrote it; empty when it can be made. */
export function distributionIssues(spec: unknown, path: string): Issue[] {
  const names = Object.keys(FAMILIES)
  if (!isRecord(spec)) return [{ path, message: `expected a distribution: one of ${names.join(', ')}` }]
  const keys = Object.keys(spec)
  if (keys.length !== 1) return [{ path, message: `expected one distribution, got ${keys.length}` }]
  const name = keys[0]
  const family = Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined
  if (family === undefined) return [{ path, message: unknown('distribution', name, names) }]
  const given = spec[name]
  const place = `${path}.${name}`
  const known = [...family.parameters, ...(family.optional ?? [])]
  if (!isRecord(given)) return [{ path: place, message: `expected an object with ${known.join(', ')}` }]
  const issues: Issue[] = []
  for (const key of Object.keys(given)) {
    if (!known.includes(key))
      issues.push({ path: `${place}.${key}`, message: unknown('parameter', key, known) })
  }
  for (const key of family.parameters) {
    if (given[key] === undefined) issues.push({ path: place, message: `${key} is missing` })
  }
  if (issues.length === 0) for (const message of family.faults(given)) issues.push({ path: place, message })
  return issues
}

/** Draws a time from a distribution of seconds, to the microsecond and no less than `least`. */
export function drawTime(distribution: Distribution, uniform: () => number, least: SimTime = 0): SimTime {
  return Math.max(least, Math.round(distribution.draw(uniform) * SECOND))
}

/** Makes a distribution; the spec has been checked with {@link distributionIssues}. */
export function createDistribution(spec: DistributionSpec): Distribution {
  const [issue] = distributionIssues(spec, 'distribution')
  invariant(issue === undefined, `${issue?.path}: ${issue?.message}`)
  if ('constant' in spec) return inverse('constant', spec.constant.value, () => spec.constant.value)
  if ('uniform' in spec) {
    const { min, max } = spec.uniform
    return inverse('uniform', (min + max) / 2, u => min + u * (max - min))
  }
  if ('exponential' in spec) {
    const { mean } = spec.exponential
    return inverse('exponential', mean, u => -mean * Math.log1p(-u))
  }
  if ('weibull' in spec) {
    const { shape, scale } = spec.weibull
    return inverse('weibull', scale * gamma(1 + 1 / shape), u => scale * (-Math.log1p(-u)) ** (1 / shape))
  }
  if ('lognormal' in spec) {
    const { median, sigma } = spec.lognormal
    const mean = median * Math.exp((sigma * sigma) / 2)
    return inverse('lognormal', mean, u => median * Math.exp(sigma * normalQuantile(inside(u))))
  }
  if ('pareto' in spec) {
    const { shape, min } = spec.pareto
    const mean = shape > 1 ? (shape * min) / (shape - 1) : undefined
    return inverse('pareto', mean, u => min * (1 - u) ** (-1 / shape))
  }
  if ('normal' in spec) {
    const { mean, deviation } = spec.normal
    return inverse('normal', mean, u => mean + deviation * normalQuantile(inside(u)))
  }
  return empirical(spec.empirical.values, spec.empirical.interpolate ?? false)
}

function inverse(name: string, mean: number | undefined, quantile: (u: number) => number): Distribution {
  const draw = (uniform: () => number): number => quantile(uniform())
  return mean === undefined ? { name, draw } : { name, mean, draw }
}

function empirical(values: readonly number[], interpolate: boolean): Distribution {
  const sorted = Float64Array.from(values).sort()
  const last = sorted.length - 1
  let sum = 0
  for (const value of sorted) sum += value
  if (!interpolate) {
    return inverse('empirical', sum / sorted.length, u => sorted[Math.floor(u * sorted.length)])
  }
  // The lines run from the least to the greatest value, so the two ends weigh half.
  const mean = last === 0 ? sorted[0] : (sum - (sorted[0] + sorted[last]) / 2) / last
  return inverse('empirical', mean, u => {
    const below = Math.floor(u * last)
    const step = below < last ? sorted[below + 1] - sorted[below] : 0
    return sorted[below] + (u * last - below) * step
  })
}

/** A uniform number may be 0, where the normal quantile is infinite. */
function inside(u: number): number {
  return u > 0 ? u : 2 ** -54
}

/** The gamma function for arguments above 1, by Lanczos' approximation (g = 7, nine terms), to 1e-14. */
function gamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ]
  let sum = 0.9999999999998099
  for (let index = 0; index < terms.length; index++) sum += terms[index] / (x + index)
  const base = x + 6.5
  return Math.sqrt(2 * Math.PI) * Math.exp((x - 0.5) * Math.log(base) - base) * sum
}

function empiricalFaults({ values, interpolate }: Parameters): string[] {
  const faults: string[] = []
  if (!Array.isArray(values) || values.length === 0)
    faults.push('values must be a list of numbers, not empty')
  else if (!values.every(value => Number.isFinite(value)))
    faults.push('every one of values must be a finite number')
  if (interpolate !== undefined && typeof interpolate !== 'boolean')
    faults.push('interpolate must be true or false')
  return faults
}

function finite(given: Parameters, keys: readonly string[]): string[] {
  return keys.filter(key => !Number.isFinite(given[key])).map(key => `${key} must be a finite number`)
}

function positive(given: Parameters, keys: readonly string[]): string[] {
  const wrong = keys.filter(key => !(Number.isFinite(given[key]) && Number(given[key]) > 0))
  return wrong.map(key => `${key} must be a number greater than 0`)
}

function notNegative(given: Parameters, keys: readonly string[]): string[] {
  const wrong = keys.filter(key => !(Number.isFinite(given[key]) && Number(given[key]) >= 0))
  return wrong.map(key => `${key} must be a number of at least 0`)
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known)
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`
  return `unknown ${what} "${name}"; ${hint}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
