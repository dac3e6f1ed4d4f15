/**
 * Leads demand to ready endpoints: follows Services, EndpointSlices and Ingresses as late as the rules on the nodes do,
 * and pods as they are. Something is reckoned only when a load or an endpoint changes.
 *
 * Upstream: pkg/proxy (iptables, nftables, ipvs), cluster DNS for headless Services (1.36).
 * Simplified: nothing per connection; one delay for all nodes' rules, and one for all caches of names.
 */
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import type { Streams } from '../kernel/rng.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import type { Demand, Traffic } from '../model/traffic.js'
import type { ServiceAccount } from '../record/service-account.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../state/ids.js'
import { Informer } from '../state/informer.js'
import { ClusterPlaces } from './cluster-places.js'
import { FlowSource, type FlowSurroundings } from './flow-source.js'
import { FollowedService, ServicesOfPods } from './followed-service.js'
import { GroupMoves } from './group-moves.js'
import { type Route, routesFor } from './ingress-routes.js'
import { PodCores } from './pod-cores.js'
import { ServiceSlices } from './service-endpoints.js'
import { ServiceObject } from './service-object.js'
import { ServiceTraffic, type TrafficSurroundings } from './service-traffic.js'

export interface NetworkOptions {
  readonly kernel: Kernel
  readonly state: ClusterState
  readonly streams: Streams
  readonly traffic: Traffic
  readonly watchLatency: SimTime
}

/** The way of a demand to one Service. */
interface Branch {
  readonly service: FollowedService
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
  readonly #shared: TrafficSurroundings
  readonly #slices: ServiceSlices
  readonly #services = new Map<string, FollowedService>()
  readonly #list: FollowedService[] = []
  /** By demand. */
  readonly #branches: Branch[][]
  /** Services to be balanced in this instant. */
  readonly #dirty: FollowedService[] = []
  readonly #ofPods = new ServicesOfPods()
  readonly #balance: EventKind
  readonly #cacheExpired: EventKind
  readonly #backlogTurns: EventKind

  constructor(options: NetworkOptions) {
    const { kernel, state, streams, traffic, watchLatency } = options
    const { propagation, dnsTtl, balancing } = traffic.network
    this.#kernel = kernel
    this.#state = state
    this.#traffic = traffic
    const places = new ClusterPlaces(state)
    this.#around = { state, places, streams, isRoundRobin: balancing === 'round-robin' }
    this.#shared = { state, cores: new PodCores(state), moves: new GroupMoves(state) }
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
    return this.#list.map(({ traffic }) => traffic.account)
  }

  #service(key: string): FollowedService {
    let service = this.#services.get(key)
    if (service === undefined) {
      const object = new ServiceObject(this.#state, key)
      const { namespace, name } = object
      const given = this.#traffic.services.find(one => one.namespace === namespace && one.service === name)
      const traffic = new ServiceTraffic(this.#shared, namespace, name, given?.requests)
      service = new FollowedService(traffic, object, this.#slices.of(key), this.#list.length)
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
      if (!service.object.isHeadless) this.#refresh(service)
      else this.#kernel.schedule(this.#kernel.now + dnsTtl, this.#cacheExpired, service.index)
    }
    informer.subscribe(Source.Objects, fields, changed, ['EndpointSlice', 'Service'])
  }

  /** Several changes of one instant are one. */
  #touch(service: FollowedService): void {
    if (service.isDirty) return
    service.isDirty = true
    if (this.#dirty.push(service) === 1) this.#kernel.schedule(this.#kernel.now, this.#balance)
  }

  #balanceDirty(): void {
    const { now } = this.#kernel
    for (const service of this.#dirty) {
      if (service.isOutdated) this.#readRules(service)
      service.traffic.balance(service.targets, now)
      this.#awaitTurn(service)
      service.isDirty = false
    }
    this.#dirty.length = 0
  }

  #readRules(service: FollowedService): void {
    const before = service.targets
    const targets = service.slices.targets()
    const { length } = targets
    // Most targets are those of before: what stays at the front and at the back need not be taken out.
    const shorter = Math.min(before.length, length)
    let front = 0
    while (front < shorter && before[front].pod === targets[front].pod) front++
    let end = before.length
    const shift = length - end
    while (end > front && end + shift > front && before[end - 1].pod === targets[end - 1 + shift].pod) end--
    for (let i = front; i < end; i++) this.#ofPods.leave(before[i].pod, service)
    for (const { pod } of targets) if (pod !== NONE) this.#ofPods.join(pod, service)
    for (const pod of service.traffic.podsWithBacklog()) this.#ofPods.join(pod, service)
    service.targets = targets
    service.isOutdated = false
  }

  /** The rules about the Service are others now. */
  #refresh(service: FollowedService): void {
    service.isOutdated = true
    this.#touch(service)
  }

  #podChanged(pod: PodId): void {
    for (const service of this.#ofPods.of(pod)) this.#touch(service)
    if (this.#state.pods.exists(pod)) return
    this.#ofPods.forget(pod)
    this.#state.podLoads.forget(pod)
  }

  /** Its kubelet fell silent or came back: its machine may be down, or up again. */
  #machineChanged(node: NodeId): void {
    const { pods, nodes } = this.#state
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod])
      for (const service of this.#ofPods.of(pod as PodId)) this.#touch(service)
  }

  #nodesChanged(): void {
    this.#around.places.forget()
    for (const service of this.#list) if (service.traffic.sources.length > 0) this.#touch(service)
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
        const source = new FlowSource(this.#around, demand, service.object)
        service.traffic.sources.push(source)
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
      if (service.isDirty) continue
      service.traffic.refresh(at)
      this.#awaitTurn(service)
    }
  }

  /** Balanced and not only refreshed, as a pod whose backlog is gone is again like its siblings. */
  #turn(service: FollowedService): void {
    service.turn = undefined
    this.#touch(service)
  }

  /** One event for the next backlog of the Service to run empty or to fill its queue; none where there is none. */
  #awaitTurn(service: FollowedService): void {
    const { turnsAt } = service.traffic
    const awaited = service.turn
    if (awaited === undefined ? turnsAt === NEVER : awaited.at === turnsAt) return
    if (awaited !== undefined) this.#kernel.cancel(awaited.event)
    service.turn =
      turnsAt === NEVER
        ? undefined
        : { at: turnsAt, event: this.#kernel.schedule(turnsAt, this.#backlogTurns, service.index) }
  }
}
