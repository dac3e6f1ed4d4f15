/**
 * The requests of one demand to one Service, and how they split over its endpoints.
 * Upstream: pkg/proxy (1.36); an Ingress controller and clients of headless Services choose endpoints themselves.
 * Simplified: nothing known.
 */
import type { Streams } from '../kernel/rng.js'
import type { ServiceSpec } from '../model/services.js'
import type { Demand } from '../model/traffic.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { StoredObject } from '../state/objects.js'
import type { ClusterPlaces } from './cluster-places.js'
import type { Target } from './service-endpoints.js'
import { StickyClients } from './sticky-clients.js'
import { trafficPolicy } from './traffic-policy.js'
import { type Split, splitTraffic } from './traffic-shares.js'

export interface FlowSurroundings {
  readonly state: ClusterState
  readonly places: ClusterPlaces
  readonly streams: Streams
  readonly isRoundRobin: boolean
}

export class FlowSource {
  requestsPerSecond = 0
  readonly #around: FlowSurroundings
  readonly #demand: Demand
  readonly #namespace: string
  readonly #service: string
  #sticky: StickyClients | undefined

  constructor(around: FlowSurroundings, demand: Demand, service: string) {
    this.#around = around
    this.#demand = demand
    const slash = service.indexOf('/')
    this.#namespace = service.slice(0, slash)
    this.#service = service.slice(slash + 1)
  }

  split(targets: readonly Target[]): Split {
    const { pod, name, zones, clients, origin, service } = this.#demand
    const { state, places, streams } = this.#around
    if (pod !== '') {
      const named = (target: Target): boolean => !target.isLeaving && state.pods.name[target.pod] === pod
      const shares = Float64Array.from(targets, target => (named(target) ? 1 : 0))
      return { shares, lost: shares.includes(1) ? 0 : 1 }
    }
    const found = this.#found()
    const isDirect = service === '' || found?.spec.clusterIP === 'None'
    const policy = trafficPolicy(found?.spec, found?.meta.annotations ?? {}, origin, zones, isDirect)
    const split = splitTraffic(targets, policy, places)
    if (found?.spec.sessionAffinity !== 'ClientIP' || isDirect || targets.length === 0) return split
    const key = `traffic/${name}/${this.#namespace}/${this.#service}`
    this.#sticky ??= new StickyClients(clients, streams.keyed(key))
    return this.#sticky.split(targets, split)
  }

  arrivalVariation(endpoints: number): number {
    const inTurn = this.#demand.service === '' || this.#around.isRoundRobin
    return inTurn && endpoints > 0 ? 1 / endpoints : 1
  }

  #found(): StoredObject<ServiceSpec> | undefined {
    const { objects } = this.#around.state
    const id = objects.find('Service', this.#namespace, this.#service)
    return id === undefined ? undefined : objects.get<ServiceSpec>(id)
  }
}
