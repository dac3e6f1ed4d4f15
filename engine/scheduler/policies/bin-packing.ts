import { definePlugin } from '../framework/define-plugin.js'
import { normalizeByRange } from '../framework/normalize.js'

/**
 * Prefers the node that is used the most in the end: the mean, over the resources the pod asks for, of the share of
 * the node that is requested then. Unlike NodeResourcesFit's MostAllocated it counts every resource of the pod and
 * does not round, so the fullest node wins by whatever little it is fuller.
 *
 * Upstream: none; packing as in the literature on bin packing.
 * Simplified: nothing known.
 */
export const binPacking = definePlugin({
  name: 'BinPacking',
  about: 'Prefers nodes that are the fullest with the pod on them.',
  args: {},
  create: ({ snapshot }) => ({
    score({ shape: { resources, amounts } }, { ids, length }, scores) {
      const { allocatable, requested, width } = snapshot
      scores.fill(0, 0, length)
      for (let k = 0; k < resources.length; k++) {
        for (let i = 0; i < length; i++) {
          const at = ids[i] * width + resources[k]
          if (allocatable[at] === 0) continue
          scores[i] += (requested[at] + amounts[k]) / allocatable[at]
        }
      }
    },
    normalize: (_cycle, { length }, scores) => normalizeByRange(scores, length),
  }),
})
