/**
 * Resizes of pods in place: a kubelet grants what its node has room for, puts off what it may have room for later and
 * says of the rest that it never will; then it changes the containers, starting those again that want to be.
 *
 * Upstream: pkg/kubelet/allocation/allocation_manager.go, doPodResizeAction of
 * pkg/kubelet/kuberuntime/kuberuntime_manager.go (1.36).
 * Simplified: a granted resize takes a second; all containers of a pod are changed together.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { writeResize } from '../apiserver/resize-pod.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { SECOND, type SimTime } from '../kernel/time.js'
import { resizedContainers } from '../model/in-place-resize.js'
import { isStaticPod, QosClass, qosClass } from '../model/qos.js'
import { value } from '../model/quantity.js'
import type { NodeId, PodId, TemplateId } from '../state/ids.js'
import type { PodResize } from '../state/pods.js'
import type { KubeletEvents } from './kubelet-events.js'
import type { MemoryUse } from './memory/memory-use.js'
import type { NodePredicates } from './node-predicates.js'

/** From the grant to the status that says so: a look at the runtime, which the kubelet takes every second. */
const RESIZE_TIME: SimTime = 1 * SECOND
/** A change that failed is tried again when the pod is synchronized: syncFrequency. */
const RETRY_TIME: SimTime = 60 * SECOND

export interface ResizeParts {
  readonly predicates: NodePredicates
  readonly memory: MemoryUse
  readonly events: KubeletEvents
  isPutOff(pod: PodId, act: (pod: PodId) => void): boolean
  /** The container ends within its grace period and starts again. */
  restart(pod: PodId, container: string): void
}

export class PodResizes {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #parts: ResizeParts
  readonly #actuate: EventKind
  /** Resizes that were put off, by node. */
  readonly #deferred = new Map<NodeId, Set<PodId>>()

  constructor(kernel: Kernel, api: ApiServer, parts: ResizeParts) {
    this.#kernel = kernel
    this.#api = api
    this.#parts = parts
    this.#actuate = kernel.on('kubelet/Resize', Rank.Kubelet, (pod, uid) => this.#act(pod as PodId, uid))
  }

