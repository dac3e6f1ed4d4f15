import { NEVER } from '../../kernel/time.js'
import { defineLoad } from '../load-model.js'

export const sum = defineLoad({
  kind: 'sum',
  about: 'Several loads added up.',
  create({ of }, context) {
    const parts = of.map((spec, i) => context.part(spec, String(i)))
    return {
      at(t) {
        let total = 0
        for (const part of parts) total += part.at(t)
        return total
      },
      nextChange(t) {
        let next = NEVER
        for (const part of parts) next = Math.min(next, part.nextChange(t))
        return next
      },
    }
  },
})
