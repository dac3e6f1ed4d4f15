/**
 * Pulls images for containers that say how large theirs is: one at a time on a node or several beside one another,
 * which then share its bandwidth; what has been pulled stays, and the scheduler hears of it.
 *
 * Upstream: pkg/kubelet/images/image_manager.go, puller.go (1.36).
 * Simplified: no layers are shared between images; what removes images is image-collection.ts.
 */
import type { ApiServer } from '../../apiserver/api-server.js'
import { type EventHandle, NO_EVENT } from '../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import { IMAGE_BACK_OFF_INITIAL, IMAGE_BACK_OFF_MAX, type KubeletSettings } from '../../model/defaults.js'
import type { NodeId, PodId } from '../../state/ids.js'
import type { PlannedContainer } from './pod-plan.js'

/** Absent: the policy is Never, and the image is not there. */
export const PullResult = { Present: 0, Failed: 1, Absent: 2 } as const
export type PullResult = (typeof PullResult)[keyof typeof PullResult]
export type Pulled = (result: PullResult) => void

interface Pull {
  readonly image: string
  readonly bytes: number
  leftBytes: number
  readonly waiting: { readonly pod: PodId; readonly pulled: Pulled }[]
}

interface BackOff {
  readonly delay: SimTime
  /** When the pull failed. */
  readonly at: SimTime
}

interface NodePulls {
  readonly running: Pull[]
  readonly queued: Pull[]
  /** The bytes left are those of this time. */
  asOf: SimTime
  next: EventHandle
}

export class ImagePulls {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #settings: KubeletSettings
  readonly #done: EventKind
  readonly #nodes = new Map<NodeId, NodePulls>()
  /** Waits after failed pulls, by pod and image. */
  readonly #backOffs = new Map<number, Map<string, BackOff>>()
  /** Told when an image has come to a node. */
  readonly arrived: ((node: NodeId, image: string) => void)[] = []
  #isRegistryDown = false

  constructor(kernel: Kernel, api: ApiServer, settings: KubeletSettings) {
    this.#kernel = kernel
    this.#api = api
    this.#settings = settings
    this.#done = kernel.on('kubelet/ImagePulled', Rank.Kubelet, node => this.#pulledOn(node as NodeId))
  }

  /** Pulls fail while the registry is down, those under way included. */
  setRegistryDown(isDown: boolean): void {
    this.#isRegistryDown = isDown
    if (!isDown) return
    for (const [node, pulls] of this.#nodes) {
      const failed = [...pulls.running.splice(0), ...pulls.queued.splice(0)]
      this.#plan(node, pulls)
      for (const pull of failed) answer(pull, PullResult.Failed)
    }
  }

