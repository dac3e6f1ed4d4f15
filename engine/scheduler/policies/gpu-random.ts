import { isShare } from '../../model/gpu-demand.js'
import { definePlugin } from '../framework/define-plugin.js'
import { MAX_SCORE } from '../framework/normalize.js'
import { OK } from '../framework/status.js'
import { GpuDevices } from '../gpu/gpu-devices.js'

/**
 * Takes any node that can take the pod and, for a share, any GPU of it with enough room: what the other GPU policies
 * have to beat.
 *
 * Upstream: the policy Random of the FGD paper (USENIX ATC '23).
 * Simplified: nothing known.
 */
export const gpuRandom = definePlugin({
  name: 'GpuRandom',
  about: 'Takes any node that has room, and any of its GPUs that has.',
  args: {},
  create(handle) {
    const { snapshot, state } = handle
    const devices = GpuDevices.of(snapshot)
    return {
      score({ pod }, { ids, length }, scores) {
        const { uid } = state.nodes
        let chosen = 0
        for (let i = 0; i < length; i++) scores[i] = handle.draw(pod, uid[ids[i]])
        for (let i = 1; i < length; i++) {
          const isHigher = scores[i] > scores[chosen]
          // Equal draws are next to impossible, but the order of the list must not count even then.
          if (isHigher || (scores[i] === scores[chosen] && uid[ids[i]] < uid[ids[chosen]])) chosen = i
        }
        scores.fill(0, 0, length)
        scores[chosen] = MAX_SCORE
      },
      reserve({ pod, shape }, node) {
        const demand = devices.demandOf(shape)
        const held = devices.heldBy(pod)
        if (!isShare(demand) || held === 0) return OK
        const { free, width, deviceCount } = devices
        const fitting: number[] = []
        for (let i = 0; i < deviceCount[node]; i++) {
          const room = free[node * width + i] + ((held & (1 << i)) === 0 ? 0 : demand.milliEach)
          if (room >= demand.milliEach) fitting.push(i)
        }
        const device = fitting[Math.floor(handle.draw(pod, DEVICE_DRAW) * fitting.length)]
        devices.move(pod, node, 1 << device)
        return OK
      },
    }
  },
})

/** No node has this number: the draw is about the device. */
const DEVICE_DRAW = 0
