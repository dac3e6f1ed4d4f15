/**
 * Writes the slices of one owner: those to be deleted are used for those to be created, as far as they go.
 *
 * Upstream: finalize of staging/src/k8s.io/endpointslice/reconciler.go, endpointslicemirroring/reconciler.go (1.36).
 * Simplified: nothing known.
 */
import { NAME_ATTEMPTS } from '../../apiserver/generated-names.js'
import { type Created, isRefused, Result } from '../../apiserver/result.js'
import type { SimTime } from '../../kernel/time.js'
import { NEVER } from '../../kernel/time.js'
import type { Labels } from '../../model/pod-spec.js'
import type { Endpoint, EndpointPort, EndpointSliceSpec } from '../../model/services.js'
import type { ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { ControllerContext } from '../controller.js'
import type { SliceTracker } from './slice-tracker.js'

/** A slice as it shall be; without `id` it is new. */
export interface SliceDraft {
  readonly id: ObjectId | undefined
  readonly addressType: string
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

export interface SliceWrites {
  readonly create: SliceDraft[]
  readonly update: SliceDraft[]
  readonly remove: ObjectId[]
}

export interface SliceOwner {
  readonly object: StoredObject
  readonly apiVersion: string
  readonly labels: Labels
  readonly tracker: SliceTracker
  /** Told of every slice that was made, written or deleted. */
  readonly written?: (id: ObjectId) => void
}

export class SliceWriter {
  readonly #context: ControllerContext
  /** Names drawn so far, by UID of the owner. */
  readonly #named = new Map<number, number>()

  constructor(context: ControllerContext) {
    this.#context = context
  }

  /** Ok, or what the first refused request was answered with. */
  write(owner: SliceOwner, { create, update, remove }: SliceWrites, now: SimTime): Result {
    let answeredAt = now
    const { objects } = this.#context.api
    const { latency } = this.#context.informer
    const paid = (): SimTime => {
      this.#context.charge()
      // The answer is about as long under way as a change to its watchers.
      answeredAt += latency
      return answeredAt
    }
    const { meta } = owner.object
    while (remove.length > 0 && create.length > 0) {
      update.push({ ...(create.pop() as SliceDraft), id: remove.shift() })
    }
    // While the owner is going the garbage collector would race with new slices.
    for (const draft of meta.deletionAt === NEVER ? create : []) {
      const created = this.#create(owner, draft)
      paid()
      if (created === Result.NamespaceTerminating) return Result.Ok
      if (isRefused(created)) return created
      owner.tracker.wrote(meta.uid, created, answeredAt)
      owner.written?.(created)
    }
    for (const { id, addressType, ports, endpoints } of update) {
      const spec: EndpointSliceSpec = { addressType, ports, endpoints }
      const result = objects.update(id as ObjectId, { spec, labels: owner.labels })
      paid()
      if (result !== Result.Ok) return result
      owner.tracker.wrote(meta.uid, id as ObjectId, answeredAt)
      owner.written?.(id as ObjectId)
    }
    for (const id of remove) {
      const { uid } = this.#context.state.objects.get(id).meta
      const result = objects.delete(id)
      paid()
      if (result === Result.Ok) owner.tracker.deleted(meta.uid, uid, answeredAt)
      else if (result !== Result.NotFound) return result
      owner.written?.(id)
    }
    return Result.Ok
  }

  #create({ object, apiVersion, labels }: SliceOwner, draft: SliceDraft): Created<ObjectId> {
    const { kind, meta } = object
    const { namespace, name, uid } = meta
    const { api } = this.#context
    const spec: EndpointSliceSpec = {
      addressType: draft.addressType,
      ports: draft.ports,
      endpoints: draft.endpoints,
    }
    const owners = [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }]
    for (let attempt = 1; ; attempt++) {
      const ordinal = this.#named.get(uid) ?? 0
      this.#named.set(uid, ordinal + 1)
      const drawn = api.names.generate(`${name}-`, `EndpointSlice/${namespace}/${name}`, ordinal)
      const created = api.objects.create({
        kind: 'EndpointSlice',
        namespace,
        name: drawn,
        labels,
        owners,
        spec,
      })
      if (created !== Result.AlreadyExists || attempt === NAME_ATTEMPTS) return created
    }
  }
}
