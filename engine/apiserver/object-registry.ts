import type { Kernel } from '../kernel/kernel.js'
import { NEVER } from '../kernel/time.js'
import type { ObjectMeta, OwnerReference } from '../model/api-object.js'
import type { Labels } from '../model/pod-spec.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { ObjectId } from '../state/ids.js'
import type { StoredObject } from '../state/objects.js'
import { deletionFinalizers, type Propagation } from './deletion-finalizers.js'
import { type Created, type Refusal, Result } from './result.js'

/** What a new object is made of. */
export interface ObjectDraft {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly labels?: Labels
  readonly annotations?: Labels
  readonly owners?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly spec: unknown
  readonly status?: unknown
}

/** Looks at objects before they are stored, and hears of every change since its rules are objects, too. */
export interface ObjectAdmission {
  admitObject(draft: ObjectDraft): ObjectDraft | Refusal
  objectChanged(object: StoredObject): void
}

/** The parts of the metadata that change. */
export type MetaChange = Partial<Pick<ObjectMeta, 'labels' | 'annotations' | 'owners' | 'finalizers'>>

/** The parts of an object that one write replaces. */
export interface ObjectChange extends MetaChange {
  readonly spec?: unknown
  readonly status?: unknown
}

/**
 * Objects of every kind that is neither pod nor node: the one writer of the object table. A changed spec counts the
 * generation up; a status does not. `resourceVersion`, where given, makes an update fail with Conflict when the object
 * has changed since it was read.
 *
 * Upstream: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go and rest/update.go (1.36).
 * Simplified: an update replaces spec or status as a whole; field managers are not kept.
 */
export class ObjectRegistry {
  #kernel: Kernel
  #state: ClusterState
  /** What the latest refused creation was answered with. */
  refusal = ''
  /** Absent: objects are stored as they come. */
  admission: ObjectAdmission | undefined

  constructor(kernel: Kernel, state: ClusterState) {
    this.#kernel = kernel
    this.#state = state
  }

  create(written: ObjectDraft): Created<ObjectId> {
    const state = this.#state
    if (state.objects.find(written.kind, written.namespace, written.name) !== undefined) {
      return Result.AlreadyExists
    }
    const draft = this.admission?.admitObject(written) ?? written
    if ('result' in draft) {
      this.refusal = draft.message
      return draft.result
    }
    const meta: ObjectMeta = {
      namespace: draft.namespace,
      name: draft.name,
      uid: state.nextUid(),
      labels: draft.labels ?? {},
      annotations: draft.annotations ?? {},
      owners: draft.owners ?? [],
      finalizers: draft.finalizers ?? [],
      createdAt: this.#kernel.now,
      deletionAt: NEVER,
      generation: 1,
      resourceVersion: 0,
    }
    const id = state.objects.add(draft.kind, meta, draft.spec, draft.status ?? {})
    state.objects.createdSequence[id] = this.#write(id, Change.Added)
    return id
  }

  updateSpec(id: ObjectId, spec: unknown, resourceVersion?: number): Result {
    return this.update(id, { spec }, resourceVersion)
  }

  updateStatus(id: ObjectId, status: unknown, resourceVersion?: number): Result {
    return this.update(id, { status }, resourceVersion)
  }

  /** Replaces the given parts of the metadata. */
  updateMeta(id: ObjectId, change: MetaChange, resourceVersion?: number): Result {
    return this.update(id, change, resourceVersion)
  }

  /**
   * Replaces the given parts in one write; parts that are there already change nothing, and a write that changes
   * nothing is accepted silently. Taking the last finalizer of a deleted object removes it.
   */
  update(id: ObjectId, change: ObjectChange, resourceVersion?: number): Result {
    const result = this.#check(id, resourceVersion)
    if (result !== Result.Ok) return result
    const object = this.#state.objects.get(id)
    const { meta } = object
    let fields = 0
    if (change.spec !== undefined && change.spec !== object.spec) {
      object.spec = change.spec
      meta.generation++
      fields |= Change.Spec
    }
    if (change.status !== undefined && change.status !== object.status) {
      object.status = change.status
      fields |= Change.Status
    }
    if (change.labels !== undefined && !sameLabels(change.labels, meta.labels)) {
      meta.labels = change.labels
      fields |= Change.Labels
    }
    if (change.annotations !== undefined && !sameLabels(change.annotations, meta.annotations)) {
      meta.annotations = change.annotations
      fields |= Change.Annotations
    }
    if (change.owners !== undefined) {
      meta.owners = change.owners
      fields |= Change.Ownership
    }
    if (change.finalizers !== undefined) {
      meta.finalizers = change.finalizers
      fields |= Change.Ownership
    }
    if (fields === 0) return Result.Ok
    if (meta.deletionAt !== NEVER && meta.finalizers.length === 0 && !isHeld(object)) this.#remove(id)
    else this.#write(id, fields)
    return Result.Ok
  }

  /**
   * Asks for deletion: at once, or when the last finalizer has been taken away. `propagation` adds the finalizers
   * that make the garbage collector see to the dependents first.
   */
  delete(id: ObjectId, propagation?: Propagation): Result {
    const { objects } = this.#state
    if (!objects.exists(id)) return Result.NotFound
    const object = objects.get(id)
    const { meta } = object
    const finalizers = deletionFinalizers(meta.finalizers, propagation)
    if (finalizers.length === 0 && !isHeld(object)) {
      this.#remove(id)
      return Result.Ok
    }
    let fields = finalizers === meta.finalizers ? 0 : Change.Ownership
    meta.finalizers = finalizers
    if (meta.deletionAt === NEVER) {
      meta.deletionAt = this.#kernel.now
      meta.generation++
      fields |= Change.Deleting
      if (object.kind === 'Namespace') object.status = { ...(object.status as object), phase: 'Terminating' }
    }
    if (fields !== 0) this.#write(id, fields)
    return Result.Ok
  }

  #check(id: ObjectId, resourceVersion: number | undefined): Result {
    const { objects } = this.#state
    if (!objects.exists(id)) return Result.NotFound
    if (resourceVersion !== undefined && objects.get(id).meta.resourceVersion !== resourceVersion) {
      return Result.Conflict
    }
    return Result.Ok
  }

  #remove(id: ObjectId): void {
    const { objects, log } = this.#state
    objects.removeName(id)
    objects.deletedSequence[id] = log.end
    this.#write(id, Change.Deleted)
  }

  #write(id: ObjectId, fields: number): number {
    const { objects, log } = this.#state
    const sequence = log.end
    const object = objects.get(id)
    object.meta.resourceVersion = sequence
    this.admission?.objectChanged(object)
    log.append(Source.Objects, id, fields, this.#kernel.now)
    return sequence
  }
}

/** A namespace stays while finalizers stand in its spec: its content has to go first. */
function isHeld({ kind, spec }: StoredObject): boolean {
  if (kind !== 'Namespace') return false
  const { finalizers = [] } = spec as { readonly finalizers?: readonly string[] }
  return finalizers.length > 0
}

function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key])
}
