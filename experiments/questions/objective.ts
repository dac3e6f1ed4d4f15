/**
 * Whether a variant meets an objective, with confidence: the one-sided bound of the mean over repetitions has to lie on
 * the right side of the limit. `==` and `!=` have to hold in every run. A variant whose bound and whose mean lie on
 * different sides is unclear, and more repetitions may tell.
 */
import { meanInterval } from '../statistics/mean-interval.js'

export interface Objective {
  readonly metric: string
  readonly comparison: '<' | '<=' | '==' | '!=' | '>=' | '>'
  readonly value: number
  /** As it was written. */
  readonly text: string
}

export interface JudgedObjective {
  readonly objective: Objective
  readonly status: 'meets' | 'misses' | 'unclear'
  /** NaN when a run has no such figure. */
  readonly mean: number
  /** The end of the one-sided interval that counts; the mean itself for `==` and `!=`. */
  readonly bound: number
}

/** NaN among the values is a run that failed, was cut off or has nothing to measure: it misses. */
export function judgeObjective(
  objective: Objective,
  values: readonly number[],
  confidence: number,
): JudgedObjective {
  const { comparison, value } = objective
  // A two-sided interval of 90 % ends where the one-sided one of 95 % does.
  const { mean, low, high } = meanInterval(values, 2 * confidence - 1)
  if (values.length === 0 || Number.isNaN(mean)) {
    return { objective, status: 'misses', mean: Number.NaN, bound: Number.NaN }
  }
  if (comparison === '==' || comparison === '!=') {
    const holds = values.every(actual => (actual === value) === (comparison === '=='))
    return { objective, status: holds ? 'meets' : 'misses', mean, bound: mean }
  }
  const isUpper = comparison === '<=' || comparison === '<'
  const [worst, best] = isUpper ? [high, low] : [low, high]
  if (holdsFor(objective, worst)) return { objective, status: 'meets', mean, bound: worst }
  const misses = !Number.isNaN(best) && !holdsFor(objective, best)
  return { objective, status: misses ? 'misses' : 'unclear', mean, bound: worst }
}

function holdsFor({ comparison, value }: Objective, actual: number): boolean {
  if (comparison === '<=') return actual <= value
  if (comparison === '<') return actual < value
  return comparison === '>=' ? actual >= value : actual > value
}
