import { definePlugin } from '../framework/define-plugin.js'
import { RememberedScores } from '../framework/remembered-scores.js'
import { CLASSES, classOf, GpuDevices } from '../gpu/gpu-devices.js'
import { LARGEST_NODE } from '../gpu/gpu-score.js'

/** What the pods on a node are worth to a pod, by their classes; the rest up to 100 is for how full it is. */
const Base = { OwnOnly: 75, OwnAndOthers: 50, None: 25, OthersOnly: 0 } as const
const FULLNESS = 25

/**
 * Keeps GPU pods of one class together, shares with shares and pods of k GPUs with pods of k GPUs; of equal nodes it
 * prefers the fuller one.
 *
 * Upstream: the policy GpuClustering of the FGD paper (USENIX ATC '23), after Gandiva (OSDI 2018).
 * Simplified: nothing known.
 */
export const gpuClustering = definePlugin({
  name: 'GpuClustering',
  about: 'Prefers nodes that run GPU pods of the same size, and of these the fuller ones.',
  args: { largestMilliGPU: LARGEST_NODE.largestMilliGPU },
  create({ snapshot }, { largestMilliGPU }) {
    const devices = GpuDevices.of(snapshot)
    const remembered = new RememberedScores((shape, { ids, length }, scores) => {
      const demand = devices.demandOf(shape)
      if (demand.devices === 0) {
        scores.fill(0, 0, length)
        return
      }
      const { freeSum, podsOfClass } = devices
      const own = classOf(demand)
      for (let i = 0; i < length; i++) {
        const node = ids[i]
        const used = Math.max(largestMilliGPU - freeSum[node], 0)
        scores[i] = baseOf(podsOfClass, node * CLASSES, own) + Math.floor((FULLNESS * used) / largestMilliGPU)
      }
    })
    return { score: ({ shape }, nodes, scores) => remembered.score(snapshot, shape, nodes, scores) }
  },
})

function baseOf(podsOfClass: Int32Array, from: number, own: number): number {
  let others = 0
  for (let k = 0; k < CLASSES; k++) if (k !== own) others += podsOfClass[from + k]
  const hasOwn = podsOfClass[from + own] > 0
  if (hasOwn) return others > 0 ? Base.OwnAndOthers : Base.OwnOnly
  return others > 0 ? Base.OthersOnly : Base.None
}
