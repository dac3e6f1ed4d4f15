/**
 * The addresses that traffic of a Service may go to, as the rules on the nodes have it: the ready ones, and those that
 * serve while they terminate, for whoever finds no ready one.
 *
 * Upstream: pkg/proxy/topology.go CategorizeEndpoints, pkg/proxy/endpointschangetracker.go (1.36).
 * Simplified: all nodes have the same rules at any time.
 */
import type { Endpoint, EndpointSliceSpec } from '../model/services.js'
import { SERVICE_NAME_LABEL } from '../model/services.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../state/ids.js'

/** An address with what is known of it; `pod` is NONE for addresses outside of the cluster and for pods gone. */
export interface Target {
  readonly pod: PodId
  /** Its UID: the row may be another pod's by the time somebody looks. */
  readonly uid: number
  /** It serves, but is to be used only where there is no ready one. */
  readonly isLeaving: boolean
  /** Behind the address there are no pods at all. */
  readonly isForeign: boolean
  readonly node: NodeId
  readonly zone: string
}

/** The slices of each Service. */
export class ServiceSlices {
  readonly #state: ClusterState
  readonly #byService = new Map<string, Set<ObjectId>>()
  /** Endpoints are replaced, never changed, so each is looked up once; a pod that is gone has no row any more. */
  readonly #known = new WeakMap<Endpoint, Target>()

  constructor(state: ClusterState) {
    this.#state = state
    for (const id of state.objects.ofKind('EndpointSlice')) this.update(id)
  }

  /** Answers the Service that the slice belongs to, as namespace/name. */
  update(id: ObjectId): string | undefined {
    const { namespace, labels } = this.#state.objects.get(id).meta
    const service = labels[SERVICE_NAME_LABEL]
    if (service === undefined) return undefined
    const key = `${namespace}/${service}`
    const slices = this.#byService.get(key)
    if (slices === undefined) this.#byService.set(key, new Set([id]))
    else if (this.#state.objects.exists(id)) slices.add(id)
    else slices.delete(id)
    return key
  }

  /** Ready ones first. */
  targets(key: string): Target[] {
    const ready: Target[] = []
    const leaving: Target[] = []
    for (const id of this.#byService.get(key) ?? []) {
      if (!this.#state.objects.exists(id)) continue
      const { spec, meta } = this.#state.objects.get<EndpointSliceSpec>(id)
      for (const endpoint of spec.endpoints) {
        const { ready: isReady = true, serving = isReady, terminating = false } = endpoint.conditions ?? {}
        if (isReady) ready.push(this.#target(meta.namespace, endpoint, false))
        else if (serving && terminating) leaving.push(this.#target(meta.namespace, endpoint, true))
      }
    }
    for (const target of leaving) ready.push(target)
    return ready
  }

  #target(namespace: string, endpoint: Endpoint, isLeaving: boolean): Target {
    const { pods, nodes } = this.#state
    const known = this.#known.get(endpoint)
    if (known !== undefined) {
      const { pod, uid, node } = known
      const { nodeName } = endpoint
      const isPodThere = pod === NONE || (pods.uid[pod] === uid && pods.exists(pod))
      const isNodeThere = nodeName === undefined || (nodes.exists(node) && nodes.name[node] === nodeName)
      if (isPodThere && isNodeThere) return known
    }
    const target = this.#found(namespace, endpoint, isLeaving)
    this.#known.set(endpoint, target)
    return target
  }

  #found(namespace: string, endpoint: Endpoint, isLeaving: boolean): Target {
    const { targetRef, nodeName, zone = '' } = endpoint
    const { pods, nodes } = this.#state
    const node = (nodeName === undefined ? undefined : nodes.find(nodeName)) ?? (NONE as NodeId)
    if (targetRef === undefined)
      return { pod: NONE as PodId, uid: NONE, isLeaving, isForeign: true, node, zone }
    const found = pods.find(this.#state.namespaceId(namespace), targetRef.name)
    const pod = found !== undefined && pods.uid[found] === targetRef.uid ? found : (NONE as PodId)
    return { pod, uid: targetRef.uid, isLeaving, isForeign: false, node, zone }
  }
}
