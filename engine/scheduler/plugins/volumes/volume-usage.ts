import { driverOfProvisioner, translateSource } from '../../../model/csi-translation.js'
import { claimOfVolume } from '../../../model/pod-claims.js'
import { classOfClaim, type PersistentVolumeClaim } from '../../../model/storage.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import { NONE, type NodeId, type PodId } from '../../../state/ids.js'
import type { PodShape } from '../../framework/pod-shape.js'
import type { Snapshot, SnapshotListener } from '../../framework/snapshot.js'
import { watchObjects } from '../object-watch.js'
import { findClaim, findStorageClass, findVolume } from './pod-claims.js'

/** A volume of a driver, known by its handle. */
export type VolumeKey = number & { readonly brand: 'VolumeKey' }
/** No volume that could be counted. */
export const NO_VOLUME = NONE as VolumeKey

/** One claim that pods on nodes use. */
interface ClaimUse {
  readonly namespace: string
  readonly name: string
  volume: VolumeKey
  volumeName: string
  /** Mounts under the claim's own name: what ReadWriteOncePod is about. */
  mounts: number
  /** Mounts of any kind by node. */
  readonly nodes: Map<NodeId, number>
}

/**
 * Which volumes are attached where, counted as pods come and go and as claims are bound: a volume counts once
 * per node however many pods use it. A claim that has no volume yet counts as a volume of its own with the
 * driver of its class.
 *
 * Upstream: CSILimits.filterAttachableVolumes of pkg/scheduler/framework/plugins/nodevolumelimits/csi.go and
 * StorageInfos of pkg/scheduler/backend/cache/snapshot.go (1.36).
 * Simplified: the ephemeral claim of a running pod that belongs to somebody else is counted, where upstream
 * fails.
 */
export class VolumeUsage implements SnapshotListener {
  readonly #state: ClusterState
  readonly #claims = new Map<string, ClaimUse>()
  readonly #byVolumeName = new Map<string, Set<ClaimUse>>()
  readonly #keys = new Map<string, VolumeKey>()
  readonly #drivers: string[] = []
  readonly #attached = new Map<NodeId, Map<VolumeKey, number>>()
  readonly #counts = new Map<string, Int32Array>()

