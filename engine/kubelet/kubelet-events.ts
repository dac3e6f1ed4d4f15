/**
 * What kubelets tell of their nodes and pods as Kubernetes events.
 *
 * Upstream: pkg/kubelet/events/event.go (1.36) for the reasons.
 * Simplified: events are accepted at once, and equal ones are not counted together.
 */
import type { EventSink, EventType } from '../apiserver/event-recorder.js'
import type { Kernel } from '../kernel/kernel.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { NodeId, PodId } from '../state/ids.js'

/** Told of what kubelets do. */
export interface KubeletSink extends EventSink {
  /** A container was killed for want of memory. */
  killedForMemory?(pod: PodId, container: string): void
}

export class KubeletEvents {
  readonly #kernel: Kernel
  readonly #state: ClusterState
  readonly #sink: EventSink | undefined

  /** @param sink absent: nobody listens. */
  constructor(kernel: Kernel, state: ClusterState, sink: EventSink | undefined) {
    this.#kernel = kernel
    this.#state = state
    this.#sink = sink
  }

  ofNode(node: NodeId, type: EventType, reason: string, message: string): void {
    if (this.#sink === undefined) return
    const { nodes } = this.#state
    const subject = { kind: 'Node', namespace: '', name: nodes.name[node] as string, uid: nodes.uid[node] }
    this.#sink.recorded({ source: 'kubelet', subject, type, reason, message, count: 1 }, this.#kernel.now)
  }

  ofPod(pod: PodId, type: EventType, reason: string, message: string): void {
    if (this.#sink === undefined) return
    const { pods, namespaces } = this.#state
    const namespace = namespaces.get(pods.namespaceOf(pod))
    const subject = { kind: 'Pod', namespace, name: pods.name[pod] as string, uid: pods.uid[pod] }
    this.#sink.recorded({ source: 'kubelet', subject, type, reason, message, count: 1 }, this.#kernel.now)
  }
}
