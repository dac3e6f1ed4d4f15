import { definePlugin } from '../framework/define-plugin.js'
import { normalizeByRange } from '../framework/normalize.js'

/**
 * Takes any node that can take the pod, each as likely as another: what every policy has to beat. Each node draws a
 * number of its own for the pod and attempt, so that the choice does not depend on the order in which nodes are
 * looked at.
 *
 * Upstream: none.
 * Simplified: nothing known.
 */
export const randomNode = definePlugin({
  name: 'RandomNode',
  about: 'Takes any node that has room, all alike.',
  args: {},
  create: handle => ({
    score({ pod }, { ids, length }, scores) {
      const { uid } = handle.state.nodes
      for (let i = 0; i < length; i++) scores[i] = handle.draw(pod, uid[ids[i]])
    },
    normalize: (_cycle, { length }, scores) => normalizeByRange(scores, length),
  }),
})
