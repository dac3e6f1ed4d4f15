/**
 * Static pods: a node runs them whatever the API server says, and shows each as a mirror pod. A mirror that somebody
 * deletes is made anew at once, and the containers go on; those that a shutdown ended start again with the node.
 *
 * Upstream: pkg/kubelet/config/file.go, common.go, pod/mirror_client.go, tryReconcileMirrorPods of kubelet.go (1.36).
 * Simplified: the pods start when their node registers, and their files never change; one whose mirror is deleted
 * while its kubelet is silent starts anew.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { PodDraft } from '../apiserver/pod-draft.js'
import { isRefused } from '../apiserver/result.js'
import { CONFIG_MIRROR, CONFIG_SOURCE } from '../model/qos.js'
import type { StaticPod } from '../model/simulation-model.js'
import type { Toleration } from '../model/taints.js'
import type { NodeId, PodId, TemplateId } from '../state/ids.js'

/** Every static pod bears whatever drives others out. */
const BEARS_ALL: Toleration = { operator: 'Exists', effect: 'NoExecute' }

interface Mirrored {
  readonly node: NodeId
  readonly nodeUid: number
  readonly pod: StaticPod
}

/** The pod of the new mirror goes on with what that of the old one did. */
export type HandOver = (old: PodId, mirror: PodId) => void

export class StaticPods {
  readonly #api: ApiServer
  readonly #handOver: HandOver
  /** Of silent kubelets: mirrors to be made when they come back. */
  readonly #missing: Mirrored[] = []
  readonly #mirrors = new Map<PodId, Mirrored>()
  readonly #templates = new Map<StaticPod, TemplateId>()

  constructor(api: ApiServer, handOver: HandOver) {
    this.#api = api
    this.#handOver = handOver
  }

  isMirror(pod: PodId): boolean {
    return this.#mirrors.size > 0 && this.#mirrors.has(pod)
  }

  /** A node has registered. */
  register(node: NodeId): void {
    const { nodes } = this.#api.state
    for (const pod of nodes.staticPods[node] ?? []) this.#mirror({ node, nodeUid: nodes.uid[node], pod })
  }

  /** Somebody deletes a mirror, or has done so: a new one takes its place. */
  mirrorDeleted(old: PodId, isSilent: boolean): void {
    const mirrored = this.#mirrors.get(old)
    if (mirrored === undefined) return
    this.#mirrors.delete(old)
    const { pods, nodes } = this.#api.state
    if (pods.exists(old)) this.#api.pods.delete(old, pods.uid[old], 0)
    if (!nodes.exists(mirrored.node) || nodes.uid[mirrored.node] !== mirrored.nodeUid) return
    if (isSilent) {
      this.#missing.push(mirrored)
      return
    }
    const mirror = this.#mirror(mirrored)
    if (mirror !== undefined && !pods.isFinished(old)) this.#handOver(old, mirror)
  }

  /** The node's kubelet is back. */
  revived(node: NodeId): void {
    if (this.#missing.length === 0) return
    const missing = this.#missing.splice(0)
    for (const mirrored of missing) {
      if (mirrored.node === node) this.#mirror(mirrored)
      else this.#missing.push(mirrored)
    }
  }

  /** The node starts: static pods that had ended are run anew, under new mirrors. */
  started(node: NodeId): void {
    const { pods } = this.#api.state
    for (const [pod, mirrored] of this.#mirrors)
      if (mirrored.node === node && pods.isFinished(pod)) this.mirrorDeleted(pod, false)
  }

  #mirror(mirrored: Mirrored): PodId | undefined {
    const { node, pod } = mirrored
    const { state } = this.#api
    const nodeName = state.nodes.name[node] as string
    const draft = new PodDraft()
    draft.namespace = state.namespaceId(pod.namespace)
    draft.name = `${pod.name}-${nodeName}`
    draft.template = this.#templateOf(pod)
    draft.labels = state.labelsId(pod.labels)
    draft.node = node
    draft.references = [
      { kind: 'Node', name: nodeName, uid: mirrored.nodeUid, controller: true, blockOwnerDeletion: false },
    ]
    const created = this.#api.pods.create(draft, pod.template.spec.priority ?? 0)
    if (isRefused(created)) return undefined
    this.#mirrors.set(created, mirrored)
    return created
  }

  #templateOf(pod: StaticPod): TemplateId {
    let id = this.#templates.get(pod)
    if (id === undefined) {
      const { spec, annotations } = pod.template
      const marks = { [CONFIG_SOURCE]: 'file', [CONFIG_MIRROR]: pod.name }
      const tolerations = [...(spec.tolerations ?? []), BEARS_ALL]
      id = this.#api.state.templateId({
        spec: { ...spec, tolerations },
        annotations: { ...annotations, ...marks },
      })
      this.#templates.set(pod, id)
    }
    return id
  }
}
