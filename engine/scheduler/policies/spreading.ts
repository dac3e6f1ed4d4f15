import { definePlugin } from '../framework/define-plugin.js'
import { normalizeByRange } from '../framework/normalize.js'

/**
 * Prefers the node that is used the least in the end: the mean, over the resources the pod asks for, of the share of
 * the node that stays free. The worst-fit rule of bin packing.
 *
 * Upstream: none; LeastAllocated without its rounding, for every resource of the pod.
 * Simplified: nothing known.
 */
export const spreading = definePlugin({
  name: 'Spreading',
  about: 'Prefers nodes that are the emptiest with the pod on them.',
  args: {},
  create: ({ snapshot }) => ({
    score({ shape: { resources, amounts } }, { ids, length }, scores) {
      const { allocatable, requested, width } = snapshot
      scores.fill(0, 0, length)
      for (let k = 0; k < resources.length; k++) {
        for (let i = 0; i < length; i++) {
          const at = ids[i] * width + resources[k]
          if (allocatable[at] === 0) continue
          scores[i] -= (requested[at] + amounts[k]) / allocatable[at]
        }
      }
    },
    normalize: (_cycle, { length }, scores) => normalizeByRange(scores, length),
  }),
})
