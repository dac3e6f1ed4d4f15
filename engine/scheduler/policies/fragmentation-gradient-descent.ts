import { isShare } from '../../model/gpu-demand.js'
import type { NodeId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import { RememberedScores } from '../framework/remembered-scores.js'
import { OK } from '../framework/status.js'
import { FragmentationGradient } from '../gpu/fragmentation-gradient.js'
import { NodeFragmentation } from '../gpu/node-fragmentation.js'

/**
 * Puts the pod where it adds the least to what the typical pods of the workload cannot use, or takes the most away
 * from it. The distribution of the workload is known in advance: that of the run's own pods.
 *
 * Upstream: FGD, Weng et al., Beware of Fragmentation (USENIX ATC '23).
 * Simplified: nothing known.
 */
export const fragmentationGradientDescent = definePlugin({
  name: 'FragmentationGradientDescent',
  about: 'Puts pods where they add the least to GPU fragmentation (FGD, USENIX ATC 2023).',
  args: {},
  create({ snapshot, workload }) {
    const fragmentation = NodeFragmentation.of(snapshot, workload)
    const gradient = new FragmentationGradient(fragmentation)
    const { devices } = fragmentation
    const remembered = new RememberedScores((shape, { ids, length }, scores) => {
      const demand = devices.demandOf(shape)
      for (let i = 0; i < length; i++) scores[i] = gradient.score(ids[i] as NodeId, demand)
    })
    return {
      score: ({ shape }, nodes, scores) => remembered.score(snapshot, shape, nodes, scores),
      reserve({ pod, shape }, node) {
        const demand = devices.demandOf(shape)
        const held = devices.heldBy(pod)
        if (isShare(demand) && held !== 0) devices.move(pod, node, gradient.deviceFor(node, demand, held))
        return OK
      },
    }
  },
})
