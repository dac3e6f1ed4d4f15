/**
 * Deletes what has lost its owners, lets owners that were deleted in the foreground go when their dependents have, and
 * takes dependents from owners that leave them behind.
 *
 * Upstream: pkg/controller/garbagecollector/garbagecollector.go, graph_builder.go, operations.go (1.36).
 * Simplified: see owner-graph.ts; a kind is served from its first object on, without resyncing of discovery.
 */
import {
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  type Propagation,
} from '../../apiserver/deletion-finalizers.js'
import { type EventSubject, subjectOf } from '../../apiserver/event-recorder.js'
import { Result } from '../../apiserver/result.js'
import type { OwnerReference } from '../../model/api-object.js'
import { Change, Source } from '../../state/change-log.js'
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '../controller.js'
import { type GraphItem, isPod, OwnerGraph, objectItem, podItem, rowOf } from './owner-graph.js'

/** The object itself, and an owner: the rest is known from items read before, which the absent owner's cache keeps. */
const READS = 2

/** Marks the keys of owners that leave their dependents behind. */
function orphanKey(item: GraphItem): number {
  return item * 2 + 1
}

function deleteKey(item: GraphItem): number {
  return item * 2
}

export class GarbageCollectorReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #graph: OwnerGraph
  /** Read anew from the API server; written to when the answers are there. */
  readonly #read = new Set<number>()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#graph = new OwnerGraph(context)
  }

  changed(source: Source, row: number, fields: number): void {
    const { state } = this.#context
    const isGone = (fields & Change.Deleted) !== 0
    if (source === Source.Nodes) {
      if (isGone) this.#ownerGone(state.nodes.uid[row], NONE)
      return
    }
    const item = source === Source.Pods ? podItem(row) : objectItem(row)
    if (isGone) this.#gone(item)
    else this.#seen(item, fields)
  }

  reconcile(key: number): ReconcileResult {
    const item = Math.floor(key / 2)
    const wasRead = this.#read.delete(key)
    if (!this.#graph.exists(item)) return DONE
    return key % 2 === 1 ? this.#orphanDependents(item) : this.#attemptToDelete(item, wasRead)
  }

  #seen(item: GraphItem, fields: number): void {
    const graph = this.#graph
    if (!graph.exists(item)) return
    if ((fields & (Change.Added | Change.Ownership)) !== 0) this.#ownersSeen(item)
    if (!graph.isBeingDeleted(item)) return
    const finalizers = graph.finalizersOf(item)
    if (finalizers.includes(ORPHAN_FINALIZER)) this.#context.queue.add(orphanKey(item))
    else if (finalizers.includes(FOREGROUND_FINALIZER)) {
      for (const dependent of graph.dependentsOfItem(item)) this.#context.queue.add(deleteKey(dependent))
      this.#context.queue.add(deleteKey(item))
    }
  }

  #ownersSeen(item: GraphItem): void {
    const graph = this.#graph
    const before = graph.update(item)
    const namespace = graph.namespaceOf(item)
    const references = graph.referencesOf(item)
    for (const old of before) {
      const kept = references.find(({ uid }) => uid === old.uid)
      if (kept === undefined || !kept.blockOwnerDeletion) this.#wakeWaiting(old, namespace)
    }
    let isLost = false
    for (const reference of references) {
      if (graph.stateOfOwner(reference, namespace) !== 'dangling') continue
      isLost = true
      if (!before.includes(reference)) this.#reportForeign(item, reference, namespace)
    }
    if (isLost) this.#context.queue.add(deleteKey(item))
  }

  /** An owner of that UID lies in another namespace, where it does not count. */
  #reportForeign(item: GraphItem, { apiVersion, kind, name, uid }: OwnerReference, namespace: string): void {
    const { state, events } = this.#context
    const owner = state.objects.findByUid(uid)
    if (owner === undefined || state.objects.get(owner).meta.namespace === namespace) return
    const reference = `[${apiVersion ?? 'v1'}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`
    const message = `ownerRef ${reference} does not exist in namespace "${namespace}"`
    events.record(this.#subjectOf(item, namespace), 'Warning', 'OwnerRefInvalidNamespace', message)
  }

  #subjectOf(item: GraphItem, namespace: string): EventSubject {
    const { state } = this.#context
    if (!isPod(item)) return subjectOf(state.objects.get(rowOf(item) as ObjectId))
    const name = state.pods.name[rowOf(item)] as string
    return { kind: 'Pod', namespace, name, uid: state.pods.uid[rowOf(item)] }
  }

  #gone(item: GraphItem): void {
    const graph = this.#graph
    const namespace = graph.namespaceOf(item)
    const references = graph.referencesOf(item)
    graph.remove(item)
    this.#ownerGone(graph.uidOf(item), isPod(item) ? NONE : (rowOf(item) as ObjectId))
    for (const reference of references) this.#wakeWaiting(reference, namespace)
  }

  #ownerGone(uid: number, id: ObjectId | typeof NONE): void {
    for (const dependent of this.#graph.dependentsOf(uid, id)) this.#context.queue.add(deleteKey(dependent))
  }

  #wakeWaiting(reference: OwnerReference, namespace: string): void {
    const owner = this.#graph.waitingOwner(reference, namespace)
    if (owner !== undefined) this.#context.queue.add(deleteKey(owner))
  }

  /** The object and its owners are read first; what is done follows from what they are when that is answered. */
  #attemptToDelete(item: GraphItem, wasRead: boolean): ReconcileResult {
    const graph = this.#graph
    if (graph.isWaiting(item)) return this.#letGo(item)
    if (graph.isBeingDeleted(item)) return DONE
    const references = graph.referencesOf(item)
    if (references.length === 0) return DONE
    const namespace = graph.namespaceOf(item)
    if (!wasRead) {
      this.#context.charge(READS)
      this.#read.add(deleteKey(item))
      return requeueAfter(1)
    }
    const states = references.map(reference => graph.stateOfOwner(reference, namespace))
    if (states.includes('solid')) {
      const kept = references.filter((_, i) => states[i] === 'solid')
      return kept.length === references.length ? DONE : this.#patchReferences(item, kept)
    }
    const dependents = graph.dependentsOfItem(item)
    if (states.includes('waiting') && dependents.length > 0) {
      // Two that wait for each other would wait for ever.
      if (dependents.some(dependent => graph.isWaiting(dependent))) {
        this.#patchReferences(
          item,
          references.map(reference => ({ ...reference, blockOwnerDeletion: false })),
        )
      }
      return this.#delete(item, 'Foreground')
    }
    const finalizers = graph.finalizersOf(item)
    if (finalizers.includes(ORPHAN_FINALIZER)) return this.#delete(item, 'Orphan')
    return this.#delete(item, finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background')
  }

  /** An owner deleted in the foreground goes when nothing blocks it any more. */
  #letGo(item: GraphItem): ReconcileResult {
    const graph = this.#graph
    const uid = graph.uidOf(item)
    const blocking = graph
      .dependentsOfItem(item)
      .filter(dependent =>
        graph.referencesOf(dependent).some(owner => owner.uid === uid && owner.blockOwnerDeletion),
      )
    if (blocking.length === 0) return this.#takeFinalizer(item, FOREGROUND_FINALIZER)
    for (const dependent of blocking) {
      if (!graph.isWaiting(dependent)) this.#context.queue.add(deleteKey(dependent))
    }
    return DONE
  }

  #orphanDependents(item: GraphItem): ReconcileResult {
    const graph = this.#graph
    if (!graph.isBeingDeleted(item) || !graph.finalizersOf(item).includes(ORPHAN_FINALIZER)) return DONE
    const uid = graph.uidOf(item)
    const dependents = graph.dependentsOfItem(item)
    let left = 0
    for (const dependent of dependents) {
      const references = graph.referencesOf(dependent)
      const kept = references.filter(owner => owner.uid !== uid)
      if (kept.length === references.length) continue
      left++
      if (this.#patchReferences(dependent, kept) !== DONE) return RETRY
    }
    // The finalizer follows when the last of these has been answered.
    return left > 0 ? requeueAfter(1) : this.#takeFinalizer(item, ORPHAN_FINALIZER)
  }

  #delete(item: GraphItem, propagation: Propagation): ReconcileResult {
    const { api, state } = this.#context
    this.#context.charge()
    const row = rowOf(item)
    const result = isPod(item)
      ? api.pods.delete(row as PodId, state.pods.uid[row], undefined, propagation)
      : api.objects.delete(row as ObjectId, propagation)
    return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
  }

  #patchReferences(item: GraphItem, owners: readonly OwnerReference[]): ReconcileResult {
    const { api, state } = this.#context
    this.#context.charge()
    const row = rowOf(item)
    const result = isPod(item)
      ? api.pods.patchReferences(row as PodId, state.pods.uid[row], owners)
      : api.objects.updateMeta(row as ObjectId, { owners })
    return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
  }

  #takeFinalizer(item: GraphItem, finalizer: string): ReconcileResult {
    const { api } = this.#context
    this.#context.charge()
    const finalizers = this.#graph.finalizersOf(item).filter(name => name !== finalizer)
    if (isPod(item)) {
      api.pods.patchFinalizers(rowOf(item) as PodId, finalizers)
      return DONE
    }
    const result = api.objects.updateMeta(rowOf(item) as ObjectId, { finalizers })
    return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
  }
}
