import { CPU } from '../../state/resource-names.js'
import { definePlugin } from '../framework/define-plugin.js'
import { normalizeByRange } from '../framework/normalize.js'
import { RememberedScores } from '../framework/remembered-scores.js'
import { GpuDevices } from '../gpu/gpu-devices.js'
import { LARGEST_NODE, toScore } from '../gpu/gpu-score.js'

/**
 * Prefers the node with the least cpu and GPU left over, each in shares of the largest node there is and of equal
 * weight.
 *
 * Upstream: the policy BestFit of the FGD paper (USENIX ATC '23), after Protean (OSDI 2020).
 * Simplified: nothing known.
 */
export const gpuBestFit = definePlugin({
  name: 'GpuBestFit',
  about: 'Prefers nodes with the least cpu and GPU left over.',
  args: LARGEST_NODE,
  create({ snapshot }, { largestMilliCPU, largestMilliGPU }) {
    const devices = GpuDevices.of(snapshot)
    const remembered = new RememberedScores((shape, { ids, length }, scores) => {
      const { allocatable, requested, width } = snapshot
      const { freeSum } = devices
      const demand = devices.demandOf(shape)
      const milliGPU = demand.devices * demand.milliEach
      for (let i = 0; i < length; i++) {
        const node = ids[i]
        const row = node * width + CPU
        const leftCPU = (allocatable[row] - requested[row] - demand.milliCPU) / largestMilliCPU
        const leftGPU = (freeSum[node] - milliGPU) / largestMilliGPU
        scores[i] = toScore(1 - 0.5 * leftCPU - 0.5 * leftGPU)
      }
    })
    return {
      score: ({ shape }, nodes, scores) => remembered.score(snapshot, shape, nodes, scores),
      normalize: (_cycle, { length }, scores) => normalizeByRange(scores, length),
    }
  },
})
