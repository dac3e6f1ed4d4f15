import type { Volume } from '../../model/pod-spec.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import type { FrameworkHandle } from '../framework/interface.js'
import { eachNode } from '../framework/node-list.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { Snapshot, SnapshotListener } from '../framework/snapshot.js'
import { Code, OK, type RejectionId, SKIP } from '../framework/status.js'
import { volumeRestrictionsEvents } from './events/volume-restrictions.js'
import { OverlayPods } from './overlay-pods.js'
import { findClaim } from './volumes/pod-claims.js'
import { volumeUsageOf } from './volumes/volume-usage.js'

/**
 * Keeps a pod away from nodes where another pod uses the same disk in a way the disk does not allow, and from
 * all nodes while its ReadWriteOncePod claim is in use.
 *
 * Upstream: pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go (1.36).
 * Simplified: nothing known.
 */
export const volumeRestrictions = definePlugin({
  name: 'VolumeRestrictions',
  about: 'Respects what disks and claims allow: one writer, or one pod.',
  args: {},
  create(handle: FrameworkHandle) {
    const { snapshot, state } = handle
    const diskConflict = handle.reason('node(s) had no available disk')
    const claimConflict = handle.reason(
      'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode ' +
        'already in-use by another pod',
    )
    const usage = volumeUsageOf(snapshot)
    const disks = new DiskUsers(snapshot)
    const overlay = new OverlayPods()
    const exclusiveClaims = new Set<string>()
    let conflicts = 0
    let volumes: readonly Volume[] = []

    const follow = (pod: PodId, sign: 1 | -1): void => {
      for (const { persistentVolumeClaim } of handle.shapeOf(pod).template.spec.volumes ?? []) {
        if (persistentVolumeClaim !== undefined && exclusiveClaims.has(persistentVolumeClaim.claimName)) {
          conflicts += sign
        }
      }
    }
    const hasDiskConflict = (row: NodeId): boolean => {
      for (const pod of disks.on(snapshot.original(row))) {
        if (row === snapshot.overlay && overlay.removed.includes(pod)) continue
        if (isConflicting(volumes, handle.shapeOf(pod))) return true
      }
      if (row !== snapshot.overlay) return false
      return overlay.added.some(pod => isConflicting(volumes, handle.shapeOf(pod)))
    }
    return {
      events: volumeRestrictionsEvents(handle, areConflicting),
      preFilter({ shape }) {
        overlay.reset()
        if (exclusiveClaims.size > 0) exclusiveClaims.clear()
        conflicts = 0
        volumes = shape.template.spec.volumes ?? []
        if (volumes.length === 0) return SKIP
        for (const { persistentVolumeClaim } of volumes) {
          if (persistentVolumeClaim === undefined) continue
          const claim = findClaim(state, shape.namespace, persistentVolumeClaim.claimName)
          if (claim === undefined) {
            const text = `persistentvolumeclaim "${persistentVolumeClaim.claimName}" not found`
            return handle.reason(text, Code.UnschedulableAndUnresolvable)
          }
          if (claim.spec.accessModes?.includes('ReadWriteOncePod')) exclusiveClaims.add(claim.meta.name)
        }
        for (const name of exclusiveClaims) if (usage.isMounted(shape.namespace, name)) conflicts++
        volumes = volumes.filter(isDisk)
        return volumes.length === 0 && conflicts === 0 ? SKIP : OK
      },
      addPod(_, pod) {
        overlay.add(pod)
        follow(pod, 1)
      },
      removePod(_, pod) {
        overlay.remove(pod)
        follow(pod, -1)
      },
      filter(_, nodes) {
        eachNode(nodes, (node): RejectionId | 0 => {
          if (volumes.length > 0 && hasDiskConflict(node)) return diskConflict
          return conflicts > 0 ? claimConflict : 0
        })
      },
    }
  },
})

/** Whether the volume is of a kind whose disks may be mounted only so often. */
function isDisk({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }: Volume): boolean {
  return (
    gcePersistentDisk !== undefined ||
    awsElasticBlockStore !== undefined ||
    rbd !== undefined ||
    iscsi !== undefined
  )
}

function isConflicting(volumes: readonly Volume[], { template }: PodShape): boolean {
  return areConflicting(volumes, template.spec.volumes ?? [])
}

function areConflicting(wanted: readonly Volume[], mounted: readonly Volume[]): boolean {
  return wanted.some(volume => mounted.some(other => isSameDisk(volume, other)))
}

interface Mount {
  readonly readOnly?: boolean
}

/** The same disk, and not read by all only. An Amazon disk cannot be shared even by readers. */
function isSameDisk(a: Volume, b: Volume): boolean {
  const isShared = (one: Mount, other: Mount): boolean => one.readOnly === true && other.readOnly === true
  if (a.gcePersistentDisk !== undefined && b.gcePersistentDisk !== undefined) {
    const isSame = a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName
    if (isSame && !isShared(a.gcePersistentDisk, b.gcePersistentDisk)) return true
  }
  if (a.awsElasticBlockStore !== undefined && b.awsElasticBlockStore !== undefined) {
    if (a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID) return true
  }
  if (a.iscsi !== undefined && b.iscsi !== undefined) {
    if (a.iscsi.iqn === b.iscsi.iqn && !isShared(a.iscsi, b.iscsi)) return true
  }
  if (a.rbd === undefined || b.rbd === undefined) return false
  const { monitors, image, pool = 'rbd' } = a.rbd
  const isSameImage = image === b.rbd.image && pool === (b.rbd.pool ?? 'rbd')
  return isSameImage && monitors.some(monitor => b.rbd?.monitors.includes(monitor)) && !isShared(a.rbd, b.rbd)
}

/** The pods of each node that mount disks directly: few, so the filter looks at these alone. */
class DiskUsers implements SnapshotListener {
  readonly #byNode = new Map<NodeId, PodId[]>()

  constructor(snapshot: Snapshot) {
    for (let node = 0; node < snapshot.rows - 1; node++) {
      if (snapshot.known[node] !== 1) continue
      for (let pod = snapshot.firstPod[node]; pod !== NONE; pod = snapshot.nextPod.values[pod]) {
        this.podAdded(pod as PodId, snapshot.shapes.of(pod as PodId), node as NodeId)
      }
    }
    snapshot.listen(this)
  }

  on(node: NodeId): readonly PodId[] {
    return this.#byNode.get(node) ?? []
  }

  podAdded(pod: PodId, { template }: PodShape, node: NodeId): void {
    if (!template.spec.volumes?.some(isDisk)) return
    const pods = this.#byNode.get(node)
    if (pods === undefined) this.#byNode.set(node, [pod])
    else pods.push(pod)
  }

  podRemoved(pod: PodId, { template }: PodShape, node: NodeId): void {
    if (!template.spec.volumes?.some(isDisk)) return
    const pods = this.#byNode.get(node) ?? []
    this.#byNode.set(
      node,
      pods.filter(other => other !== pod),
    )
  }
}
