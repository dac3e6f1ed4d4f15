import type { ApiServer } from '../apiserver/api-server.js'
import { applyManifest } from '../apiserver/apply-manifest.js'
import { PodDraft } from '../apiserver/pod-registry.js'
import { isRefused } from '../apiserver/result.js'
import { NO_EVENT } from '../kernel/event-queue.js'
import { invariant } from '../kernel/invariant.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { NEVER } from '../kernel/time.js'
import type { NodePool, Operation, PodTrace, SimulationModel } from '../model/simulation-model.js'
import { Change, Source } from '../state/change-log.js'
import { type LabelSetId, NONE, type PodId, type TemplateId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import type { AttachedColumn } from '../state/table.js'

/**
 * The people and programs outside the cluster: they carry out the model's operations in order and replay its traces,
 * one pending arrival a trace. Requests of theirs are not rate limited and accepted at their time.
 *
 * Upstream: kubectl create, delete, cordon (staging/src/k8s.io/kubectl/pkg/cmd, 1.36).
 * Simplified: no client-side validation; a refused creation is counted, not retried.
 */
export class Operator {
  #kernel: Kernel
  #api: ApiServer
  #model: SimulationModel
  #arrive: EventKind
  #depart: EventKind
  #templates: TemplateId[]
  #labels: LabelSetId[]
  #draft = new PodDraft()
  /** Pending deletion of a trace's pod: an event handle. */
  #departure: AttachedColumn<Float64Array>
  /** 1: the pod is removed when it has finished. */
  #removeFinished: AttachedColumn<Uint8Array>

  constructor(kernel: Kernel, api: ApiServer, informer: Informer, model: SimulationModel) {
    this.#kernel = kernel
    this.#api = api
    this.#model = model
    const { state } = api
    this.#templates = model.podTemplates.map(({ template }) => state.templateId(template))
    this.#labels = model.podTemplates.map(({ labels }) => state.labelsId(labels))
    this.#departure = state.pods.attach(Float64Array, NO_EVENT)
    this.#removeFinished = state.pods.attach(Uint8Array, 0)
    this.#arrive = kernel.on('operator/TraceArrival', Rank.Failure, (trace, index) =>
      this.#replay(trace, index),
    )
    this.#depart = kernel.on('operator/TraceDeparture', Rank.Failure, pod => this.#delete(pod as PodId))
    const operate = kernel.on('operator/Operation', Rank.Failure, index =>
      this.#operate(model.operations[index]),
    )
    model.operations.forEach((operation, index) => kernel.schedule(operation.at, operate, index))
    model.traces.forEach((trace, index) => {
      if (trace.names.length > 0) kernel.schedule(trace.createdAt[0], this.#arrive, index, 0)
    })
    if (model.traces.some(trace => trace.removeFinished || trace.deletedAt.some(at => at !== NEVER))) {
      informer.subscribe(Source.Pods, Change.Phase | Change.Deleted, (pod, fields) =>
        this.#watch(pod as PodId, fields),
      )
    }
  }

  #replay(traceIndex: number, index: number): void {
    const trace = this.#model.traces[traceIndex]
    const pod = this.#createPod(
      trace.namespace,
      trace.names[index],
      trace.template[index],
      trace.runFor[index],
    )
    if (pod !== NONE) this.#planDeparture(pod, trace, index)
    const next = index + 1
    if (next < trace.names.length)
      this.#kernel.schedule(trace.createdAt[next], this.#arrive, traceIndex, next)
  }

  #planDeparture(pod: PodId, trace: PodTrace, index: number): void {
    if (trace.removeFinished) this.#removeFinished.values[pod] = 1
    const at = trace.deletedAt[index]
    if (at === NEVER) return
    this.#departure.values[pod] = this.#kernel.schedule(Math.max(at, this.#kernel.now), this.#depart, pod)
  }

  #createPod(namespace: string, name: string, template: number, runFor: number): PodId | typeof NONE {
    const draft = this.#draft
    draft.namespace = this.#api.state.namespaceId(namespace)
    draft.name = name
    draft.template = this.#templates[template]
    draft.labels = this.#labels[template]
    draft.runFor = runFor
    const created = this.#api.pods.create(
      draft,
      this.#model.podTemplates[template].template.spec.priority ?? 0,
    )
    return isRefused(created) ? NONE : created
  }

  #delete(pod: PodId): void {
    this.#departure.values[pod] = NO_EVENT
    this.#api.pods.delete(pod, this.#api.state.pods.uid[pod])
  }

  #watch(pod: PodId, fields: number): void {
    const { pods } = this.#api.state
    if ((fields & Change.Deleted) !== 0) {
      const handle = this.#departure.values[pod]
      if (handle === NO_EVENT) return
      this.#kernel.cancel(handle)
      this.#departure.values[pod] = NO_EVENT
    } else if (this.#removeFinished.values[pod] === 1 && pods.exists(pod) && pods.isFinished(pod)) {
      this.#api.pods.delete(pod, pods.uid[pod])
    }
  }

  #operate(operation: Operation): void {
    const { state, nodes } = this.#api
    switch (operation.op) {
      case 'create-nodes':
        for (const [i, name] of operation.names.entries())
          this.#createNode(this.#model.nodePools[operation.pool], operation.pool, name, i)
        break
      case 'create-pods':
        for (const name of operation.names)
          this.#createPod(operation.namespace, name, operation.template, operation.runFor)
        break
      case 'apply':
        applyManifest(this.#api, operation.manifest)
        break
      case 'delete':
        for (const name of operation.names) this.#deleteByName(operation, name)
        break
      case 'cordon':
      case 'uncordon':
        for (const name of operation.nodes) {
          const node = state.nodes.find(name)
          if (node !== undefined) nodes.patchUnschedulable(node, operation.op === 'cordon')
        }
        break
    }
  }

  #createNode(pool: NodePool, poolIndex: number, name: string, ordinal: number): void {
    const zone = pool.zones.length === 0 ? undefined : pool.zones[ordinal % pool.zones.length]
    const labels: Record<string, string> = { ...pool.labels, 'kubernetes.io/hostname': name }
    if (zone !== undefined) labels['topology.kubernetes.io/zone'] = zone
    const created = this.#api.nodes.create({
      ...pool,
      name,
      labels,
      images: new Map(Object.entries(pool.images)),
      pool: poolIndex,
    })
    invariant(!isRefused(created), `node ${name} is created once`)
  }

  #deleteByName(operation: Operation & { op: 'delete' }, name: string): void {
    const { state, pods, nodes, objects } = this.#api
    if (operation.kind === 'Pod') {
      const pod = state.pods.find(state.namespaceId(operation.namespace), name)
      if (pod !== undefined) pods.delete(pod, state.pods.uid[pod], operation.gracePeriodSeconds)
    } else if (operation.kind === 'Node') {
      const node = state.nodes.find(name)
      if (node !== undefined) nodes.delete(node)
    } else {
      const id = state.objects.find(operation.kind, operation.namespace, name)
      if (id !== undefined) objects.delete(id)
    }
  }
}