  /** Answers at once when nothing has to be pulled. */
  pull(node: NodeId, pod: PodId, { container, behaviour }: PlannedContainer, pulled: Pulled): void {
    const image = container.image ?? ''
    const bytes = behaviour.imageBytes
    if (bytes === 0 || image === '') return pulled(PullResult.Present)
    const policy = container.imagePullPolicy ?? defaultPolicy(image)
    const isPresent = this.#api.state.nodes.images[node]?.has(image) === true
    // With Always the registry is asked, and has nothing new.
    if (isPresent && !(policy === 'Always' && this.#isRegistryDown)) return pulled(PullResult.Present)
    if (policy === 'Never') return pulled(PullResult.Absent)
    if (this.#isRegistryDown) return pulled(PullResult.Failed)
    const pulls = this.#of(node)
    const waiting = { pod, pulled }
    const same = [...pulls.running, ...pulls.queued].find(pull => pull.image === image)
    if (same !== undefined) {
      same.waiting.push(waiting)
      return
    }
    this.#progress(node, pulls)
    pulls.queued.push({ image, bytes, leftBytes: bytes, waiting: [waiting] })
    this.#plan(node, pulls)
  }

  /** The wait before an image whose pull has failed for the pod is pulled again; it begins anew after a long time. */
  backOff(pod: PodId, image: string): SimTime {
    const { now } = this.#kernel
    const uid = this.#api.state.pods.uid[pod]
    let ofPod = this.#backOffs.get(uid)
    if (ofPod === undefined) {
      ofPod = new Map()
      this.#backOffs.set(uid, ofPod)
    }
    const last = ofPod.get(image)
    const isKnown = last !== undefined && now - last.at <= 2 * IMAGE_BACK_OFF_MAX
    const delay = isKnown ? Math.min(2 * last.delay, IMAGE_BACK_OFF_MAX) : IMAGE_BACK_OFF_INITIAL
    ofPod.set(image, { delay, at: now })
    return delay
  }

  /** Nobody waits for the pod's images any more; pulls go on. */
  forget(pod: PodId): void {
    if (this.#backOffs.size > 0) this.#backOffs.delete(this.#api.state.pods.uid[pod])
    for (const { running, queued } of this.#nodes.values()) {
      for (const { waiting } of [...running, ...queued]) {
        const at = waiting.findIndex(one => one.pod === pod)
        if (at >= 0) waiting.splice(at, 1)
      }
    }
  }

  forgetNode(node: NodeId): void {
    const pulls = this.#nodes.get(node)
    if (pulls !== undefined && pulls.next !== NO_EVENT) this.#kernel.cancel(pulls.next)
    this.#nodes.delete(node)
  }

  #pulledOn(node: NodeId): void {
    const pulls = this.#nodes.get(node)
    if (pulls === undefined) return
    pulls.next = NO_EVENT
    this.#progress(node, pulls)
    const done = pulls.running.filter(({ leftBytes }) => leftBytes < 1)
    for (const pull of done) {
      pulls.running.splice(pulls.running.indexOf(pull), 1)
      const images = new Map(this.#api.state.nodes.images[node])
      this.#api.nodes.patchImages(node, images.set(pull.image, pull.bytes))
    }
    this.#plan(node, pulls)
    for (const pull of done) answer(pull, PullResult.Present)
    for (const { image } of done) for (const listener of this.arrived) listener(node, image)
  }

  /** What has been pulled since the last look. */
  #progress(node: NodeId, pulls: NodePulls): void {
    const { now } = this.#kernel
    const share = this.#bytesPerSecond(node) / pulls.running.length
    for (const pull of pulls.running) pull.leftBytes -= ((now - pulls.asOf) / SECOND) * share
    pulls.asOf = now
  }

  /** Begins queued pulls as far as allowed, and waits for the first to end. */
  #plan(node: NodeId, pulls: NodePulls): void {
    while (pulls.running.length < this.#limit(node)) {
      const pull = pulls.queued.shift()
      if (pull === undefined) break
      pulls.running.push(pull)
    }
    if (pulls.next !== NO_EVENT) this.#kernel.cancel(pulls.next)
    pulls.next = NO_EVENT
    if (pulls.running.length === 0) return
    const least = Math.min(...pulls.running.map(({ leftBytes }) => Math.max(leftBytes, 0)))
    const share = this.#bytesPerSecond(node) / pulls.running.length
    const at = this.#kernel.now + Math.ceil((least / share) * SECOND)
    pulls.next = this.#kernel.schedule(at, this.#done, node)
  }

  #bytesPerSecond(node: NodeId): number {
    const own = this.#api.state.nodes.kubeletConfig[node]?.imagePullBytesPerSecond
    return own ?? this.#settings.imagePullBytesPerSecond
  }

  #limit(node: NodeId): number {
    const own = this.#api.state.nodes.kubeletConfig[node]?.maxParallelImagePulls
    return own ?? this.#settings.maxParallelImagePulls
  }

  #of(node: NodeId): NodePulls {
    let pulls = this.#nodes.get(node)
    if (pulls === undefined) {
      pulls = { running: [], queued: [], asOf: this.#kernel.now, next: NO_EVENT }
      this.#nodes.set(node, pulls)
    }
    return pulls
  }
}

function answer({ waiting }: Pull, result: PullResult): void {
  for (const { pulled } of waiting.splice(0)) pulled(result)
}

/** Without a policy an image that may change, for want of a tag or with the tag latest, is always asked for. */
function defaultPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent'
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}
