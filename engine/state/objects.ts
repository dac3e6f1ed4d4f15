import { NEVER } from '../kernel/time.js'
import type { ObjectMeta } from '../model/api-object.js'
import type { ObjectKinds } from './change-log.js'
import type { ObjectId } from './ids.js'
import { NONE } from './ids.js'
import { Table } from './table.js'

/** An object of any kind that is neither pod nor node. Spec and status have the fields of its kind. */
export interface StoredObject<Spec = unknown, Status = unknown> {
  readonly id: ObjectId
  readonly kind: string
  readonly meta: ObjectMeta
  spec: Spec
  status: Status
}

/** The objects of one kind: in order of creation, and by namespace and name. */
interface KindIndex {
  readonly ids: Set<ObjectId>
  readonly byNamespace: Map<string, Map<string, ObjectId>>
}

/**
 * Objects of all kinds but pods and nodes: few against the pods, so each is a plain object under a row number,
 * found by kind, namespace and name. The API server is the one writer.
 */
export class ObjectTable extends Table<ObjectId> implements ObjectKinds {
  readonly object = this.values<StoredObject>()
  /** The kind as a number, see {@link kindName}. */
  kindNumber = this.column('kindNumber', Uint16Array, 0)
  createdSequence = this.column('createdSequence', Float64Array, 0)
  deletedSequence = this.column('deletedSequence', Float64Array, 0)
  /** Head of the list of pods this object controls, and its length. */
  firstPod = this.column('firstPod', Int32Array, NONE)
  podCount = this.column('podCount', Int32Array, 0)
  /** 1: removed for good, but pods still point here. */
  condemned = this.column('condemned', Uint8Array, 0)

  readonly #kinds = new Map<string, KindIndex>()
  readonly #byUid = new Map<number, ObjectId>()
  /** Kinds that there has ever been an object of, and who waits for the first of one. */
  readonly #known = new Set<string>()
  readonly #kindNumbers = new Map<string, number>()
  readonly #kindNames: string[] = []
  readonly #waiting = new Map<string, (() => void)[]>()

  add(kind: string, meta: ObjectMeta, spec: unknown, status: unknown): ObjectId {
    const id = this.allocate()
    this.object[id] = { id, kind, meta, spec, status }
    this.kindNumber[id] = this.#numberOf(kind)
    const { ids, byNamespace } = this.#kind(kind)
    ids.add(id)
    const names = byNamespace.get(meta.namespace)
    if (names === undefined) byNamespace.set(meta.namespace, new Map([[meta.name, id]]))
    else names.set(meta.name, id)
    this.#byUid.set(meta.uid, id)
    if (!this.#known.has(kind)) this.#firstOf(kind)
    return id
  }

  kindName(number: number): string {
    return this.#kindNames[number]
  }

  #numberOf(kind: string): number {
    let number = this.#kindNumbers.get(kind)
    if (number === undefined) {
      number = this.#kindNames.push(kind) - 1
      this.#kindNumbers.set(kind, number)
    }
    return number
  }

  /** Calls the action when the first object of a kind is stored; at once when there has been one. */
  whenFirst(kind: string, action: () => void): void {
    const waiting = this.#waiting.get(kind)
    if (this.#known.has(kind)) action()
    else if (waiting === undefined) this.#waiting.set(kind, [action])
    else waiting.push(action)
  }

  #firstOf(kind: string): void {
    this.#known.add(kind)
    for (const action of this.#waiting.get(kind) ?? []) action()
    this.#waiting.delete(kind)
  }

  removeName(id: ObjectId): void {
    const { kind, meta } = this.get(id)
    const { ids, byNamespace } = this.#kind(kind)
    ids.delete(id)
    const names = byNamespace.get(meta.namespace)
    names?.delete(meta.name)
    if (names?.size === 0) byNamespace.delete(meta.namespace)
    this.#byUid.delete(meta.uid)
  }

  /** Frees the row, or marks it to be freed when the last pod that points to it has gone. */
  reclaim(id: ObjectId): void {
    if (this.podCount[id] > 0) this.condemned[id] = 1
    else this.free(id)
  }

  /** One pod less points to the row. */
  podLeft(id: ObjectId): void {
    if (--this.podCount[id] === 0 && this.condemned[id] === 1) this.free(id)
  }

  get<Spec = unknown, Status = unknown>(id: ObjectId): StoredObject<Spec, Status> {
    return this.object[id] as StoredObject<Spec, Status>
  }

  find(kind: string, namespace: string, name: string): ObjectId | undefined {
    return this.#kinds.get(kind)?.byNamespace.get(namespace)?.get(name)
  }

  findByUid(uid: number): ObjectId | undefined {
    return this.#byUid.get(uid)
  }

  /** Ids of one kind in order of creation. */
  ofKind(kind: string): Iterable<ObjectId> {
    return this.#kind(kind).ids
  }

  countOfKind(kind: string): number {
    return this.#kind(kind).ids.size
  }

  exists(id: ObjectId): boolean {
    return this.object[id] !== undefined && this.deletedSequence[id] === 0
  }

  /** Its deletion has been asked for, and something holds it. */
  isTerminating(id: ObjectId): boolean {
    return this.get(id).meta.deletionAt !== NEVER
  }

  #kind(kind: string): KindIndex {
    let index = this.#kinds.get(kind)
    if (index === undefined) {
      index = { ids: new Set(), byNamespace: new Map() }
      this.#kinds.set(kind, index)
    }
    return index
  }
}