  constructor(snapshot: Snapshot) {
    this.#state = snapshot.state
    for (let node = 0; node < snapshot.rows - 1; node++) {
      if (snapshot.known[node] !== 1) continue
      for (let pod = snapshot.firstPod[node]; pod !== NONE; pod = snapshot.nextPod.values[pod]) {
        this.podAdded(pod as PodId, snapshot.shapes.of(pod as PodId), node as NodeId)
      }
    }
    snapshot.listen(this)
    watchObjects(this.#state, {
      PersistentVolumeClaim: ({ meta }) => this.#refresh(this.#claims.get(`${meta.namespace}/${meta.name}`)),
      PersistentVolume: ({ meta }) => {
        for (const use of [...(this.#byVolumeName.get(meta.name) ?? [])]) this.#refresh(use)
      },
      StorageClass: () => {
        for (const use of this.#claims.values()) this.#refresh(use)
      },
    })
  }

  driverOf(volume: VolumeKey): string {
    return this.#drivers[volume]
  }

  keyOf(driver: string, handle: string): VolumeKey {
    const name = `${driver}/${handle}`
    let key = this.#keys.get(name)
    if (key === undefined) {
      key = this.#drivers.length as VolumeKey
      this.#drivers.push(driver)
      this.#keys.set(name, key)
    }
    return key
  }

  /** The volumes attached to a node and by how many mounts. */
  attachedTo(node: NodeId): ReadonlyMap<VolumeKey, number> {
    return this.#attached.get(node) ?? NOTHING
  }

  /**
   * Volumes of a driver by node; undefined when it has none anywhere. The array may be shorter than the
   * nodes.
   */
  countsOf(driver: string): Int32Array | undefined {
    return this.#counts.get(driver)
  }

  /** Whether a pod on some node mounts the claim by its name. */
  isMounted(namespace: string, claim: string): boolean {
    return (this.#claims.get(`${namespace}/${claim}`)?.mounts ?? 0) > 0
  }

  podAdded(pod: PodId, shape: PodShape, node: NodeId): void {
    if (shape.template.spec.volumes !== undefined) this.#count(pod, shape, node, 1)
  }

  podRemoved(pod: PodId, shape: PodShape, node: NodeId): void {
    if (shape.template.spec.volumes !== undefined) this.#count(pod, shape, node, -1)
  }

  /** The countable volumes of a pod, each once. */
  volumesOf(pod: PodId, shape: PodShape): VolumeKey[] {
    const volumes = new Set<VolumeKey>()
    for (const volume of shape.template.spec.volumes ?? []) {
      const claim = claimOfVolume(volume, this.#state.pods.name[pod] as string)
      if (claim === undefined) {
        const source = translateSource(volume, {})
        if (source !== undefined) volumes.add(this.keyOf(source.driver, source.handle))
      } else {
        const key = this.#volumeOfClaim(findClaim(this.#state, shape.namespace, claim.name))
        if (key !== NO_VOLUME) volumes.add(key)
      }
    }
    return [...volumes]
  }

  #count(pod: PodId, shape: PodShape, node: NodeId, sign: 1 | -1): void {
    for (const volume of shape.template.spec.volumes ?? []) {
      const claim = claimOfVolume(volume, this.#state.pods.name[pod] as string)
      if (claim === undefined) {
        const source = translateSource(volume, {})
        if (source !== undefined) this.#attach(node, this.keyOf(source.driver, source.handle), sign)
        continue
      }
      const use = this.#use(shape.namespace, claim.name)
      if (!claim.isEphemeral) use.mounts += sign
      const mounts = (use.nodes.get(node) ?? 0) + sign
      if (mounts === 0) use.nodes.delete(node)
      else use.nodes.set(node, mounts)
      this.#attach(node, use.volume, sign)
      if (use.nodes.size === 0) this.#forget(use)
    }
  }

  #use(namespace: string, name: string): ClaimUse {
    const key = `${namespace}/${name}`
    let use = this.#claims.get(key)
    if (use === undefined) {
      use = { namespace, name, volume: NO_VOLUME, volumeName: '', mounts: 0, nodes: new Map() }
      this.#claims.set(key, use)
      this.#refresh(use)
    }
    return use
  }

  #forget(use: ClaimUse): void {
    this.#claims.delete(`${use.namespace}/${use.name}`)
    this.#byVolumeName.get(use.volumeName)?.delete(use)
  }

  /** Looks the claim's volume up again and moves its mounts over. */
  #refresh(use: ClaimUse | undefined): void {
    if (use === undefined) return
    const claim = findClaim(this.#state, use.namespace, use.name)
    const volumeName = claim?.spec.volumeName ?? ''
    if (volumeName !== use.volumeName) {
      this.#byVolumeName.get(use.volumeName)?.delete(use)
      use.volumeName = volumeName
      if (volumeName !== '') {
        const uses = this.#byVolumeName.get(volumeName)
        if (uses === undefined) this.#byVolumeName.set(volumeName, new Set([use]))
        else uses.add(use)
      }
    }
    const volume = this.#volumeOfClaim(claim)
    if (volume === use.volume) return
    for (const [node, mounts] of use.nodes) {
      this.#attach(node, use.volume, -mounts)
      this.#attach(node, volume, mounts)
    }
    use.volume = volume
  }

  #volumeOfClaim(claim: PersistentVolumeClaim | undefined): VolumeKey {
    if (claim === undefined) return NO_VOLUME
    const volume = findVolume(this.#state, claim.spec.volumeName ?? '')
    if (volume === undefined) return this.#volumeToCome(claim)
    const source = volume.spec.csi
    if (source !== undefined) return this.keyOf(source.driver, source.volumeHandle)
    const translated = translateSource(volume.spec, volume.meta.labels)
    return translated === undefined ? NO_VOLUME : this.keyOf(translated.driver, translated.handle)
  }

  #volumeToCome(claim: PersistentVolumeClaim): VolumeKey {
    const storageClass = findStorageClass(this.#state, classOfClaim(claim))
    if (storageClass === undefined) return NO_VOLUME
    const { namespace, name } = claim.meta
    return this.keyOf(driverOfProvisioner(storageClass.spec.provisioner), `claim ${namespace}/${name}`)
  }

  #attach(node: NodeId, volume: VolumeKey, mounts: number): void {
    if (volume === NO_VOLUME) return
    let attached = this.#attached.get(node)
    if (attached === undefined) {
      attached = new Map()
      this.#attached.set(node, attached)
    }
    const before = attached.get(volume) ?? 0
    const after = before + mounts
    if (after === 0) attached.delete(volume)
    else attached.set(volume, after)
    if (before === 0) this.#countsFor(this.#drivers[volume], node)[node]++
    else if (after === 0) this.#countsFor(this.#drivers[volume], node)[node]--
  }

  #countsFor(driver: string, node: NodeId): Int32Array {
    let counts = this.#counts.get(driver)
    if (counts === undefined || counts.length <= node) {
      const grown = new Int32Array(Math.max(64, node * 2))
      if (counts !== undefined) grown.set(counts)
      counts = grown
      this.#counts.set(driver, counts)
    }
    return counts
  }
}

const NOTHING: ReadonlyMap<VolumeKey, number> = new Map()
const usages = new WeakMap<Snapshot, VolumeUsage>()

/** The usage of a snapshot: one, however many plugins and profiles ask. */
export function volumeUsageOf(snapshot: Snapshot): VolumeUsage {
  let usage = usages.get(snapshot)
  if (usage === undefined) {
    usage = new VolumeUsage(snapshot)
    usages.set(snapshot, usage)
  }
  return usage
}
