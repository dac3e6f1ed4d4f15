import { translateSource } from '../../model/csi-translation.js'
import { claimOfVolume, isControlledByPod } from '../../model/pod-claims.js'
import type { Volume } from '../../model/pod-spec.js'
import type { NodeId, PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import type { Cycle, EventRegistration, FrameworkHandle, SchedulerPlugin } from '../framework/interface.js'
import { eachNode, type NodeList } from '../framework/node-list.js'
import type { PodShape } from '../framework/pod-shape.js'
import { Code, OK, type RejectionId, SKIP, type Verdict } from '../framework/status.js'
import { nodeVolumeLimitsEvents } from './events/node-volume-limits.js'
import { OverlayPods } from './overlay-pods.js'
import { findClaim, notOwnedText } from './volumes/pod-claims.js'
import { VolumeLimits } from './volumes/volume-limits.js'
import { type VolumeKey, type VolumeUsage, volumeUsageOf } from './volumes/volume-usage.js'

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
  create: (handle: FrameworkHandle) => new NodeVolumeLimits(handle),
})

class NodeVolumeLimits implements SchedulerPlugin {
  readonly #handle: FrameworkHandle
  readonly #usage: VolumeUsage
  readonly #limits: VolumeLimits
  readonly #overlay = new OverlayPods()
  readonly #tooMany: RejectionId
  readonly events: readonly EventRegistration[]
  /** What the pod of the cycle would attach, or why no node can be judged. */
  readonly #wanted: NewVolumes[] = []
  #unusable: RejectionId | 0 = 0

  constructor(handle: FrameworkHandle) {
    this.#handle = handle
    this.#usage = volumeUsageOf(handle.snapshot)
    this.#limits = new VolumeLimits(handle.snapshot, this.#usage)
    this.#tooMany = handle.reason('node(s) exceed max volume count')
    this.events = nodeVolumeLimitsEvents(handle, volume => translateSource(volume, {})?.driver)
  }

  preFilter({ pod, shape }: Cycle): Verdict {
    this.#overlay.reset()
    this.#wanted.length = 0
    const { volumes = [] } = shape.template.spec
    if (!volumes.some(isCountable)) return SKIP
    this.#unusable = faultOf(this.#handle, pod, shape)
    if (this.#unusable !== 0) return OK
    for (const volume of this.#usage.volumesOf(pod, shape)) {
      const driver = this.#usage.driverOf(volume)
      const known = this.#wanted.find(entry => entry.driver === driver)
      if (known === undefined) this.#wanted.push({ driver, volumes: [volume] })
      else known.volumes.push(volume)
    }
    return OK
  }

  addPod(_: Cycle, pod: PodId): void {
    this.#overlay.add(pod)
  }

  removePod(_: Cycle, pod: PodId): void {
    this.#overlay.remove(pod)
  }

  filter(_: Cycle, nodes: NodeList): void {
    const rejection = this.#unusable
    if (rejection !== 0) eachNode(nodes, () => rejection)
    else for (const wanted of this.#wanted) this.#filterDriver(wanted, nodes)
  }

  #filterDriver({ driver, volumes }: NewVolumes, nodes: NodeList): void {
    const limitOf = this.#limits.of(driver)
    if (limitOf === undefined) return
    const { snapshot } = this.#handle
    const { hasAttachments } = this.#limits
    const counts = this.#usage.countsOf(driver)
    let kept = 0
    for (let i = 0; i < nodes.length; i++) {
      const row = nodes.ids[i] as NodeId
      const node = snapshot.original(row)
      const limit = node < limitOf.length ? limitOf[node] : Infinity
      let isRejected = false
      if (limit !== Infinity) {
        // Where all new volumes fit even if none is attached yet, nothing has to be counted exactly.
        const count = counts !== undefined && node < counts.length ? counts[node] : 0
        const attachments = hasAttachments ? this.#limits.attachmentCount(snapshot.nameOf(node)) : 0
        const isClose = count + attachments + volumes.length > limit || row === snapshot.overlay
        isRejected = isClose && this.#isExceeded(row, driver, volumes, limit)
      }
      if (isRejected) nodes.reason[row] = this.#tooMany
      else nodes.ids[kept++] = row
    }
    nodes.length = kept
  }

  /** Counts exactly: who uses what, and what attachments add to it. */
  #isExceeded(row: NodeId, driver: string, volumes: readonly VolumeKey[], limit: number): boolean {
    const usage = this.#usage
    const attached = this.#attachedTo(row)
    let count = 0
    for (const volume of attached.keys()) if (usage.driverOf(volume) === driver) count++
    for (const volume of this.#limits.attachedTo(this.#handle.snapshot.nameOf(row))) {
      if (!attached.has(volume) && usage.driverOf(volume) === driver) count++
    }
    let added = 0
    for (const volume of volumes) if (!attached.has(volume)) added++
    return added > 0 && count + added > limit
  }

  /** The volumes that pods use on a row, with the pods that the overlay has more or fewer. */
  #attachedTo(row: NodeId): ReadonlyMap<VolumeKey, number> {
    const { snapshot } = this.#handle
    const attached = this.#usage.attachedTo(snapshot.original(row))
    if (row !== snapshot.overlay) return attached
    const changed = new Map(attached)
    const move = (pod: PodId, sign: 1 | -1): void => {
      for (const volume of this.#usage.volumesOf(pod, this.#handle.shapeOf(pod))) {
        const mounts = (changed.get(volume) ?? 0) + sign
        if (mounts === 0) changed.delete(volume)
        else changed.set(volume, mounts)
      }
    }
    for (const pod of this.#overlay.removed) move(pod, -1)
    for (const pod of this.#overlay.added) move(pod, 1)
    return changed
  }
}

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
