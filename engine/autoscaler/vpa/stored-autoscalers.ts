/**
 * The VerticalPodAutoscalers of the store, as the three programs list them, with the selectors of their targets.
 * Upstream: listers of vertical-pod-autoscaler/pkg/utils/vpa/api.go, getSelector of
 * pkg/recommender/input/cluster_feeder.go (VPA 1.8.1).
 * Simplified: nothing known.
 */
import { type CompiledSelector, compileSelector } from '../../model/labels.js'
import type {
  VerticalPodAutoscalerSpec,
  VerticalPodAutoscalerStatus,
} from '../../model/vertical-pod-autoscaler.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, NamespaceId, ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { Autoscaler } from './controlling-autoscaler.js'
import { targetSelector } from './target-controllers.js'

export const KIND = 'VerticalPodAutoscaler'

export interface StoredAutoscaler extends Autoscaler {
  readonly id: ObjectId
  readonly status: VerticalPodAutoscalerStatus
  /** Why the target's pods cannot be told; they are none then. */
  readonly targetError: string | undefined
}

const NOTHING = compileSelector(undefined) as CompiledSelector

export class StoredAutoscalers {
  readonly #state: ClusterState
  /** By namespace and labels, whether any autoscaler selects such a pod; until one changes. */
  readonly #selected = new Map<string, boolean>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  get isEmpty(): boolean {
    return this.#state.objects.countOfKind(KIND) === 0
  }

  /** An autoscaler or a target came, went or changed. */
  forget(): void {
    this.#selected.clear()
  }

  /** In order of creation. */
  list(): StoredAutoscaler[] {
    return [...this.#state.objects.ofKind(KIND)].map(id => this.#read(id))
  }

  /** Those of a namespace that point at this controller. */
  pointingAt(
    namespace: string,
    { kind, name }: { readonly kind: string; readonly name: string },
  ): StoredAutoscaler[] {
    const { objects } = this.#state
    const found: StoredAutoscaler[] = []
    for (const id of objects.ofKind(KIND)) {
      const { meta, spec } = objects.get<VerticalPodAutoscalerSpec>(id)
      const isMeant = spec.targetRef?.name === name && spec.targetRef.kind === kind
      if (isMeant && meta.namespace === namespace) found.push(this.#read(id))
    }
    return found
  }

  /** Whether any of them selects pods with these labels. */
  select(namespace: NamespaceId, labels: LabelSetId): boolean {
    const key = `${namespace}/${labels}`
    let isSelected = this.#selected.get(key)
    if (isSelected === undefined) {
      const name = this.#state.namespaces.get(namespace)
      const set = this.#state.labelSets.get(labels)
      isSelected = this.list().some(({ namespace: own, selector }) => own === name && selector.matches(set))
      this.#selected.set(key, isSelected)
    }
    return isSelected
  }

  #read(id: ObjectId): StoredAutoscaler {
    const object = this.#state.objects.get(id) as StoredObject<
      VerticalPodAutoscalerSpec,
      VerticalPodAutoscalerStatus
    >
    const { meta, spec, status } = object
    const { namespace, name, createdAt } = meta
    const selector = targetSelector(this.#state, namespace, spec.targetRef)
    const found =
      'error' in selector
        ? { selector: NOTHING, targetError: selector.error }
        : { selector, targetError: undefined }
    return { id, namespace, name, created: createdAt, spec, status, ...found }
  }
}
