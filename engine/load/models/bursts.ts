/**
 * Bursts one after another, each with a drawn pause before it, length and height; drawn in order as time goes on.
 * Upstream: nothing; real load comes from outside.
 * Simplified: bursts do not overlap.
 */
import { createDistribution, drawTime } from '../../kernel/distributions.js'
import type { SimTime } from '../../kernel/time.js'
import { lastAt } from '../last-at.js'
import { defineLoad } from '../load-model.js'

export const bursts = defineLoad({
  kind: 'bursts',
  about: 'Nothing but for bursts whose pauses, lengths and heights are drawn.',
  create({ pause, length, height }, context) {
    const uniform = context.stream('bursts')
    const draw = (): number => uniform.double()
    const pauses = createDistribution(pause)
    const lengths = createDistribution(length)
    const heights = createDistribution(height)
    /** Starts and ends in turn; the value of burst i lies from times[2i] to times[2i + 1]. */
    const times: SimTime[] = []
    const values: number[] = []
    const extend = (t: SimTime): void => {
      while (times.length === 0 || times[times.length - 1] <= t) {
        const from = times.length === 0 ? 0 : times[times.length - 1]
        const start = from + drawTime(pauses, draw, 1)
        times.push(start, start + drawTime(lengths, draw, 1))
        values.push(Math.max(0, heights.draw(draw)))
      }
    }
    return {
      at(t) {
        extend(t)
        const i = lastAt(times, t)
        return i >= 0 && i % 2 === 0 ? values[i / 2] : 0
      },
      nextChange(t) {
        extend(t)
        return times[lastAt(times, t) + 1]
      },
    }
  },
})
