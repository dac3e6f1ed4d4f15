import type { CSINodeSpec, VolumeAttachmentSpec } from '../../../model/storage.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import type { NodeId } from '../../../state/ids.js'
import type { StoredObject } from '../../../state/objects.js'
import type { Snapshot, SnapshotListener } from '../../framework/snapshot.js'
import { watchObjects } from '../object-watch.js'
import { findVolume } from './pod-claims.js'
import type { VolumeKey, VolumeUsage } from './volume-usage.js'

/**
 * How many volumes of each driver a node can take, in columns by node, and the volumes that attachments hold
 * there besides those of its pods.
 *
 * Upstream: getVolumeLimits and getNodeVolumeAttachmentInfo of
 * pkg/scheduler/framework/plugins/nodevolumelimits/csi.go (1.36).
 * Simplified: nothing known.
 */
export class VolumeLimits implements SnapshotListener {
  readonly #state: ClusterState
  readonly #usage: VolumeUsage
  readonly #limits = new Map<string, Float64Array>()
  readonly #attachments = new Map<string, Set<StoredObject<VolumeAttachmentSpec>>>()

  constructor(snapshot: Snapshot, usage: VolumeUsage) {
    this.#state = snapshot.state
    this.#usage = usage
    for (let node = 0; node < snapshot.rows - 1; node++) {
      if (snapshot.known[node] === 1) this.nodeAdded(node as NodeId)
    }
    snapshot.listen(this)
    watchObjects(this.#state, {
      CSINode: ({ meta, spec }, exists) => {
        const node = this.#state.nodes.find(meta.name)
        if (node !== undefined) this.#setLimits(node, exists ? spec : undefined)
      },
      VolumeAttachment: (attachment, exists) => this.#setAttachment(attachment, exists),
    })
  }

  /**
   * Limits of a driver by node, Infinity for none; undefined when no node limits it. May be shorter than the
   * nodes.
   */
  of(driver: string): Float64Array | undefined {
    return this.#limits.get(driver)
  }

  /** Whether anything is attached by an attachment at all. */
  get hasAttachments(): boolean {
    return this.#attachments.size > 0
  }

  /** How many attachments a node has at most. */
  attachmentCount(node: string): number {
    return this.#attachments.get(node)?.size ?? 0
  }

  /** The volumes that attachments hold at a node. */
  attachedTo(node: string): Set<VolumeKey> {
    const volumes = new Set<VolumeKey>()
    for (const { spec } of this.#attachments.get(node) ?? []) {
      const { attacher = '', source } = spec
      const handle = findVolume(this.#state, source.persistentVolumeName ?? '')?.spec.csi?.volumeHandle
      if (attacher !== '' && handle !== undefined) volumes.add(this.#usage.keyOf(attacher, handle))
    }
    return volumes
  }

  nodeAdded(node: NodeId): void {
    const { nodes, objects } = this.#state
    const id = objects.find('CSINode', '', nodes.name[node] as string)
    this.#setLimits(node, id === undefined ? undefined : objects.get<CSINodeSpec>(id).spec)
  }

  #setLimits(node: NodeId, spec: CSINodeSpec | undefined): void {
    for (const limits of this.#limits.values()) if (node < limits.length) limits[node] = Infinity
    for (const { name, allocatable } of spec?.drivers ?? []) {
      if (allocatable?.count === undefined) continue
      let limits = this.#limits.get(name)
      if (limits === undefined || limits.length <= node) {
        const grown = new Float64Array(Math.max(64, node * 2)).fill(Infinity)
        if (limits !== undefined) grown.set(limits)
        limits = grown
        this.#limits.set(name, limits)
      }
      limits[node] = allocatable.count
    }
  }

  #setAttachment(attachment: StoredObject<VolumeAttachmentSpec>, exists: boolean): void {
    const { nodeName } = attachment.spec
    const attachments = this.#attachments.get(nodeName)
    if (!exists) {
      attachments?.delete(attachment)
      if (attachments?.size === 0) this.#attachments.delete(nodeName)
    } else if (attachments === undefined) this.#attachments.set(nodeName, new Set([attachment]))
    else attachments.add(attachment)
  }
}
