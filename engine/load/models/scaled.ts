import { NEVER } from '../../kernel/time.js'
import { defineLoad } from '../load-model.js'

export const scaled = defineLoad({
  kind: 'scaled',
  about: 'Another load, later, times a factor and within bounds.',
  create({ of, factor, delay, least, most }, context) {
    const part = context.part(of, 'of')
    const within = (value: number): number => Math.min(most, Math.max(least, value))
    return {
      at: t => within(t < delay ? 0 : part.at(t - delay) * factor),
      nextChange(t) {
        if (t < delay) return delay
        const next = part.nextChange(t - delay)
        return next === NEVER ? NEVER : next + delay
      },
    }
  },
})
