/**
 * The requests of one demand to one Service, and how they split over its endpoints.
 * Upstream: pkg/proxy (1.36); an Ingress controller and clients of headless Services choose endpoints themselves.
 * Simplified: nothing known.
 */
import type { Streams } from '../kernel/rng.js'
import type { Demand } from '../model/traffic.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { ClusterPlaces } from './cluster-places.js'
import type { Target } from './service-endpoints.js'
import type { ServiceObject } from './service-object.js'
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
  readonly #service: ServiceObject
  #sticky: StickyClients | undefined

  constructor(around: FlowSurroundings, demand: Demand, service: ServiceObject) {
    this.#around = around
    this.#demand = demand
    this.#service = service
  }

  split(targets: readonly Target[]): Split {
    const { pod, name, zones, clients, origin, service } = this.#demand
    const { state, places, streams } = this.#around
    if (pod !== '') {
      const named = (target: Target): boolean => !target.isLeaving && state.pods.name[target.pod] === pod
      const shares = targets.map(target => (named(target) ? 1 : 0))
      return { shares, lost: shares.includes(1) ? 0 : 1 }
    }
    const found = this.#service.get()
    const isDirect = service === '' || found?.spec.clusterIP === 'None'
    const policy = trafficPolicy(found?.spec, found?.meta.annotations ?? {}, origin, zones, isDirect)
    const split = splitTraffic(targets, policy, places)
    if (found?.spec.sessionAffinity !== 'ClientIP' || isDirect || targets.length === 0) return split
    const key = `traffic/${name}/${this.#service.namespace}/${this.#service.name}`
    this.#sticky ??= new StickyClients(clients, streams.keyed(key))
    return this.#sticky.split(targets, split)
  }

  arrivalVariation(endpoints: number): number {
    const inTurn = this.#demand.service === '' || this.#around.isRoundRobin
    return inTurn && endpoints > 0 ? 1 / endpoints : 1
  }
}