  /** Somebody wants other resources for a pod of the kubelet. */
  changed(pod: PodId): void {
    const resize = this.#api.state.pods.resizes[pod]
    if (resize === undefined || resize.pending !== undefined || resize.desired === resize.allocated) return
    if (this.#parts.isPutOff(pod, later => this.changed(later))) return
    this.#decide(pod, resize)
  }

  /** A pod has ended, or its object has gone: there may be room. */
  podChanged(node: NodeId, pod: PodId): void {
    const deferred = this.#deferred.get(node)
    if (deferred === undefined) return
    const { pods } = this.#api.state
    if (pods.exists(pod) && !pods.isFinished(pod)) return
    deferred.delete(pod)
    this.#retry(node)
  }

  forgetNode(node: NodeId): void {
    this.#deferred.delete(node)
  }

  /** Those that ask for no more than they have first, then by priority, quality of service, and since when. */
  #retry(node: NodeId): void {
    const { pods, templates } = this.#api.state
    const waiting = [...(this.#deferred.get(node) ?? [])].filter(pod => pods.resizes[pod] !== undefined)
    const rank = (pod: PodId): number =>
      qosClass(templates.get(pods.templateOf(pod)).spec) === QosClass.Guaranteed ? 0 : 1
    const since = (pod: PodId): SimTime => pods.resizes[pod]?.pending?.since ?? 0
    waiting.sort(
      (a, b) => pods.priority[b] - pods.priority[a] || rank(a) - rank(b) || since(a) - since(b) || a - b,
    )
    for (const pod of waiting) {
      const resize = pods.resizes[pod]
      if (resize !== undefined && !this.#parts.isPutOff(pod, later => this.changed(later)))
        this.#decide(pod, resize)
    }
  }

  #decide(pod: PodId, resize: PodResize): void {
    const { pods, templates } = this.#api.state
    const node = pods.nodeOf(pod)
    const { desired, allocated } = resize
    if (isStaticPod(templates.get(desired).annotations))
      return this.#wait(pod, resize, 'Infeasible', 'In-place resize of static-pods is not supported')
    const [tooLarge] = this.#parts.predicates.beyondCapacity(node, desired)
    if (tooLarge !== undefined) return this.#wait(pod, resize, 'Infeasible', tooLarge)
    const [shortage] = this.#parts.predicates.resizeShortages(node, pod, desired, allocated)
    if (shortage !== undefined) return this.#wait(pod, resize, 'Deferred', shortage)
    this.#deferred.get(node)?.delete(pod)
    this.#parts.events.ofPod(pod, 'Normal', 'ResizeStarted', 'Pod resize started')
    writeResize(this.#api, pod, { ...resize, allocated: desired, pending: undefined, inProgress: {} })
    this.#plan(pod, RESIZE_TIME)
  }

  #wait(pod: PodId, resize: PodResize, reason: 'Deferred' | 'Infeasible', message: string): void {
    const { pods } = this.#api.state
    const node = pods.nodeOf(pod)
    const { pending } = resize
    if (reason === 'Deferred') {
      const deferred = this.#deferred.get(node)
      if (deferred === undefined) this.#deferred.set(node, new Set([pod]))
      else deferred.add(pod)
    }
    if (pending?.reason === reason && pending.message === message) return
    const since = pending?.reason === reason ? pending.since : this.#kernel.now
    this.#parts.events.ofPod(pod, 'Warning', `Resize${reason}`, `Pod resize ${reason}: ${message}`)
    writeResize(this.#api, pod, { ...resize, pending: { reason, message, since } })
  }

  #plan(pod: PodId, delay: SimTime): void {
    const uid = this.#api.state.pods.uid[pod]
    this.#kernel.schedule(this.#kernel.now + delay, this.#actuate, pod, uid)
  }

  /** Makes the change; a limit below what is in use is refused by the runtime. */
  #act(pod: PodId, uid: number): void {
    const { pods, templates } = this.#api.state
    if (pods.uid[pod] !== uid || !pods.exists(pod) || pods.isFinished(pod)) return
    if (this.#parts.isPutOff(pod, later => this.#act(later, uid))) return
    const resize = pods.resizes[pod]
    if (resize === undefined || resize.actual === resize.allocated) return
    const { allocated } = resize
    const message = this.#refusal(pod, allocated)
    if (message !== undefined) {
      if (resize.inProgress?.message !== message)
        writeResize(this.#api, pod, { ...resize, inProgress: { message } })
      this.#plan(pod, RETRY_TIME)
      return
    }
    const before = templates.get(resize.actual).spec
    const after = templates.get(allocated).spec
    writeResize(this.#api, pod, { ...resize, actual: allocated, inProgress: undefined })
    this.#parts.memory.resized(pod, after)
    for (const { container, isRestarted } of resizedContainers(before, after))
      if (isRestarted) this.#parts.restart(pod, container.name)
    this.#parts.events.ofPod(pod, 'Normal', 'ResizeCompleted', 'Pod resize completed')
    this.#retry(pods.nodeOf(pod))
    this.changed(pod)
  }

  #refusal(pod: PodId, allocated: TemplateId): string | undefined {
    const { containers } = this.#api.state.templates.get(allocated).spec
    for (const { name, resources } of containers) {
      const limit = value(resources?.limits?.['memory'] ?? '0') ?? 0
      const used = this.#parts.memory.containerBytes(pod, name, this.#kernel.now)
      if (limit > 0 && used > limit) {
        const what = `attempting to set memory limit (${limit}) of container ${name}`
        return `cannot decrease memory limits: ${what} below current usage (${used})`
      }
    }
    return undefined
  }
}
