import { parseDuration } from '../../kernel/time.js'
import { value } from '../../model/quantity.js'
import { defineFailure } from '../failure-model.js'

/**
 * Pods that leak memory on top of what they use otherwise, evenly over a time.
 *
 * Upstream: what happens to real programs; no file of Kubernetes.
 * Simplified: only the first container leaks; when it is started again, so is its leak.
 */
export const memoryLeak = defineFailure({
  name: 'memory-leak',
  about: 'Pods use more and more memory.',
  subjects: ['pods'],
  args: { amount: '1Gi', over: '1h' },
  check: ({ amount }) => (value(amount) === undefined ? [`"${amount}" is no quantity`] : []),
  create: ({ ports }, { amount, over }) => {
    const growth = { from: 0, to: value(amount) ?? 0, over: parseDuration(over) ?? 0 }
    return {
      strike({ pods }) {
        for (const pod of pods) ports.leakMemory(pod, growth)
      },
      mend({ pods }) {
        for (const pod of pods) ports.leakMemory(pod, undefined)
      },
    }
  },
})
