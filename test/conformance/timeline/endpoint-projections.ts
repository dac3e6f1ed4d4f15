/** What a timeline shows of a Service's slices: each address, and all slices as a whole. */
import type { ClusterState } from '../../../engine/state/cluster-state.js'
import type { ObjectId } from '../../../engine/state/ids.js'
import type { What } from './projections.js'

const SERVICE_NAME = 'kubernetes.io/service-name'

export interface EndpointChange {
  readonly kind: 'Endpoint' | 'EndpointSlices'
  readonly namespace: string
  readonly name: string
  /** Absent: gone. */
  readonly what?: What
}

interface SliceEndpoint {
  readonly addresses?: readonly string[]
  readonly conditions?: {
    readonly ready?: boolean
    readonly serving?: boolean
    readonly terminating?: boolean
  }
  readonly targetRef?: { readonly kind?: string; readonly name: string }
  readonly nodeName?: string
  readonly zone?: string
}

interface SliceSpec {
  readonly endpoints?: readonly SliceEndpoint[]
}

export class EndpointProjections {
  readonly #state: ClusterState
  /** Names of the endpoints of each Service that the timeline knows. */
  readonly #known = new Map<string, Set<string>>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  /**
   * What is to be told after a change of a slice: the addresses of its Service, and its slices as a whole.
   */
  changed(id: ObjectId, isGone: boolean): EndpointChange[] {
    const { kind, meta } = this.#state.objects.get(id)
    const service = kind === 'EndpointSlice' ? meta.labels[SERVICE_NAME] : undefined
    if (service === undefined) return []
    const { namespace } = meta
    const slices: SliceSpec[] = []
    for (const other of this.#state.objects.ofKind('EndpointSlice')) {
      if (isGone && other === id) continue
      const slice = this.#state.objects.get<SliceSpec>(other)
      if (slice.meta.namespace === namespace && slice.meta.labels[SERVICE_NAME] === service)
        slices.push(slice.spec)
    }
    return [...this.#addresses(namespace, service, slices), this.#whole(namespace, service, slices)]
  }

  #addresses(namespace: string, service: string, slices: readonly SliceSpec[]): EndpointChange[] {
    const key = `${namespace}/${service}`
    const before = this.#known.get(key) ?? new Set<string>()
    const found = new Map<string, What>()
    for (const { endpoints = [] } of slices)
      for (const endpoint of endpoints) found.set(...endpointOf(service, endpoint))
    this.#known.set(key, new Set(found.keys()))
    const gone = [...before].filter(name => !found.has(name))
    return [
      ...gone.map((name): EndpointChange => ({ kind: 'Endpoint', namespace, name })),
      ...[...found].map(([name, what]): EndpointChange => ({ kind: 'Endpoint', namespace, name, what })),
    ]
  }

  #whole(namespace: string, name: string, slices: readonly SliceSpec[]): EndpointChange {
    if (slices.length === 0) return { kind: 'EndpointSlices', namespace, name }
    const whole = { slices: slices.length, total: 0, ready: 0, serving: 0, terminating: 0, largest: 0 }
    for (const { endpoints = [] } of slices) {
      let addresses = 0
      for (const endpoint of endpoints) {
        const { ready, serving, terminating } = flagsOf(endpoint)
        addresses += endpoint.addresses?.length ?? 1
        if (ready) whole.ready++
        if (serving) whole.serving++
        if (terminating) whole.terminating++
      }
      whole.total += addresses
      whole.largest = Math.max(whole.largest, addresses)
    }
    return { kind: 'EndpointSlices', namespace, name, what: whole }
  }
}

function endpointOf(service: string, endpoint: SliceEndpoint): [string, What] {
  const { addresses = [], targetRef, nodeName, zone } = endpoint
  const { ready, serving, terminating } = flagsOf(endpoint)
  const pod = targetRef?.name
  return [
    `${service}/${pod ?? addresses[0]}`,
    {
      service,
      ...(pod === undefined ? { address: addresses[0] } : { pod }),
      ...(nodeName === undefined ? {} : { node: nodeName }),
      ...(zone === undefined ? {} : { zone }),
      ...(ready ? { ready } : {}),
      ...(serving ? { serving } : {}),
      ...(terminating ? { terminating } : {}),
    },
  ]
}

/** A missing `ready` counts as true, and a missing `serving` is what `ready` says. */
function flagsOf({ conditions = {} }: SliceEndpoint): {
  ready: boolean
  serving: boolean
  terminating: boolean
} {
  const { ready = true, serving = ready, terminating = false } = conditions
  return { ready, serving, terminating }
}
