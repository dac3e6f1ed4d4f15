import { definePlugin } from '../framework/define-plugin.js'
import { normalizeByRange } from '../framework/normalize.js'

/**
 * Prefers the node with the least left over: what stays free of each resource the pod asks for, in shares of the
 * largest of the nodes that can take the pod. In a mixed cluster small nodes fill before large ones are begun.
 *
 * Upstream: none; best fit as in the literature on vector bin packing.
 * Simplified: nothing known.
 */
export const bestFit = definePlugin({
  name: 'BestFit',
  about: 'Prefers nodes with the smallest amounts left over.',
  args: {},
  create: ({ snapshot }) => ({
    score({ shape: { resources, amounts } }, { ids, length }, scores) {
      const { allocatable, requested, width } = snapshot
      scores.fill(0, 0, length)
      for (let k = 0; k < resources.length; k++) {
        let largest = 1
        for (let i = 0; i < length; i++)
          largest = Math.max(largest, allocatable[ids[i] * width + resources[k]])
        for (let i = 0; i < length; i++) {
          const at = ids[i] * width + resources[k]
          scores[i] -= (allocatable[at] - requested[at] - amounts[k]) / largest
        }
      }
    },
    normalize: (_cycle, { length }, scores) => normalizeByRange(scores, length),
  }),
})
