import { translateSource } from '../../model/csi-translation.js'
import type { Volume } from '../../model/pod-spec.js'
import type { NodeId, PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import type { FrameworkHandle } from '../framework/interface.js'
import { eachNode } from '../framework/node-list.js'
import type { PodShape } from '../framework/pod-shape.js'
import { Code, OK, type RejectionId, SKIP } from '../framework/status.js'
import { nodeVolumeLimitsEvents } from './events/node-volume-limits.js'
import { OverlayPods } from './overlay-pods.js'
import { claimOfVolume, findClaim, isControlledByPod, notOwnedText } from './volumes/pod-claims.js'
import { VolumeLimits } from './volumes/volume-limits.js'
import { type VolumeKey, volumeUsageOf } from './volumes/volume-usage.js'

/** New volumes of one driver. */
interface NewVolumes {
  readonly driver: string
  readonly volumes: VolumeKey[]
}

/**
 * Rejects nodes that cannot take as many more volumes of a driver as the pod would attach there. Volumes that
 * are attached already count once, whoever uses them.
 *
 * Upstream: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go (1.36).
 * Simplified: the gate VolumeLimitScaling, off by default, is left out.
 */
export const nodeVolumeLimits = definePlugin({
  name: 'NodeVolumeLimits',
  about: "Keeps to the number of volumes a driver can attach to a node, as the node's CSINode says.",
  args: {},
  create(handle: FrameworkHandle) {
    const { snapshot } = handle
    const tooMany = handle.reason('node(s) exceed max volume count')
    const usage = volumeUsageOf(snapshot)
    const limits = new VolumeLimits(snapshot, usage)
    const overlay = new OverlayPods()
    const wanted: NewVolumes[] = []
    let unusable: RejectionId | 0 = 0

    /** Counts exactly: who uses what, and what attachments add to it. */
    const isExceeded = (
      row: NodeId,
      driver: string,
      volumes: readonly VolumeKey[],
      limit: number,
    ): boolean => {
      const node = snapshot.original(row)
      const attached = new Map(usage.attachedTo(node))
      if (row === snapshot.overlay) {
        const move = (pod: PodId, sign: 1 | -1): void => {
          for (const volume of usage.volumesOf(pod, handle.shapeOf(pod))) {
            const mounts = (attached.get(volume) ?? 0) + sign
            if (mounts === 0) attached.delete(volume)
            else attached.set(volume, mounts)
          }
        }
        for (const pod of overlay.removed) move(pod, -1)
        for (const pod of overlay.added) move(pod, 1)
      }
      let count = 0
      for (const volume of attached.keys()) if (usage.driverOf(volume) === driver) count++
      for (const volume of limits.attachedTo(snapshot.nameOf(row))) {
        if (!attached.has(volume) && usage.driverOf(volume) === driver) count++
      }
      let added = 0
      for (const volume of volumes) if (!attached.has(volume)) added++
      return added > 0 && count + added > limit
    }

    return {
      events: nodeVolumeLimitsEvents(handle, volume => translateSource(volume, {})?.driver),
      preFilter({ pod, shape }) {
        overlay.reset()
        wanted.length = 0
        unusable = 0
        const { volumes = [] } = shape.template.spec
        if (!volumes.some(isCountable)) return SKIP
        unusable = faultOf(handle, pod, shape)
        if (unusable !== 0) return OK
        for (const volume of usage.volumesOf(pod, shape)) {
          const driver = usage.driverOf(volume)
          const known = wanted.find(entry => entry.driver === driver)
          if (known === undefined) wanted.push({ driver, volumes: [volume] })
          else known.volumes.push(volume)
        }
        return OK
      },
      addPod(_, pod) {
        overlay.add(pod)
      },
      removePod(_, pod) {
        overlay.remove(pod)
      },
      filter(_, nodes) {
        if (unusable !== 0) {
          const rejection = unusable
          eachNode(nodes, () => rejection)
          return
        }
        const { hasAttachments } = limits
        for (const { driver, volumes } of wanted) {
          const limitOf = limits.of(driver)
          if (limitOf === undefined) continue
          const counts = usage.countsOf(driver)
          let kept = 0
          for (let i = 0; i < nodes.length; i++) {
            const row = nodes.ids[i] as NodeId
            const node = snapshot.original(row)
            const limit = node < limitOf.length ? limitOf[node] : Infinity
            let rejected = false
            if (limit !== Infinity) {
              // Where all new volumes fit even if none is attached yet, nothing has to be counted exactly.
              const count = counts !== undefined && node < counts.length ? counts[node] : 0
              const attachments = hasAttachments ? limits.attachmentCount(snapshot.nameOf(node)) : 0
              const isClose = count + attachments + volumes.length > limit || row === snapshot.overlay
              rejected = isClose && isExceeded(row, driver, volumes, limit)
            }
            if (rejected) nodes.reason[row] = tooMany
            else nodes.ids[kept++] = row
          }
          nodes.length = kept
        }
      },
    }
  },
})

function isCountable(volume: Volume): boolean {
  const isClaim = volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined
  return isClaim || translateSource(volume, {}) !== undefined
}

/** Why no node can be judged: a claim is missing or belongs to another pod. */
function faultOf(handle: FrameworkHandle, pod: PodId, { namespace, template }: PodShape): RejectionId | 0 {
  const { pods } = handle.state
  const podName = pods.name[pod] as string
  for (const volume of template.spec.volumes ?? []) {
    const claim = claimOfVolume(volume, podName)
    if (claim === undefined) continue
    const found = findClaim(handle.state, namespace, claim.name)
    if (found === undefined) {
      const missing = `persistentvolumeclaim "${claim.name}" not found`
      const text = `looking up PVC ${namespace}/${claim.name}: ${missing}`
      return handle.reason(text, Code.UnschedulableAndUnresolvable)
    }
    if (claim.isEphemeral && !isControlledByPod(found.meta, podName, pods.uid[pod])) {
      return handle.reason(notOwnedText(namespace, claim.name, podName), Code.Error)
    }
  }
  return 0
}
