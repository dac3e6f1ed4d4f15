/**
 * How many repetitions are enough: the interval's half-width must reach its target and stay there for a look-ahead of
 * further repetitions, because with few values it is small by luck now and then. Above 100 repetitions the look-ahead
 * grows in proportion.
 *
 * Follows K. Hoad, S. Robinson, R. Davies, "Automating DES output analysis: how many replications to run", Winter
 * Simulation Conference 2007. Simplified: until the target is near, several repetitions are asked for at once, half of
 * the way that the standard deviation so far predicts.
 */
import type { Precision } from '../experiment.js'
import { meanInterval } from './mean-interval.js'

export interface ReplicationRule {
  readonly first: number
  readonly most: number
  readonly lookAhead: number
  readonly confidence: number
}

type Target = Pick<Precision, 'halfWidth' | 'relative'>

/** Repetitions that are wanted of these values; as many as there are when they are enough. */
export function repetitionsWanted(values: readonly number[], target: Target, rule: ReplicationRule): number {
  const { length: n } = values
  let since = 0
  for (let k = Math.max(2, rule.first); k <= n; k++) {
    if (!isPrecise(values.slice(0, k), target, rule.confidence)) since = 0
    else if (since === 0) since = k
  }
  if (since > 0) return Math.min(rule.most, Math.max(n, since + lookAheadAt(since, rule.lookAhead)))
  return Math.min(rule.most, Math.max(n + 1, halfWay(values, target, rule.confidence)))
}

/** Whether the half-width of the values' interval is within the target. */
export function isPrecise(values: readonly number[], target: Target, confidence: number): boolean {
  const { mean, halfWidth } = meanInterval(values, confidence)
  return halfWidth <= goal(target, mean)
}

function goal({ halfWidth, relative }: Target, mean: number): number {
  return relative ? halfWidth * Math.abs(mean) : halfWidth
}

function lookAheadAt(repetitions: number, lookAhead: number): number {
  return repetitions <= 100 ? lookAhead : Math.ceil((lookAhead * repetitions) / 100)
}

/** Half of the way to where the half-width would reach the target if the standard deviation stayed as it is. */
function halfWay(values: readonly number[], target: Target, confidence: number): number {
  const { n, mean, halfWidth } = meanInterval(values, confidence)
  const wanted = goal(target, mean)
  if (!(wanted > 0) || Number.isNaN(halfWidth)) return n + 1
  const predicted = n * (halfWidth / wanted) ** 2
  return n + Math.min(n, Math.ceil((predicted - n) / 2))
}
