/**
 * Straight lines between points, walked in even steps; each step has the value of its middle.
 * Upstream: nothing; real load comes from outside.
 * Simplified: nothing known.
 */
import { NEVER } from '../../kernel/time.js'
import { lastAt } from '../last-at.js'
import { defineLoad } from '../load-model.js'

export const ramps = defineLoad({
  kind: 'ramps',
  about: 'Straight lines between points in steps, constant before the first point and after the last.',
  create({ points, step }) {
    const times = Float64Array.from(points, ({ at }) => at)
    const end = times.length - 1
    return {
      at(t) {
        const i = lastAt(times, t)
        if (i < 0) return points[0].value
        if (i === end) return points[end].value
        const from = times[i]
        const to = times[i + 1]
        const start = from + Math.floor((t - from) / step) * step
        const middle = Math.min(start + step / 2, (start + to) / 2)
        const { value } = points[i]
        return value + ((points[i + 1].value - value) * (middle - from)) / (to - from)
      },
      nextChange(t) {
        const i = lastAt(times, t)
        if (i < 0) return times[0]
        if (i === end) return NEVER
        const from = times[i]
        return Math.min(from + (Math.floor((t - from) / step) + 1) * step, times[i + 1])
      },
    }
  },
})
