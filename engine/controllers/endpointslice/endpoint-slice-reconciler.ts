/**
 * Keeps the EndpointSlices of Services with a selector. While the cache does not show the own last writes it waits, a
 * second at first, and then writes all that has changed meanwhile at once.
 *
 * Upstream: pkg/controller/endpointslice/endpointslice_controller.go (1.36).
 * Simplified: no topology hints, and no annotation with the time of the change.
 */
import { subjectOf } from '../../apiserver/event-recorder.js'
import { Result } from '../../apiserver/result.js'
import { Streams } from '../../kernel/rng.js'
import type { SimTime } from '../../kernel/time.js'
import { ENDPOINT_SLICE_RETRY } from '../../model/defaults.js'
import type { Labels } from '../../model/pod-spec.js'
import { hasSelector, type ServiceSpec } from '../../model/services.js'
import { Change, Source } from '../../state/change-log.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type NodeId,
  type ObjectId,
  Phase,
  type PodId,
} from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import { type ControllerContext, DONE, RETRY, type ReconcileResult, type Reconciler } from '../controller.js'
import { SelectingObjects } from '../selecting-objects.js'
import { changedSlices } from './changed-slices.js'
import { ServiceIndex } from './service-index.js'
import { ServiceLedger } from './service-ledger.js'
import { type ServiceSlices, serviceSlices, sliceLabels } from './service-slices.js'
import { SliceTracker } from './slice-tracker.js'
import { SliceWriter } from './slice-writer.js'

type Service = StoredObject<ServiceSpec>

const MANAGED_BY = 'endpointslice-controller.k8s.io'

