/**
 * Arrivals counted over even periods: a Poisson number around another load's mean, as a rate. Each period's number
 * is a draw of its own, so nothing depends on which periods were asked for.
 * Upstream: nothing; real load comes from outside.
 * Simplified: the mean of a period is the other load's value at its start.
 */
import { normalQuantile } from '../../kernel/normal-quantile.js'
import { SECOND } from '../../kernel/time.js'
import { defineLoad } from '../load-model.js'

/** Above this mean the quantile comes from its expansion, off by less than one arrival. */
const LARGE_MEAN = 500

/** The smallest count whose probability to be reached or undercut is at least `uniform`. */
export function poissonQuantile(mean: number, uniform: number): number {
  if (mean <= 0) return 0
  if (mean > LARGE_MEAN) {
    const z = normalQuantile(Math.max(uniform, 2 ** -54))
    return Math.max(0, Math.round(mean + z * Math.sqrt(mean) + (z * z - 1) / 6 - 0.5))
  }
  let probability = Math.exp(-mean)
  let sum = probability
  let count = 0
  while (sum < uniform && probability > 0) {
    count++
    probability *= mean / count
    sum += probability
  }
  return count
}

export const poisson = defineLoad({
  kind: 'poisson',
  about: 'A Poisson number of arrivals in each period around the mean of another load.',
  create({ of, per }, context) {
    const mean = context.part(of, 'of')
    const draws = context.keyed('poisson')
    const seconds = per / SECOND
    return {
      at(t) {
        const period = Math.floor(t / per)
        return poissonQuantile(mean.at(period * per) * seconds, draws.at(period)) / seconds
      },
      nextChange: t => (Math.floor(t / per) + 1) * per,
    }
  },
})
