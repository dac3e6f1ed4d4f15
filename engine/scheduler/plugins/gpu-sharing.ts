import { MILLI_PER_DEVICE } from '../../model/gpu-demand.js'
import type { NodeId, PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action } from '../framework/interface.js'
import { OK, SKIP } from '../framework/status.js'
import { bestFitDevices, fitsDevices } from '../gpu/device-choice.js'
import { GpuDevices, MAX_DEVICES } from '../gpu/gpu-devices.js'
import { OverlayPods } from './overlay-pods.js'

/**
 * Rejects nodes whose GPUs have enough room together but not device by device: a share needs one device with that much
 * free, several devices need as many. Sums over the node are NodeResourcesFit's business.
 *
 * Upstream: the filter of alibaba/open-gpu-share, which the FGD paper's simulator follows (USENIX ATC '23).
 * Simplified: nothing known.
 */
export const gpuSharing = definePlugin({
  name: 'GpuSharing',
  about: 'Rejects nodes without room for the pod on single GPUs, which pods can share.',
  args: {},
  create(handle) {
    const { snapshot } = handle
    const devices = GpuDevices.of(snapshot)
    const noRoom = handle.reason('node(s) had no GPU with enough room')
    const overlayPods = new OverlayPods()
    const overlayFree = new Int32Array(MAX_DEVICES)

    /** What is free on the overlay row: as on its node, but for the pods that came or left. */
    const freeOnOverlay = (): number => {
      const count = devices.copyFree(snapshot.original(snapshot.overlay), overlayFree)
      for (const pod of overlayPods.removed) {
        const { milliEach } = devices.demandOf(snapshot.shapes.of(pod))
        const held = devices.heldBy(pod)
        for (let i = 0; i < count; i++) if ((held & (1 << i)) !== 0) overlayFree[i] += milliEach
      }
      for (const pod of overlayPods.added) {
        const demand = devices.demandOf(snapshot.shapes.of(pod))
        for (const i of bestFitDevices(demand, overlayFree, 0, count)) overlayFree[i] -= demand.milliEach
      }
      return count
    }

    return {
      preFilter: ({ shape }) => (devices.demandOf(shape).devices === 0 ? SKIP : OK),
      filter({ shape }, nodes) {
        const demand = devices.demandOf(shape)
        const { milliEach } = demand
        const isWhole = milliEach === MILLI_PER_DEVICE
        const { largest, untouched, free, width, deviceCount } = devices
        const { ids, reason, length } = nodes
        const { overlay } = snapshot
        let kept = 0
        for (let i = 0; i < length; i++) {
          const node = ids[i] as NodeId
          let fits: boolean
          if (node === overlay) fits = fitsDevices(demand, overlayFree, 0, freeOnOverlay())
          else if (isWhole) fits = untouched[node] >= demand.devices
          else if (demand.devices === 1) fits = largest[node] >= milliEach
          else fits = fitsDevices(demand, free, node * width, deviceCount[node])
          if (fits) ids[kept++] = node
          else reason[node] = noRoom
        }
        nodes.length = kept
      },
      addPod: (_, pod: PodId) => overlayPods.add(pod),
      removePod: (_, pod: PodId) => overlayPods.remove(pod),
      events: [
        { resource: 'Pod', actions: Action.Delete | Action.UpdatePodScaleDown },
        { resource: 'Node', actions: Action.Add | Action.UpdateNodeAllocatable },
      ],
    }
  },
})