export class EndpointSliceReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #services: SelectingObjects
  readonly #slices: ServiceIndex
  readonly #tracker: SliceTracker
  readonly #writer: SliceWriter
  /** By Service; none where the next sync has to look at all pods. */
  readonly #ledgers = new Map<ObjectId, ServiceLedger>()

  constructor(context: ControllerContext) {
    const { state, informer, labels, kernel } = context
    this.#context = context
    this.#slices = new ServiceIndex(state, MANAGED_BY)
    const lag = new Streams(kernel.seed).stream('controllers/endpointslice-lag')
    this.#tracker = new SliceTracker(state, informer, lag)
    this.#writer = new SliceWriter(context)
    this.#services = new SelectingObjects({
      state,
      informer,
      kind: 'Service',
      matcherOf(id) {
        const { spec } = state.objects.get<ServiceSpec>(id)
        return hasSelector(spec) ? labels.ofLabels(spec.selector as Labels) : undefined
      },
    })
  }

  changed(source: Source, row: number, fields: number): void {
    if (source === Source.Pods) this.#podChanged(row as PodId, fields)
    else if (source === Source.Nodes) this.#nodeChanged(row as NodeId)
    else if (this.#context.state.objects.get(row as ObjectId).kind === 'Service')
      this.#serviceChanged(row as ObjectId, fields)
    else this.#sliceChanged(row as ObjectId, fields)
  }

  #serviceChanged(id: ObjectId, fields: number): void {
    const { state, queue } = this.#context
    this.#services.changed(id)
    this.#ledgers.delete(id)
    if ((fields & Change.Deleted) === 0) queue.add(id)
    else this.#tracker.forget(state.objects.get(id).meta.uid)
  }

  /** Slices that others made, changed or deleted are seen to a second later. */
  #sliceChanged(id: ObjectId, fields: number): void {
    const { state, queue } = this.#context
    const { objects } = state
    this.#slices.changed(id, fields)
    const name = this.#slices.serviceOf(id)
    if (name === undefined) return
    const service = objects.find('Service', objects.get(id).meta.namespace, name)
    if (service === undefined) return
    const isDeleted = (fields & Change.Deleted) !== 0
    if (this.#tracker.isForeign(objects.get(service).meta.uid, id, isDeleted)) {
      queue.addAfter(service, ENDPOINT_SLICE_RETRY.first)
    }
  }

  /** Endpoints tell of their nodes; nobody is woken, as upstream wakes nobody. */
  #nodeChanged(node: NodeId): void {
    const { nodes, pods } = this.#context.state
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod]) {
      this.#tellServices(pod as PodId, pods.labelsOf(pod as PodId), false)
    }
  }

  #podChanged(pod: PodId, fields: number): void {
    const { state, labelled } = this.#context
    const { pods } = state
    const { Added, Deleted, Deleting, Labels, Ready } = Change
    const matters = (fields & (Added | Deleted | Deleting | Labels | Ready)) !== 0
    // The address comes with Running; the end of a pod shows by its Ready condition, or not at all.
    const wakes = matters || pods.phase[pod] === Phase.Running
    this.#tellServices(pod, pods.labelsOf(pod), wakes)
    if ((fields & Labels) !== 0) this.#tellServices(pod, labelled.formerLabels(pod), wakes)
  }

  #tellServices(pod: PodId, labels: LabelSetId, wakes: boolean): void {
    const { queue, state } = this.#context
    const { namespace, uid } = state.pods
    for (const service of this.#services.of(namespace[pod] as NamespaceId, labels)) {
      this.#ledgers.get(service)?.changed.set(uid[pod], pod)
      if (wakes) queue.add(service)
    }
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { state } = this.#context
    const id = key as ObjectId
    if (!state.objects.exists(id) || state.objects.get(id).kind !== 'Service') return DONE
    const service = state.objects.get<ServiceSpec>(id)
    const { meta, spec } = service
    let ledger = this.#ledgers.get(id)
    if (ledger?.spec !== spec && (spec.type === 'ExternalName' || !hasSelector(spec))) return DONE
    if (this.#tracker.isStale(meta.uid, now)) return RETRY
    if (ledger?.isCurrent(service) === false) ledger = undefined
    const own = ledger?.labels ?? sliceLabels(service, MANAGED_BY)
    const planned = this.#plan(service, own, ledger)
    if (planned === undefined) {
      ledger?.changed.clear()
      return DONE
    }
    const { writes, skipped } = planned
    const written: ObjectId[] = []
    const owner = {
      object: service,
      apiVersion: 'v1',
      labels: own,
      tracker: this.#tracker,
      written: (slice: ObjectId): void => {
        written.push(slice)
      },
    }
    const result = this.#writer.write(owner, writes, now)
    const { create, update, remove } = writes
    if (result !== Result.Ok || written.length !== create.length + update.length + remove.length)
      this.#ledgers.delete(id)
    else this.#keep(service, ledger ?? this.#newLedger(service, own), written, skipped)
    if (result !== Result.Ok) return this.#fail(service, 'the API server refused a slice')
    if (skipped.length === 0) return DONE
    const [pod] = skipped
    const node = state.nodes.name[state.pods.node[pod]] ?? ''
    const whose = `${meta.namespace}/${meta.name}`
    return this.#fail(
      service,
      `skipping Pod ${state.pods.name[pod]} for Service ${whose}: Node ${node} Not Found`,
    )
  }

  /** Looks at the pods that have changed, or without a ledger at all of them; undefined when none counts. */
  #plan(service: Service, own: Labels, ledger: ServiceLedger | undefined): ServiceSlices | undefined {
    if (ledger !== undefined) return changedSlices(this.#context, service, ledger)
    const { state, labels, labelled } = this.#context
    const { meta, spec } = service
    const matcher = labels.ofLabels(spec.selector as Labels)
    const pods = labelled.matching(state.namespaceId(meta.namespace), matcher)
    const existing = this.#slices.of(meta.namespace, meta.name)
    return serviceSlices(this.#context, service, pods, existing, own)
  }

  #newLedger(service: Service, own: Labels): ServiceLedger {
    const { namespace, name } = service.meta
    const ledger = new ServiceLedger(this.#context, service, own, this.#slices.all(namespace, name))
    for (const id of this.#slices.of(namespace, name)) ledger.update(id)
    return ledger
  }

  /** After a sync the slices are what they shall be, but for the pods that were left out. */
  #keep(
    service: Service,
    ledger: ServiceLedger,
    written: readonly ObjectId[],
    skipped: readonly PodId[],
  ): void {
    const { uid } = this.#context.state.pods
    this.#ledgers.set(service.id, ledger)
    for (const slice of written) ledger.update(slice)
    ledger.changed.clear()
    for (const pod of skipped) ledger.changed.set(uid[pod], pod)
  }

  #fail(service: Service, why: string): ReconcileResult {
    const { namespace, name } = service.meta
    const message = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${why}`
    this.#context.events.record(subjectOf(service), 'Warning', 'FailedToUpdateEndpointSlices', message)
    return RETRY
  }
}
