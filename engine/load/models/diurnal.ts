/**
 * The shape of a day, a cosine between its low and its high, times a factor for each day of the week; every step has
 * the value of its middle.
 * Upstream: nothing; real load comes from outside.
 * Simplified: days are those of UTC; the factor changes at midnight without a transition.
 */
import { HOUR, SECOND } from '../../kernel/time.js'
import { defineLoad } from '../load-model.js'

const DAY = 24 * HOUR
/** 1 January 1970 was a Thursday: the fourth day of a week that starts on Monday. */
const EPOCH_WEEKDAY = 3

export const diurnal = defineLoad({
  kind: 'diurnal',
  about: 'A day between low and high with its peak at a time of day, and a factor for each day of the week.',
  create({ low, high, peakAt, week, step }, { epochSeconds }) {
    const epoch = epochSeconds * SECOND
    const mean = (low + high) / 2
    const swing = (high - low) / 2
    return {
      at(t) {
        const start = Math.floor(t / step) * step
        const wall = epoch + start + step / 2
        const day = Math.floor(wall / DAY)
        const angle = (2 * Math.PI * (wall - day * DAY - peakAt)) / DAY
        return Math.max(0, mean + swing * Math.cos(angle)) * week[(day + EPOCH_WEEKDAY) % 7]
      },
      nextChange: t => (Math.floor(t / step) + 1) * step,
    }
  },
})
