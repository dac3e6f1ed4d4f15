/**
 * Values that change at given times, once or again and again.
 * Upstream: nothing; real load comes from outside.
 * Simplified: nothing known.
 */
import { NEVER } from '../../kernel/time.js'
import { lastAt } from '../last-at.js'
import { defineLoad } from '../load-model.js'

export const steps = defineLoad({
  kind: 'steps',
  about: 'The value of the latest step, 0 before the first; the steps may come again every so often.',
  create({ steps: list, every }) {
    const times = Float64Array.from(list, ({ at }) => at)
    const last = list.length === 0 ? 0 : list[list.length - 1].value
    const round = (t: number): number => (every === NEVER ? 0 : Math.floor(t / every) * every)
    return {
      at(t) {
        const start = round(t)
        const i = lastAt(times, t - start)
        if (i >= 0) return list[i].value
        return start > 0 ? last : 0
      },
      nextChange(t) {
        const start = round(t)
        const next = lastAt(times, t - start) + 1
        if (next < times.length && start + times[next] < start + every) return start + times[next]
        return every === NEVER || times.length === 0 ? NEVER : start + every + times[0]
      },
    }
  },
})
