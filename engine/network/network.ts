/**
 * Leads demand to ready endpoints: follows Services, EndpointSlices and Ingresses as late as the rules on the nodes do,
 * and pods as they are. Something is reckoned only when a load or an endpoint changes.
 *
 * Upstream: pkg/proxy (iptables, nftables, ipvs), cluster DNS for headless Services (1.36).
 * Simplified: nothing per connection; one delay for all nodes' rules, and one for all caches of names.
 */
import type { EventHandle } from '../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import type { Streams } from '../kernel/rng.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import type { ServiceSpec } from '../model/services.js'
import type { Demand, Traffic } from '../model/traffic.js'
import type { ServiceAccount } from '../record/service-account.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../state/ids.js'
import { Informer } from '../state/informer.js'
import { ClusterPlaces } from './cluster-places.js'
import { FlowSource, type FlowSurroundings } from './flow-source.js'
import { type Route, routesFor } from './ingress-routes.js'
import { ServiceSlices, type Target } from './service-endpoints.js'
import { ServiceTraffic } from './service-traffic.js'

export interface NetworkOptions {
  readonly kernel: Kernel
  readonly state: ClusterState
  readonly streams: Streams
  readonly traffic: Traffic
  readonly watchLatency: SimTime
}

/** The way of a demand to one Service. */
interface Branch {
  readonly service: ServiceTraffic
  readonly source: FlowSource
  weight: number
}

const { Added, Deleted, Deleting, Labels, Phase, Restarts, Spec, Annotations } = Change
const { Allocatable, Lease, NodeReady } = Change

export class Network {
  readonly #kernel: Kernel
  readonly #state: ClusterState
  readonly #traffic: Traffic
  readonly #around: FlowSurroundings
  readonly #slices: ServiceSlices
  readonly #services = new Map<string, ServiceTraffic>()
  readonly #list: ServiceTraffic[] = []
  /** By demand. */
  readonly #branches: Branch[][]
  readonly #dirty = new Set<ServiceTraffic>()
  readonly #servicesOfPod = new Map<PodId, Set<ServiceTraffic>>()
  /** Endpoints as the rules on the nodes have them. */
  readonly #targets = new Map<ServiceTraffic, readonly Target[]>()
  /** Services whose rules are to be read anew. */
  readonly #outdated = new Set<ServiceTraffic>()
  readonly #balance: EventKind
  readonly #cacheExpired: EventKind
  readonly #backlogTurns: EventKind
  /** Of Services with a backlog that will run empty or fill its queue. */
  readonly #turns = new Map<ServiceTraffic, { readonly at: SimTime; readonly event: EventHandle }>()
  #isBalancing = false

  constructor(options: NetworkOptions) {
    const { kernel, state, streams, traffic, watchLatency } = options
    const { propagation, dnsTtl, balancing } = traffic.network
    this.#kernel = kernel
    this.#state = state
    this.#traffic = traffic
    const places = new ClusterPlaces(state)
    this.#around = { state, places, streams, isRoundRobin: balancing === 'round-robin' }
    this.#slices = new ServiceSlices(state)
    this.#balance = kernel.on('network/Balance', Rank.Watch, () => this.#balanceDirty())
    this.#cacheExpired = kernel.on('network/CacheExpired', Rank.Watch, index =>
      this.#refresh(this.#list[index]),
    )
    this.#backlogTurns = kernel.on('network/BacklogTurns', Rank.Watch, index => this.#turn(this.#list[index]))
    for (const { namespace, service } of traffic.services) this.#service(`${namespace}/${service}`)
    this.#branches = traffic.demands.map(() => [])
    for (let demand = 0; demand < traffic.demands.length; demand++) this.#lead(demand)
    state.demands.listen((demand, at) => this.#rateChanged(demand, at))
    this.#follow(new Informer(kernel, state.log, 'node-rules', watchLatency + propagation), dnsTtl)
    const truth = new Informer(kernel, state.log, 'traffic', 0)
    truth.subscribe(Source.Pods, Phase | Restarts | Spec | Deleted, pod => this.#podChanged(pod as PodId))
    truth.subscribe(Source.Nodes, Added | Deleted | Allocatable | Labels | NodeReady, () =>
      this.#nodesChanged(),
    )
    truth.subscribe(Source.Nodes, Lease, node => this.#machineChanged(node as NodeId))
  }

  /** Services that have traffic or were given a model, in the order in which they became known. */
  get accounts(): readonly ServiceAccount[] {
    return this.#list.map(({ account }) => account)
  }

  #service(key: string): ServiceTraffic {
    let service = this.#services.get(key)
    if (service === undefined) {
      const slash = key.indexOf('/')
      const namespace = key.slice(0, slash)
      const name = key.slice(slash + 1)
      const given = this.#traffic.services.find(one => one.namespace === namespace && one.service === name)
      service = new ServiceTraffic(this.#state, namespace, name, given?.requests)
      this.#services.set(key, service)
      this.#list.push(service)
    }
    return service
  }

  /** Rules of nodes know of changes after the informer's delay, the caches of clients later still. */
  #follow(informer: Informer, dnsTtl: SimTime): void {
    const { objects } = this.#state
    const fields = Added | Deleted | Deleting | Spec | Labels | Annotations
    informer.subscribe(Source.Objects, fields, () => this.#routesChanged(), ['Ingress'])
    const changed = (row: number): void => {
      const id = row as ObjectId
      const { kind, meta } = objects.get(id)
      const key = kind === 'Service' ? `${meta.namespace}/${meta.name}` : this.#slices.update(id)
      const service = key === undefined ? undefined : this.#services.get(key)
      if (service === undefined) return
      if (!this.#isHeadless(service)) this.#refresh(service)
      else {
        const { now } = this.#kernel
        this.#kernel.schedule(now + dnsTtl, this.#cacheExpired, this.#list.indexOf(service))
      }
    }
    informer.subscribe(Source.Objects, fields, changed, ['EndpointSlice', 'Service'])
  }

  #isHeadless({ account }: ServiceTraffic): boolean {
    const { objects } = this.#state
    const id = objects.find('Service', account.namespace, account.name)
    return id !== undefined && objects.get<ServiceSpec>(id).spec.clusterIP === 'None'
  }

  #touch(service: ServiceTraffic): void {
    this.#dirty.add(service)
    if (this.#isBalancing) return
    this.#isBalancing = true
    this.#kernel.schedule(this.#kernel.now, this.#balance)
  }

  /** Several changes of one instant are one. */
  #balanceDirty(): void {
    this.#isBalancing = false
    const { now } = this.#kernel
    for (const service of this.#dirty) {
      if (this.#outdated.has(service)) this.#readRules(service)
      service.balance(this.#targets.get(service) ?? [], now)
      this.#awaitTurn(service)
    }
    this.#dirty.clear()
    this.#outdated.clear()
  }

  #readRules(service: ServiceTraffic): void {
    const before = this.#targets.get(service) ?? []
    const targets = this.#slices.targets(service.key)
    const { length } = targets
    // Most targets are those of before: what stays at the front and at the back need not be taken out.
    const shorter = Math.min(before.length, length)
    let front = 0
    while (front < shorter && before[front].pod === targets[front].pod) front++
    let back = 0
    while (back < shorter - front && before.at(-1 - back)?.pod === targets.at(-1 - back)?.pod) back++
    for (let i = front; i < before.length - back; i++) this.#servicesOfPod.get(before[i].pod)?.delete(service)
    for (const { pod } of targets) if (pod !== NONE) this.#follows(pod, service)
    for (const pod of service.podsWithBacklog()) this.#follows(pod, service)
    this.#targets.set(service, targets)
  }

  #follows(pod: PodId, service: ServiceTraffic): void {
    const services = this.#servicesOfPod.get(pod)
    if (services === undefined) this.#servicesOfPod.set(pod, new Set([service]))
    else if (services.size > 1 || !services.has(service)) {
      // The Service whose rules were read last is the last of the pod's.
      services.delete(service)
      services.add(service)
    }
  }

  /** The rules about the Service are others now. */
  #refresh(service: ServiceTraffic): void {
    this.#outdated.add(service)
    this.#touch(service)
  }

