import { type GpuDemand, MILLI_PER_DEVICE } from '../../model/gpu-demand.js'
import { definePlugin } from '../framework/define-plugin.js'
import { MAX_SCORE } from '../framework/normalize.js'
import { RememberedScores } from '../framework/remembered-scores.js'
import { GpuDevices, MAX_DEVICES } from '../gpu/gpu-devices.js'

/** Scores begin here: for devices that are shared already, for idle devices of a used node, for an idle node. */
const Tier = { Shared: 100, UsedNode: 50, IdleNode: 33 } as const

/**
 * Prefers devices that are shared already, the fuller the better, then idle devices of nodes in use, and begins an
 * idle node last.
 *
 * Upstream: the policy GpuPacking of the FGD paper (USENIX ATC '23), after MLaaS in the wild (NSDI 2022).
 * Simplified: nothing known.
 */
export const gpuPacking = definePlugin({
  name: 'GpuPacking',
  about: 'Prefers GPUs shared already, then idle GPUs of used nodes, then idle nodes.',
  args: {},
  create({ snapshot }) {
    const devices = GpuDevices.of(snapshot)
    const rooms = new Int32Array(MAX_DEVICES)
    const remembered = new RememberedScores((shape, { ids, length }, scores) => {
      const demand = devices.demandOf(shape)
      if (demand.devices === 0) {
        scores.fill(0, 0, length)
        return
      }
      const { free, width, deviceCount, untouched } = devices
      for (let i = 0; i < length; i++) {
        const node = ids[i]
        const count = deviceCount[node]
        scores[i] =
          untouched[node] === count
            ? Math.min(Math.max(Tier.IdleNode - count, count), MAX_SCORE)
            : scoreOfUsed(demand, free, node * width, count, rooms)
      }
    })
    return { score: ({ shape }, nodes, scores) => remembered.score(snapshot, shape, nodes, scores) }
  },
})

/** By the fitting devices with the least room, as many as the pod needs; `rooms` is room to work in. */
function scoreOfUsed(
  { devices, milliEach }: GpuDemand,
  free: Int32Array,
  from: number,
  count: number,
  rooms: Int32Array,
): number {
  let fitting = 0
  for (let i = from; i < from + count; i++) if (free[i] >= milliEach) rooms[fitting++] = free[i]
  if (fitting > 1) rooms.subarray(0, fitting).sort()
  const taken = Math.min(devices, fitting)
  let untouched = 0
  let percents = 0
  for (let i = 0; i < taken; i++) {
    if (rooms[i] === MILLI_PER_DEVICE) untouched++
    percents += Math.floor((rooms[i] * 100) / MILLI_PER_DEVICE)
  }
  if (untouched > 0) return Math.max(Tier.UsedNode - untouched, Tier.IdleNode)
  return Math.max(Tier.Shared - Math.floor(percents / 10), Tier.UsedNode)
}
