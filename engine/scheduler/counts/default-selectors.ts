import {
  type CompiledSelector,
  compileRequirements,
  compileSelector,
  type LabelSelector,
  type Labels,
  type Requirement,
  selectorOfLabels,
} from '../../model/labels.js'
import { SelectorIndex } from '../../model/selector-index.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { ObjectWatch } from './object-watch.js'

/** What a pod without constraints of its own is spread by, and what that was derived from. */
interface Derived {
  readonly owner: ObjectId
  readonly ownerSelector: unknown
  readonly serviceChanges: number
  /** Undefined: nothing selects the pod. */
  readonly selector: CompiledSelector | undefined
}

interface ServiceSpec {
  readonly selector?: Labels | null
}

interface OwnerSpec {
  readonly selector?: LabelSelector | Labels | null
}

/**
 * The selector by which default constraints spread a pod: the labels all its services ask for, and what its
 * ReplicaSet, StatefulSet or ReplicationController asks for.
 *
 * Upstream: DefaultSelector of pkg/scheduler/framework/plugins/helper/spread.go (1.36).
 * Simplified: read from the store at once, without an informer's delay.
 */
export class DefaultSelectors {
  readonly #state: ClusterState
  readonly #watch: ObjectWatch
  /** By pod shape, for the owner seen last: pods of one shape mostly have one owner. */
  readonly #derived: (Derived | undefined)[] = []
  #services = new Map<string, SelectorIndex<CompiledSelector>>()
  #servicesAt = NONE

  constructor(state: ClusterState, watch: ObjectWatch) {
    this.#state = state
    this.#watch = watch
  }

  /** The selector for a pod of this shape and owner (or NONE); the same object while nothing has changed. */
  of(shape: PodShape, owner: ObjectId): CompiledSelector | undefined {
    const derived = this.#derived[shape.id]
    const object = this.#owner(owner)
    const ownerSelector = object?.spec.selector
    const { serviceChanges } = this.#watch
    if (
      derived !== undefined &&
      derived.owner === owner &&
      derived.ownerSelector === ownerSelector &&
      derived.serviceChanges === serviceChanges
    ) {
      return derived.selector
    }
    const selector = this.#derive(shape, object)
    // Pods are spread by the same counts as long as the selector means the same.
    const same = derived?.selector?.key === selector?.key ? derived?.selector : selector
    this.#derived[shape.id] = { owner, ownerSelector, serviceChanges, selector: same }
    return same
  }

  #derive(shape: PodShape, owner: StoredObject<OwnerSpec> | undefined): CompiledSelector | undefined {
    const requirements: Requirement[] = []
    for (const service of this.#servicesIn(shape.namespace)?.selecting(shape.labels) ?? [])
      requirements.push(...service.requirements)
    const written = owner?.spec.selector
    if (owner !== undefined && written !== undefined && written !== null) {
      const selector =
        owner.kind === 'ReplicationController'
          ? selectorOfLabels(written as Labels)
          : compileSelector(written)
      requirements.push(...(selector?.requirements ?? []))
    }
    return requirements.length === 0 ? undefined : compileRequirements(requirements)
  }

  /** The owner by its name, as a lister finds it: one made anew under the name of the old will do. */
  #owner(id: ObjectId): StoredObject<OwnerSpec> | undefined {
    if (id === NONE) return undefined
    const { objects } = this.#state
    const object = objects.get<OwnerSpec>(id)
    const { kind, meta } = object
    if (kind !== 'ReplicaSet' && kind !== 'StatefulSet' && kind !== 'ReplicationController') return undefined
    if (objects.exists(id)) return object
    const successor = objects.find(kind, meta.namespace, meta.name)
    return successor === undefined ? undefined : objects.get<OwnerSpec>(successor)
  }

  #servicesIn(namespace: string): SelectorIndex<CompiledSelector> | undefined {
    if (this.#servicesAt !== this.#watch.serviceChanges) {
      this.#servicesAt = this.#watch.serviceChanges
      this.#services = new Map()
      const { objects } = this.#state
      for (const id of objects.ofKind('Service')) {
        const { meta, spec } = objects.get<ServiceSpec | undefined>(id)
        const labels = spec?.selector
        if (labels === undefined || labels === null) continue
        let index = this.#services.get(meta.namespace)
        if (index === undefined) {
          index = new SelectorIndex()
          this.#services.set(meta.namespace, index)
        }
        const selector = selectorOfLabels(labels)
        index.set(selector, selector)
      }
    }
    return this.#services.get(namespace)
  }
}