  #podChanged(pod: PodId): void {
    for (const service of this.#servicesOfPod.get(pod) ?? []) this.#touch(service)
    if (this.#state.pods.exists(pod)) return
    this.#servicesOfPod.delete(pod)
    this.#state.podLoads.forget(pod)
  }

  /** Its kubelet fell silent or came back: its machine may be down, or up again. */
  #machineChanged(node: NodeId): void {
    const { pods, nodes } = this.#state
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod])
      for (const service of this.#servicesOfPod.get(pod as PodId) ?? []) this.#touch(service)
  }

  #nodesChanged(): void {
    this.#around.places.forget()
    for (const service of this.#list) if (service.sources.length > 0) this.#touch(service)
  }

  #routesChanged(): void {
    this.#traffic.demands.forEach((demand, index) => {
      if (demand.service === '') this.#lead(index)
    })
  }

  /** Finds out which Services the demand goes to, and with what weight. */
  #lead(index: number): void {
    const demand = this.#traffic.demands[index]
    const branches = this.#branches[index]
    const routes = this.#routesOf(demand)
    for (const branch of branches) branch.weight = 0
    for (const { service: key, weight } of routes) {
      const service = this.#service(key)
      const known = branches.find(branch => branch.service === service)
      if (known !== undefined) known.weight += weight
      else {
        const source = new FlowSource(this.#around, demand, key)
        service.sources.push(source)
        branches.push({ service, source, weight })
        this.#refresh(service)
      }
    }
    this.#rateChanged(index, this.#kernel.now)
  }

  /** Requests that no rule leads anywhere are lost by a Service without a name. */
  #routesOf({ namespace, service, host, path }: Demand): readonly Route[] {
    if (service !== '') return [{ service: `${namespace}/${service}`, weight: 1 }]
    const routes = routesFor(this.#state, host, path)
    return routes.length > 0 ? routes : [{ service: `${namespace}/`, weight: 1 }]
  }

  #rateChanged(demand: number, at: SimTime): void {
    const rate = this.#state.demands.of(demand)
    for (const { service, source, weight } of this.#branches[demand]) {
      if (source.requestsPerSecond === rate * weight) continue
      source.requestsPerSecond = rate * weight
      // A Service that is to be balanced in this instant gets its rates then.
      if (this.#dirty.has(service)) continue
      service.refresh(at)
      this.#awaitTurn(service)
    }
  }

  /** Balanced and not only refreshed, as a pod whose backlog is gone is again like its siblings. */
  #turn(service: ServiceTraffic): void {
    this.#turns.delete(service)
    this.#touch(service)
  }

  /** One event for the next backlog of the Service to run empty or to fill its queue; none where there is none. */
  #awaitTurn(service: ServiceTraffic): void {
    const { turnsAt } = service
    const awaited = this.#turns.get(service)
    if (awaited === undefined ? turnsAt === NEVER : awaited.at === turnsAt) return
    if (awaited !== undefined) {
      this.#kernel.cancel(awaited.event)
      this.#turns.delete(service)
    }
    if (turnsAt === NEVER) return
    const event = this.#kernel.schedule(turnsAt, this.#backlogTurns, this.#list.indexOf(service))
    this.#turns.set(service, { at: turnsAt, event })
  }
}
