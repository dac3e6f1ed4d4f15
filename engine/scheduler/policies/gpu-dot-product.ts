import { CPU } from '../../state/resource-names.js'
import { definePlugin } from '../framework/define-plugin.js'
import { RememberedScores } from '../framework/remembered-scores.js'
import { GpuDevices } from '../gpu/gpu-devices.js'
import { LARGEST_NODE, toScore } from '../gpu/gpu-score.js'

/**
 * Prefers the node whose free cpu and GPU have the smallest dot product with what the pod asks for, both in shares of
 * the largest node there is.
 *
 * Upstream: the policy DotProd of the FGD paper (USENIX ATC '23), after Tetris (SIGCOMM 2014).
 * Simplified: nothing known.
 */
export const gpuDotProduct = definePlugin({
  name: 'GpuDotProduct',
  about: 'Prefers nodes whose free cpu and GPU are the least aligned with the pod.',
  args: LARGEST_NODE,
  create({ snapshot }, { largestMilliCPU, largestMilliGPU }) {
    const devices = GpuDevices.of(snapshot)
    const remembered = new RememberedScores((shape, { ids, length }, scores) => {
      const { allocatable, requested, width } = snapshot
      const { freeSum } = devices
      const demand = devices.demandOf(shape)
      const cpu = demand.milliCPU / largestMilliCPU
      const gpu = (demand.devices * demand.milliEach) / largestMilliGPU
      for (let i = 0; i < length; i++) {
        const node = ids[i]
        const row = node * width + CPU
        const freeCPU = (allocatable[row] - requested[row]) / largestMilliCPU
        const product = freeCPU * cpu + (freeSum[node] / largestMilliGPU) * gpu
        scores[i] = toScore(1 - product / 2)
      }
    })
    return { score: ({ shape }, nodes, scores) => remembered.score(snapshot, shape, nodes, scores) }
  },
})
