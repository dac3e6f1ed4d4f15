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
  readonly nodeName: string | undefined
  readonly zone: string
}

/** A slice as it was when its rules were last read. Endpoints are replaced, never changed. */
interface ReadSlice {
  endpoints: readonly Endpoint[]
  /** Of each endpoint; undefined for one that is not to be used. */
  targets: readonly (Target | undefined)[]
}

/** The slices of one Service. */
export class SlicesOfService {
  readonly namespace: string
  /** The Service as namespace/name. */
  readonly key: string
  readonly #state: ClusterState
  readonly #slices = new Map<ObjectId, ReadSlice>()

  constructor(state: ClusterState, namespace: string, key: string) {
    this.#state = state
    this.namespace = namespace
    this.key = key
  }

  /** The slice has come, or is gone. */
  update(id: ObjectId): void {
    if (!this.#state.objects.exists(id)) this.#slices.delete(id)
    else if (!this.#slices.has(id)) this.#slices.set(id, { endpoints: [], targets: [] })
  }

  /** Ready ones first. */
  targets(): Target[] {
    const { objects } = this.#state
    const ready: Target[] = []
    const leaving: Target[] = []
    for (const [id, slice] of this.#slices) {
      if (!objects.exists(id)) continue
      this.#read(slice, objects.get<EndpointSliceSpec>(id).spec.endpoints)
      for (const target of slice.targets) {
        if (target !== undefined) (target.isLeaving ? leaving : ready).push(target)
      }
    }
    for (const target of leaving) ready.push(target)
    return ready
  }

  /** Most endpoints are those of before, in the same order: their targets are taken over while they are right. */
  #read(slice: ReadSlice, endpoints: readonly Endpoint[]): void {
    const { endpoints: formerEndpoints, targets: formerTargets } = slice
    const targets: (Target | undefined)[] = []
    let next = 0
    for (let i = 0; i < endpoints.length; i++) {
      const endpoint = endpoints[i]
      const place = placeOf(formerEndpoints, endpoint, next)
      if (place < 0) {
        targets.push(this.#target(endpoint))
        continue
      }
      next = place + 1
      const former = formerTargets[place]
      targets.push(former === undefined || this.#isRight(former) ? former : this.#target(endpoint))
    }
    slice.endpoints = endpoints
    slice.targets = targets
  }

  /** Whether pod and node are still there; a pod that is gone has no row any more. */
  #isRight({ pod, uid, node, nodeName }: Target): boolean {
    const { pods, nodes } = this.#state
    if (pod !== NONE && (pods.uid[pod] !== uid || !pods.exists(pod))) return false
    return nodeName === undefined || (nodes.name[node] === nodeName && nodes.exists(node))
  }

  #target({ conditions, targetRef, nodeName, zone = '' }: Endpoint): Target | undefined {
    const { ready = true, serving = ready, terminating = false } = conditions ?? {}
    if (!ready && !(serving && terminating)) return undefined
    const isLeaving = !ready
    const { pods, nodes } = this.#state
    const node = (nodeName === undefined ? undefined : nodes.find(nodeName)) ?? (NONE as NodeId)
    if (targetRef === undefined)
      return { pod: NONE as PodId, uid: NONE, isLeaving, isForeign: true, node, nodeName, zone }
    const { name, uid } = targetRef
    const found = pods.find(this.#state.namespaceId(this.namespace), name)
    const pod = found !== undefined && pods.uid[found] === uid ? found : (NONE as PodId)
    return { pod, uid, isLeaving, isForeign: false, node, nodeName, zone }
  }
}

/** Where the endpoint was before: likely right behind the one of the former endpoint, or the place after. */
function placeOf(endpoints: readonly Endpoint[], wanted: Endpoint, likely: number): number {
  if (endpoints[likely] === wanted) return likely
  return endpoints[likely + 1] === wanted ? likely + 1 : endpoints.indexOf(wanted)
}

/** The slices of each Service. */
export class ServiceSlices {
  readonly #state: ClusterState
  readonly #byService = new Map<string, SlicesOfService>()
  /** By slice, as long as it says that it is of that Service. */
  readonly #bySlice = new Map<ObjectId, { readonly name: string; readonly slices: SlicesOfService }>()

  constructor(state: ClusterState) {
    this.#state = state
    for (const id of state.objects.ofKind('EndpointSlice')) this.update(id)
  }

  /** @param key of a Service, namespace/name */
  of(key: string): SlicesOfService {
    let slices = this.#byService.get(key)
    if (slices === undefined) {
      slices = new SlicesOfService(this.#state, key.slice(0, key.indexOf('/')), key)
      this.#byService.set(key, slices)
    }
    return slices
  }

  /** The slice has come, has changed or is gone. Answers the Service that it belongs to, as namespace/name. */
  update(id: ObjectId): string | undefined {
    const { objects } = this.#state
    const { namespace, labels } = objects.get(id).meta
    const name = labels[SERVICE_NAME_LABEL]
    if (name === undefined) return undefined
    const known = this.#bySlice.get(id)
    const isKnown = known !== undefined && known.name === name && known.slices.namespace === namespace
    const slices = isKnown ? known.slices : this.of(`${namespace}/${name}`)
    slices.update(id)
    if (!objects.exists(id)) this.#bySlice.delete(id)
    else if (!isKnown) this.#bySlice.set(id, { name, slices })
    return slices.key
  }
}
