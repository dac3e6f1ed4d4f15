/**
 * Mirrors the Endpoints that a user writes for a Service without selector into EndpointSlices, and takes the slices
 * away when Endpoints or Service are gone, or the Service gets a selector.
 *
 * Upstream: pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go (1.36).
 * Simplified: a label of the slice that is moved to another Service by hand is not followed.
 */
import { subjectOf } from '../../apiserver/event-recorder.js'
import { Result } from '../../apiserver/result.js'
import { Streams } from '../../kernel/rng.js'
import type { SimTime } from '../../kernel/time.js'
import { MIRRORED_ENDPOINTS_PER_SUBSET } from '../../model/defaults.js'
import {
  type EndpointSliceSpec,
  type EndpointsSpec,
  hasSelector,
  SERVICE_NAME_LABEL,
  type ServiceSpec,
  SKIP_MIRROR_LABEL,
} from '../../model/services.js'
import { Change, type Source } from '../../state/change-log.js'
import type { ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import { type ControllerContext, DONE, RETRY, type ReconcileResult, type Reconciler } from '../controller.js'
import { ServiceIndex } from '../endpointslice/service-index.js'
import { SliceTracker } from '../endpointslice/slice-tracker.js'
import { SliceWriter } from '../endpointslice/slice-writer.js'
import { NameKeys } from '../name-keys.js'
import { mirroredLabels, mirroredSlices } from './mirrored-slices.js'

const MANAGED_BY = 'endpointslicemirroring-controller.k8s.io'
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader'

export class MirroringReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #keys = new NameKeys()
  readonly #slices: ServiceIndex
  readonly #tracker: SliceTracker
  readonly #writer: SliceWriter

  constructor(context: ControllerContext) {
    const { state, informer, kernel } = context
    this.#context = context
    this.#slices = new ServiceIndex(state, MANAGED_BY)
    const lag = new Streams(kernel.seed).stream('controllers/endpointslicemirroring-lag')
    this.#tracker = new SliceTracker(state, informer, lag)
    this.#writer = new SliceWriter(context)
  }

  changed(_: Source, row: number, fields: number): void {
    const { state, queue } = this.#context
    const id = row as ObjectId
    const { kind, meta } = state.objects.get(id)
    if (kind === 'EndpointSlice') {
      this.#sliceChanged(id, fields)
      return
    }
    const isDeleted = (fields & Change.Deleted) !== 0
    if (kind === 'Endpoints' && isDeleted) this.#tracker.forget(meta.uid)
    queue.add(this.#keys.of(meta.namespace, meta.name))
  }

  /** Slices that others changed or deleted are seen to at once. */
  #sliceChanged(id: ObjectId, fields: number): void {
    const { state, queue } = this.#context
    const { objects } = state
    this.#slices.changed(id, fields)
    if (this.#slices.serviceOf(id) === undefined) return
    const { namespace, labels } = objects.get(id).meta
    const name = labels[SERVICE_NAME_LABEL]
    const owner = objects.find('Endpoints', namespace, name)
    if (owner === undefined) return
    const isDeleted = (fields & Change.Deleted) !== 0
    if (this.#tracker.isForeign(objects.get(owner).meta.uid, id, isDeleted))
      queue.add(this.#keys.of(namespace, name))
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { namespace, name } = this.#keys.get(key)
    const endpoints = this.#listed<EndpointsSpec>('Endpoints', namespace, name)
    const service = this.#listed<ServiceSpec>('Service', namespace, name)
    const existing = this.#slices.of(namespace, name)
    if (
      endpoints === undefined ||
      service === undefined ||
      !isToMirror(endpoints) ||
      hasSelector(service.spec)
    ) {
      if (endpoints !== undefined) this.#tracker.forget(endpoints.meta.uid)
      return this.#deleteAll(existing)
    }
    if (this.#tracker.isStale(endpoints.meta.uid, now)) return RETRY
    const labels = mirroredLabels(endpoints, MANAGED_BY)
    const { objects } = this.#context.state
    const slices = existing.map(id => objects.get<EndpointSliceSpec>(id))
    const { writes, skipped } = mirroredSlices(endpoints, slices, labels)
    if (skipped > 0) this.#reportSkipped(endpoints, skipped)
    const owner = { object: endpoints, apiVersion: 'v1', labels, tracker: this.#tracker }
    return this.#writer.write(owner, writes, now) === Result.Ok ? DONE : RETRY
  }

  /** The object as the lister shows it. */
  #listed<Spec>(kind: string, namespace: string, name: string): StoredObject<Spec> | undefined {
    const { state, informer } = this.#context
    const { objects } = state
    const id = objects.find(kind, namespace, name)
    if (id === undefined || !informer.sees(objects.createdSequence[id], objects.deletedSequence[id]))
      return undefined
    return objects.get<Spec>(id)
  }

  #deleteAll(slices: readonly ObjectId[]): ReconcileResult {
    const { api } = this.#context
    let isDone = true
    for (const id of slices) {
      if (api.objects.delete(id) !== Result.Ok) isDone = false
      this.#context.charge()
    }
    return isDone ? DONE : RETRY
  }

  #reportSkipped(endpoints: StoredObject, skipped: number): void {
    const message =
      `A max of ${MIRRORED_ENDPOINTS_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints ` +
      `subset. ${skipped} addresses were skipped`
    this.#context.events.record(subjectOf(endpoints), 'Warning', 'TooManyAddressesToMirror', message)
  }
}

function isToMirror({ meta }: StoredObject): boolean {
  return meta.labels[SKIP_MIRROR_LABEL] !== 'true' && meta.annotations[LEADER_ANNOTATION] === undefined
}
