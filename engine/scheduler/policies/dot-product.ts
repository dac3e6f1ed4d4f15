import { definePlugin } from '../framework/define-plugin.js'
import { normalizeByRange } from '../framework/normalize.js'

/**
 * Prefers nodes whose free resources have the shape of what the pod asks for: the dot product of the two vectors,
 * each in shares of the node. Much free memory draws pods that ask for memory.
 *
 * Upstream: none; the alignment score of Grandl et al., Multi-resource Packing for Cluster Schedulers (SIGCOMM
 * 2014).
 * Simplified: the score for short jobs, of the same paper, is left out.
 */
export const dotProduct = definePlugin({
  name: 'DotProduct',
  about: 'Prefers nodes whose free resources are in the proportions of what the pod asks for.',
  args: {},
  create: ({ snapshot }) => ({
    score({ shape: { resources, amounts } }, { ids, length }, scores) {
      const { allocatable, requested, width } = snapshot
      scores.fill(0, 0, length)
      for (let k = 0; k < resources.length; k++) {
        for (let i = 0; i < length; i++) {
          const at = ids[i] * width + resources[k]
          if (allocatable[at] === 0) continue
          scores[i] += (amounts[k] / allocatable[at]) * ((allocatable[at] - requested[at]) / allocatable[at])
        }
      }
    },
    normalize: (_cycle, { length }, scores) => normalizeByRange(scores, length),
  }),
})
