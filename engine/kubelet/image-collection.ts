/**
 * Removes images that no container of the node uses: all of them when the node is short of disk, before any pod is
 * evicted, and when the disk is fuller than a high mark as many as bring it down to a low one, the longest unused
 * first. Passes are five minutes apart, and only those are events that will find the disk too full.
 *
 * Upstream: pkg/kubelet/images/image_gc_manager.go (1.36), ImageGCPeriod of pkg/kubelet/kubelet.go.
 * Simplified: images of a pod count as used until it has ended; no image is removed for its age alone.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { type EventHandle, NO_EVENT } from '../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { MINUTE, type SimTime } from '../kernel/time.js'
import type { KubeletConfig } from '../model/kubelet-config.js'
import { NONE, type NodeId, type PodId } from '../state/ids.js'

const PERIOD: SimTime = 5 * MINUTE

/** The disk of a node at a time. */
export interface DiskUse {
  readonly usedBytes: number
  readonly capacityBytes: number
}

export interface ImageCollectionParts {
  diskUse(node: NodeId, at: SimTime): DiskUse
  /** From when on the disk stays as it is. */
  fullAt(node: NodeId): SimTime
}

interface NodeImages {
  readonly config: KubeletConfig
  /** When images came to the node, or were used last; absent: they have been there from the start. */
  readonly since: Map<string, SimTime>
  pass: EventHandle
}

export class ImageCollection {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #parts: ImageCollectionParts
  readonly #pass: EventKind
  readonly #nodes = new Map<NodeId, NodeImages>()

  constructor(kernel: Kernel, api: ApiServer, parts: ImageCollectionParts) {
    this.#kernel = kernel
    this.#api = api
    this.#parts = parts
    this.#pass = kernel.on('kubelet/ImageCollection', Rank.Kubelet, node => this.#collect(node as NodeId))
  }

  register(node: NodeId, config: KubeletConfig): void {
    this.#nodes.set(node, { config, since: new Map(), pass: NO_EVENT })
    this.changed(node)
  }

  forget(node: NodeId): void {
    const images = this.#nodes.get(node)
    if (images !== undefined) this.#cancel(images)
    this.#nodes.delete(node)
  }

  /** An image has come to the node. */
  pulled(node: NodeId, image: string): void {
    this.#nodes.get(node)?.since.set(image, this.#kernel.now)
    this.changed(node)
  }

  /** A pod of the node uses its images no longer. */
  podEnded(node: NodeId, pod: PodId): void {
    const since = this.#nodes.get(node)?.since
    if (since !== undefined) for (const image of this.#imagesOf(pod)) since.set(image, this.#kernel.now)
  }

  /** What the disk holds takes another course: the next pass that finds it too full is planned. */
  changed(node: NodeId): void {
    const images = this.#nodes.get(node)
    if (images === undefined) return
    this.#cancel(images)
    if ((this.#api.state.nodes.images[node]?.size ?? 0) === 0) return
    const { now } = this.#kernel
    const isTooFull = (pass: number): boolean => {
      const { usedBytes, capacityBytes } = this.#parts.diskUse(node, pass * PERIOD)
      return capacityBytes > 0 && usedBytes * 100 >= capacityBytes * images.config.imageGCHighThresholdPercent
    }
    let low = Math.floor(now / PERIOD) + 1
    let high = Math.max(Math.ceil(this.#parts.fullAt(node) / PERIOD), low)
    if (this.#unused(node, high * PERIOD).length === 0 || !isTooFull(high)) return
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (isTooFull(middle)) high = middle
      else low = middle + 1
    }
    images.pass = this.#kernel.schedule(high * PERIOD, this.#pass, node)
  }

  /** Removes all images that nobody uses; answers whether there were any. */
  removeUnused(node: NodeId): boolean {
    return this.#remove(node, Infinity)
  }

  #collect(node: NodeId): void {
    const images = this.#nodes.get(node)
    if (images === undefined) return
    images.pass = NO_EVENT
    if (!this.#api.state.leases.isStopped(node)) {
      const { usedBytes, capacityBytes } = this.#parts.diskUse(node, this.#kernel.now)
      this.#remove(node, usedBytes - (capacityBytes * images.config.imageGCLowThresholdPercent) / 100)
    }
    this.changed(node)
  }

  #remove(node: NodeId, bytes: number): boolean {
    const images = new Map(this.#api.state.nodes.images[node])
    let freed = 0
    for (const image of this.#unused(node, this.#kernel.now)) {
      if (freed >= bytes) break
      freed += images.get(image) ?? 0
      images.delete(image)
      this.#nodes.get(node)?.since.delete(image)
    }
    if (freed > 0) this.#api.nodes.patchImages(node, images)
    return freed > 0
  }

  /** Those old enough, the longest unused first. */
  #unused(node: NodeId, at: SimTime): string[] {
    const { nodes, pods } = this.#api.state
    const known = this.#nodes.get(node)
    const present = nodes.images[node]
    if (known === undefined || present === undefined) return []
    const used = new Set<string>()
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod])
      if (!pods.isFinished(pod as PodId)) for (const image of this.#imagesOf(pod as PodId)) used.add(image)
    const sinceOf = (image: string): SimTime => known.since.get(image) ?? 0
    const isOld = (image: string): boolean => {
      return !known.since.has(image) || at - sinceOf(image) >= known.config.imageMinimumGCAge
    }
    return [...present.keys()]
      .filter(image => !used.has(image) && isOld(image))
      .sort((a, b) => sinceOf(a) - sinceOf(b))
  }

  #imagesOf(pod: PodId): string[] {
    const { pods, templates } = this.#api.state
    const { containers, initContainers = [] } = templates.get(pods.templateOf(pod)).spec
    return [...containers, ...initContainers].map(({ image = '' }) => image)
  }

  #cancel(images: NodeImages): void {
    if (images.pass !== NO_EVENT) this.#kernel.cancel(images.pass)
    images.pass = NO_EVENT
  }
}
