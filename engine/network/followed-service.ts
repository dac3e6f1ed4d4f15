/**
 * What the network keeps of a Service that has traffic, and which of them each pod is an endpoint of.
 * Upstream: nothing; real rules are on every node.
 * Simplified: nothing known.
 */
import type { EventHandle } from '../kernel/event-queue.js'
import type { SimTime } from '../kernel/time.js'
import type { PodId } from '../state/ids.js'
import type { SlicesOfService, Target } from './service-endpoints.js'
import type { ServiceObject } from './service-object.js'
import type { ServiceTraffic } from './service-traffic.js'

const NOBODY: readonly FollowedService[] = []

/** A Service that has traffic, as the network follows it. */
export class FollowedService {
  readonly traffic: ServiceTraffic
  readonly object: ServiceObject
  readonly slices: SlicesOfService
  /** Its place among all, which events about it carry. */
  readonly index: number
  /** The list of it alone: pods share it that are endpoints of no other Service. */
  readonly alone: readonly FollowedService[] = [this]
  /** Endpoints as the rules on the nodes have them. */
  targets: readonly Target[] = []
  /** It is to be balanced in this instant. */
  isDirty = false
  /** Its rules are to be read anew. */
  isOutdated = false
  /** When a backlog will run empty or fill its queue; absent: there is none. */
  turn: { readonly at: SimTime; readonly event: EventHandle } | undefined

  constructor(traffic: ServiceTraffic, object: ServiceObject, slices: SlicesOfService, index: number) {
    this.traffic = traffic
    this.object = object
    this.slices = slices
    this.index = index
  }
}

/** The Services that each pod is an endpoint of, or has requests of; the one whose rules were read last is the last. */
export class ServicesOfPods {
  readonly #lists: (readonly FollowedService[])[] = []

  of(pod: PodId): readonly FollowedService[] {
    return this.#lists[pod] ?? NOBODY
  }

  join(pod: PodId, service: FollowedService): void {
    const lists = this.#lists
    // Rows are filled in order, so that the list has no holes.
    while (lists.length <= pod) lists.push(NOBODY)
    const services = lists[pod]
    if (services === service.alone) return
    const others = services.filter(one => one !== service)
    lists[pod] = others.length === 0 ? service.alone : [...others, service]
  }

  leave(pod: PodId, service: FollowedService): void {
    const services = this.of(pod)
    if (services === service.alone) this.#lists[pod] = NOBODY
    else if (services.includes(service)) {
      const others = services.filter(one => one !== service)
      this.#lists[pod] = others.length === 1 ? others[0].alone : others
    }
  }

  forget(pod: PodId): void {
    if (pod < this.#lists.length) this.#lists[pod] = NOBODY
  }
}
