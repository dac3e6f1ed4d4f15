/**
 * The workload a pod belongs to: what controls what controls it, up to the top; a pod that nothing controls belongs to
 * none.
 *
 * Upstream: metav1.GetControllerOf of staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/controller_ref.go (1.36).
 * Simplified: an owner that has gone ends the search.
 */
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'

export interface WorkloadName {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** UID of the topmost owner: the same name later is another workload. */
  readonly uid: number
  readonly id: ObjectId
}

export class WorkloadsOfPods {
  readonly #state: ClusterState
  /** By UID of the object that controls the pod. */
  readonly #known = new Map<number, WorkloadName>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  of(pod: PodId): WorkloadName | undefined {
    const { pods, objects } = this.#state
    const owner = pods.owner[pod] as ObjectId
    if (owner === NONE) return undefined
    const { uid } = objects.get(owner).meta
    let workload = this.#known.get(uid)
    if (workload === undefined) {
      workload = this.#topOf(owner)
      this.#known.set(uid, workload)
    }
    return workload
  }

  #topOf(first: ObjectId): WorkloadName {
    const { objects } = this.#state
    let object = objects.get(first)
    for (;;) {
      const owner = object.meta.owners.find(({ controller }) => controller)
      const id = owner === undefined ? undefined : objects.find(owner.kind, object.meta.namespace, owner.name)
      const next = id === undefined ? undefined : objects.get(id)
      if (next === undefined || next.meta.uid !== owner?.uid) break
      object = next
    }
    const { kind, id, meta } = object
    return { kind, id, namespace: meta.namespace, name: meta.name, uid: meta.uid }
  }
}
