/**
 * Who owns whom, as the garbage collector has seen it: dependents by the UID of their owner. Pods with a controlling
 * owner alone lie in that owner's list already, so they cost nothing here.
 *
 * Upstream: pkg/controller/garbagecollector/graph.go, graph_builder.go (1.36).
 * Simplified: nodes of owners that have not been seen ("virtual" ones) are not kept: the owner is looked up instead.
 */
import { FOREGROUND_FINALIZER } from '../../apiserver/deletion-finalizers.js'
import type { OwnerReference } from '../../model/api-object.js'
import { type NamespaceId, NONE, type ObjectId, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'

/** A thing with owners, as a number: the row of an object or of a pod. */
export type GraphItem = number

export function objectItem(id: number): GraphItem {
  return id * 2
}

export function podItem(pod: number): GraphItem {
  return pod * 2 + 1
}

export function isPod(item: GraphItem): boolean {
  return item % 2 === 1
}

export function rowOf(item: GraphItem): number {
  return Math.floor(item / 2)
}

/** How an owner is found: not at all, there, or waiting for its dependents to go. */
export type OwnerState = 'dangling' | 'solid' | 'waiting'

const NO_OWNERS: readonly OwnerReference[] = []
const NO_ITEMS: readonly GraphItem[] = []

export class OwnerGraph {
  readonly #context: ControllerContext
  readonly #dependents = new Map<number, Set<GraphItem>>()
  readonly #owners = new Map<GraphItem, readonly OwnerReference[]>()

  constructor(context: ControllerContext) {
    this.#context = context
  }

  exists(item: GraphItem): boolean {
    const { pods, objects } = this.#context.state
    return isPod(item) ? pods.exists(rowOf(item) as PodId) : objects.exists(rowOf(item) as ObjectId)
  }

  uidOf(item: GraphItem): number {
    const { pods, objects } = this.#context.state
    return isPod(item) ? pods.uid[rowOf(item)] : objects.get(rowOf(item) as ObjectId).meta.uid
  }

  namespaceOf(item: GraphItem): string {
    const { pods, objects, namespaces } = this.#context.state
    return isPod(item)
      ? namespaces.get(pods.namespace[rowOf(item)] as NamespaceId)
      : objects.get(rowOf(item) as ObjectId).meta.namespace
  }

  /** The references as they stand in the store. */
  referencesOf(item: GraphItem): readonly OwnerReference[] {
    const { state, api } = this.#context
    return isPod(item)
      ? api.pods.references.of(rowOf(item) as PodId)
      : state.objects.get(rowOf(item) as ObjectId).meta.owners
  }

  finalizersOf(item: GraphItem): readonly string[] {
    const { state, api } = this.#context
    return isPod(item)
      ? api.pods.finalizers(rowOf(item) as PodId)
      : state.objects.get(rowOf(item) as ObjectId).meta.finalizers
  }

  isBeingDeleted(item: GraphItem): boolean {
    const { pods, objects } = this.#context.state
    return isPod(item)
      ? pods.isTerminating(rowOf(item) as PodId)
      : objects.isTerminating(rowOf(item) as ObjectId)
  }

  /** Deleted in the foreground: it stays until its dependents have gone. */
  isWaiting(item: GraphItem): boolean {
    return this.isBeingDeleted(item) && this.finalizersOf(item).includes(FOREGROUND_FINALIZER)
  }

  /** Takes the present references over; the ones before, where they have changed. */
  update(item: GraphItem): readonly OwnerReference[] {
    const before = this.#owners.get(item) ?? NO_OWNERS
    const { api } = this.#context
    if (isPod(item) && before.length === 0 && !api.pods.references.hasOthers(rowOf(item) as PodId))
      return before
    const now = this.referencesOf(item)
    if (now === before) return before
    this.remove(item)
    if (now.length === 0) return before
    this.#owners.set(item, now)
    for (const { uid } of now) {
      const dependents = this.#dependents.get(uid)
      if (dependents === undefined) this.#dependents.set(uid, new Set([item]))
      else dependents.add(item)
    }
    return before
  }

  remove(item: GraphItem): void {
    for (const { uid } of this.#owners.get(item) ?? NO_OWNERS) {
      const dependents = this.#dependents.get(uid)
      dependents?.delete(item)
      if (dependents?.size === 0) this.#dependents.delete(uid)
    }
    this.#owners.delete(item)
  }

  /** What names the UID as an owner: of an object also the pods it controls. */
  dependentsOf(uid: number, id: ObjectId | typeof NONE): readonly GraphItem[] {
    const named = this.#dependents.get(uid)
    if (id === NONE) return named === undefined ? NO_ITEMS : [...named]
    const found = new Set(named)
    const { objects, pods } = this.#context.state
    const { informer } = this.#context
    for (let pod = objects.firstPod[id]; pod !== NONE; pod = pods.nextOfOwner[pod]) {
      if (informer.sees(pods.createdSequence[pod], pods.deletedSequence[pod])) found.add(podItem(pod))
    }
    return [...found]
  }

  dependentsOfItem(item: GraphItem): readonly GraphItem[] {
    return this.dependentsOf(this.uidOf(item), isPod(item) ? NONE : (rowOf(item) as ObjectId))
  }

  /** The owner as it would be found by kind, namespace and name. */
  stateOfOwner({ kind, name, uid }: OwnerReference, namespace: string): OwnerState {
    const { state } = this.#context
    if (kind === 'Node') {
      const node = state.nodes.find(name)
      return node !== undefined && state.nodes.uid[node] === uid ? 'solid' : 'dangling'
    }
    const item = kind === 'Pod' ? this.#podNamed(namespace, name) : this.#objectNamed(kind, namespace, name)
    if (item === undefined || this.uidOf(item) !== uid) return 'dangling'
    return this.isWaiting(item) ? 'waiting' : 'solid'
  }

  /** The owner that is waiting for this dependent, if it is one of objects or pods. */
  waitingOwner({ kind, name, uid }: OwnerReference, namespace: string): GraphItem | undefined {
    const item = kind === 'Pod' ? this.#podNamed(namespace, name) : this.#objectNamed(kind, namespace, name)
    return item !== undefined && this.uidOf(item) === uid && this.isWaiting(item) ? item : undefined
  }

  #podNamed(namespace: string, name: string): GraphItem | undefined {
    const { state } = this.#context
    const pod = state.pods.find(state.namespaceId(namespace), name)
    return pod === undefined ? undefined : podItem(pod)
  }

  #objectNamed(kind: string, namespace: string, name: string): GraphItem | undefined {
    const { objects } = this.#context.state
    const id = objects.find(kind, namespace, name) ?? objects.find(kind, '', name)
    return id === undefined ? undefined : objectItem(id)
  }
}
