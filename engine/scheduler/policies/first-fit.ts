import { definePlugin } from '../framework/define-plugin.js'
import { normalizeByRange } from '../framework/normalize.js'

/**
 * Takes the oldest node that can take the pod.
 *
 * Upstream: none; first fit as in the literature on bin packing.
 * Simplified: nothing known.
 */
export const firstFit = definePlugin({
  name: 'FirstFit',
  about: 'Takes the oldest node that has room.',
  args: {},
  create: ({ state }) => ({
    score(_cycle, { ids, length }, scores) {
      const { uid } = state.nodes
      for (let i = 0; i < length; i++) scores[i] = -uid[ids[i]]
    },
    normalize: (_cycle, { length }, scores) => normalizeByRange(scores, length),
  }),
})
