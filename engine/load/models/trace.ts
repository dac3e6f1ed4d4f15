/**
 * A recorded series, each value until the next one, once or again and again.
 * Upstream: nothing; real load comes from outside.
 * Simplified: nothing known.
 */
import { NEVER } from '../../kernel/time.js'
import { lastAt } from '../last-at.js'
import { defineLoad } from '../load-model.js'

export const trace = defineLoad({
  kind: 'trace',
  about: 'Recorded values, each until the next one; then 0, or the series again.',
  create({ at: times, value, end, repeat }) {
    const round = (t: number): number => (repeat ? Math.floor(t / end) * end : 0)
    return {
      at(t) {
        const own = t - round(t)
        const i = lastAt(times, own)
        return i < 0 || own >= end ? 0 : value[i]
      },
      nextChange(t) {
        const start = round(t)
        const own = t - start
        if (own >= end) return NEVER
        const next = lastAt(times, own) + 1
        if (next < times.length && times[next] < end) return start + times[next]
        return start + end
      },
    }
  },
})
