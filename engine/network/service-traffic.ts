/**
 * The traffic of one Service: the demand of its sources split over its endpoints, and what that makes of each pod.
 * Pods of one template that get the same share are one group, so a change of the load costs the same for two pods as
 * for two hundred. Pods that are overloaded have a backlog, which makes them a group of their own until it is gone.
 *
 * Upstream: nothing; real requests.
 * Simplified: a pod behind several Services is a station of its own for each of them.
 */
import { NEVER, type SimTime } from '../kernel/time.js'
import type { RequestModel } from '../model/traffic.js'
import { ServiceAccount } from '../record/service-account.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, Phase, type PodId, type ReasonId } from '../state/ids.js'
import { LoadGroup } from '../state/pod-loads.js'
import { Backlog, BacklogLatency } from './backlog.js'
import type { GroupMoves } from './group-moves.js'
import { HeldBacklogs } from './held-backlogs.js'
import { StationLatency, serviceParts } from './latency.js'
import type { PodCores } from './pod-cores.js'
import { isOverloaded, type Station, type StationState, stationState } from './queueing.js'
import type { Target } from './service-endpoints.js'
import { stationOf } from './service-station.js'
import type { Split } from './traffic-shares.js'

/** Requests from one demand, as far as they go to this Service. */
export interface TrafficSource {
  /** Now, all endpoints together. */
  requestsPerSecond: number
  /** Endpoints of this source in the order of the targets, and what reaches none. */
  split(targets: readonly Target[]): Split
  /** Squared variation of the times between arrivals at one of so many pods. */
  arrivalVariation(endpoints: number): number
}

interface PodGroup {
  readonly load: LoadGroup
  readonly template: number
  readonly labels: number
  readonly cores: number
  /** Its place among the groups of these three. */
  readonly rank: number
  backlog: Backlog | undefined
  readonly pods: PodId[]
  /** Share of each source's requests that one pod gets. */
  readonly shares: readonly number[]
  /** The same as a text that leaves out rounding, made when it is asked for. */
  rounded: string | undefined
  /** How long requests take while the group keeps up, or its queue is full. */
  readonly times: StationLatency
}

/** What the traffic of all Services has in common. */
export interface TrafficSurroundings {
  readonly state: ClusterState
  readonly cores: PodCores
  readonly moves: GroupMoves
}

const NO_REQUESTS: RequestModel = {
  cpuSeconds: 0,
  otherSeconds: 0,
  concurrency: Infinity,
  queue: Infinity,
  variation: 0,
  discipline: 'share',
}

export class ServiceTraffic {
  readonly account: ServiceAccount
  readonly sources: TrafficSource[] = []
  readonly #around: TrafficSurroundings
  readonly #state: ClusterState
  readonly #requests: RequestModel
  #groups: readonly PodGroup[] = []
  /** By template, labels, cores and rank. */
  readonly #loads = new Map<string, LoadGroup>()
  /** Looked up when it is first asked for. */
  #crashLoop: ReasonId | undefined
  #endpoints = 0
  readonly #backlogs: HeldBacklogs
  #backlogsMade = 0
  /** When a backlog has run empty or filled its queue; NEVER: none will. */
  turnsAt: SimTime = NEVER
  /** Per source: the share of its requests that is lost, and that leaves the cluster. */
  #lost: number[] = []
  #foreign: number[] = []

  constructor(around: TrafficSurroundings, namespace: string, name: string, requests = NO_REQUESTS) {
    this.#around = around
    this.#state = around.state
    this.#requests = requests
    this.#backlogs = new HeldBacklogs(around.state)
    this.account = new ServiceAccount(namespace, name)
  }

  /** Pods that have requests to work off, whether they are sent any or not. */
  podsWithBacklog(): Iterable<PodId> {
    return this.#backlogs.pods()
  }

  /** The endpoints are others, or some of them came to life or died: splits all sources anew. */
  balance(targets: readonly Target[], now: SimTime): void {
    this.#dropLostBacklogs(now)
    const splits = this.sources.map(source => source.split(targets))
    this.#lost = splits.map(({ lost }) => lost)
    this.#foreign = splits.map(() => 0)
    const groups: PodGroup[] = []
    let last: PodGroup | undefined
    this.#endpoints = 0
    for (let place = 0; place < targets.length; place++) {
      const { pod, uid, isForeign, isLeaving } = targets[place]
      if (isLeaving && splits.every(({ shares }) => shares[place] === 0)) continue
      this.#endpoints++
      if (isForeign || !this.#isAlive(pod, uid)) {
        const missed = isForeign ? this.#foreign : this.#lost
        for (let i = 0; i < splits.length; i++) missed[i] += splits[i].shares[place]
        continue
      }
      if (last === undefined || !this.#isAlike(last, pod, splits, place)) {
        const shares = splits.map(split => split.shares[place])
        last = this.#groupOf(groups, pod, shares)
      }
      last.pods.push(pod)
    }
    if (!this.#backlogs.isEmpty) this.#keepBacklogs(groups)
    this.#around.moves.move(this.#groups, groups, now)
    this.#groups = groups
    this.refresh(now)
  }

  #dropLostBacklogs(now: SimTime): void {
    if (this.#backlogs.isEmpty) return
    this.account.advance(now)
    this.account.recent.lost += this.#backlogs.dropLost((pod, uid) => this.#isAlive(pod, uid), now)
  }

  /** Pods that are sent nothing any more go on with what they have; those that have come to differ do so apart. */
  #keepBacklogs(groups: PodGroup[]): void {
    const placed = new Set<PodId>()
    for (const { pods } of groups) for (const pod of pods) placed.add(pod)
    const nothing = this.sources.map(() => 0)
    for (const pod of this.#backlogs.pods())
      if (!placed.has(pod)) this.#groupOf(groups, pod, nothing).pods.push(pod)
    const taken = new Set<Backlog>()
    for (const group of groups) {
      if (group.backlog === undefined) continue
      if (taken.has(group.backlog)) {
        group.backlog = group.backlog.copy(this.#backlogsMade++)
        this.#backlogs.hold(group.pods, group.backlog)
      }
      taken.add(group.backlog)
    }
  }

  #isAlive(pod: PodId, uid: number): boolean {
    const { pods, nodes } = this.#state
    if (pod === NONE || !pods.exists(pod) || pods.uid[pod] !== uid || pods.phase[pod] !== Phase.Running)
      return false
    const node = pods.nodeOf(pod)
    if (!nodes.exists(node) || nodes.isDown[node] === 1) return false
    this.#crashLoop ??= this.#state.reasonId('CrashLoopBackOff')
    return pods.waiting[pod] !== this.#crashLoop
  }

  /** Most pods of a Service are as the one before: nothing has to be looked up for them. */
  #isAlike(
    { template, labels, cores, shares, backlog }: PodGroup,
    pod: PodId,
    splits: readonly Split[],
    place: number,
  ) {
    const { pods } = this.#state
    if (pods.template[pod] !== template || pods.labels[pod] !== labels) return false
    for (let i = 0; i < splits.length; i++) if (splits[i].shares[place] !== shares[i]) return false
    if (this.#backlogs.of(pod) !== backlog) return false
    return this.#around.cores.of(pod) === cores
  }

  /** Pods whose shares rank alike stay in one group when the shares themselves change. */
  #groupOf(groups: PodGroup[], pod: PodId, shares: readonly number[]): PodGroup {
    const { pods } = this.#state
    const template = pods.template[pod]
    const labels = pods.labels[pod]
    const cores = this.#around.cores.of(pod)
    const backlog = this.#backlogs.of(pod)
    let rank = 0
    let rounded: string | undefined
    for (const other of groups) {
      if (!isOfKind(other, template, labels, cores)) continue
      rank++
      if (other.backlog !== backlog) continue
      rounded ??= withoutRounding(shares)
      other.rounded ??= withoutRounding(other.shares)
      if (other.rounded === rounded) return other
    }
    const former = this.#groups[groups.length]
    const isAsBefore = former?.rank === rank && isOfKind(former, template, labels, cores)
    const load = isAsBefore ? former.load : this.#loadOf(`${template} ${labels} ${cores} #${rank}`, pod)
    const times = former?.times ?? new StationLatency()
    const group = { load, template, labels, cores, rank, backlog, pods: [], shares, rounded, times }
    groups.push(group)
    return group
  }

  #loadOf(key: string, pod: PodId): LoadGroup {
    let load = this.#loads.get(key)
    if (load === undefined) {
      const { namespace, labels } = this.#state.pods
      load = new LoadGroup(namespace[pod] as NamespaceId, labels[pod] as LabelSetId, '')
      this.#loads.set(key, load)
    }
    return load
  }

  /** The rates of the sources are others: every group gets the state that belongs to them. */
  refresh(now: SimTime): void {
    const rates = this.account.change(now)
    const { latencies, queues } = rates
    rates.clear()
    rates.endpoints = this.#endpoints
    for (let i = 0; i < this.sources.length; i++) {
      const { requestsPerSecond } = this.sources[i]
      rates.requestsPerSecond += requestsPerSecond
      rates.lostPerSecond += requestsPerSecond * this.#lost[i]
      rates.servedPerSecond += requestsPerSecond * this.#foreign[i]
    }
    let pieces = 0
    let late = 0
    this.turnsAt = NEVER
    for (const group of this.#groups) {
      const station = stationOf(this.#requests, this.sources, group, this.#endpoints)
      const isLate = (group.backlog !== undefined || isOverloaded(station)) && this.#meet(group, station, now)
      const state = isLate ? this.#workOff(group, station, now) : this.#keepUp(group, station, now)
      const { length } = group.pods
      if (state === undefined) {
        const services = serviceParts(station.serviceSeconds, station.variation)
        queues[late++] = new BacklogLatency(group.backlog as Backlog, length, services)
      } else if (state.servedPerSecond > 0 && station.serviceSeconds > 0) {
        group.times.change(station, state, length)
        latencies[pieces++] = group.times
      }
    }
    if (latencies.length > pieces) latencies.length = pieces
    if (queues.length > late) queues.length = late
  }

  /** Answers whether the pods of the group have a backlog; the crumbs of one that has run empty are served. */
  #meet(group: PodGroup, station: Station, now: SimTime): boolean {
    const { pods } = group
    const isNew = group.backlog === undefined
    const backlog = group.backlog ?? new Backlog(this.#backlogsMade++, now)
    const isLate = backlog.meet(station, now)
    if (!isLate) this.account.recent.served += backlog.requestsAt(now) * pods.length
    group.backlog = isLate ? backlog : undefined
    if (isNew || !isLate) this.#backlogs.hold(pods, group.backlog)
    return isLate
  }

  /** Answers the stationary state of pods whose queues are full; undefined: they are not. */
  #workOff(group: PodGroup, station: Station, now: SimTime): StationState | undefined {
    const { rates } = this.account
    const { length } = group.pods
    const backlog = group.backlog as Backlog
    const present = backlog.requestsAt(now)
    rates.servedPerSecond += backlog.servedPerSecond * length
    rates.refusedPerSecond += backlog.refusedPerSecond * length
    rates.backlog += present * length
    rates.backlogGrowthPerSecond += backlog.growthPerSecond * length
    if (backlog.endsAt < this.turnsAt) this.turnsAt = backlog.endsAt
    this.#use(group, station, backlog.servedPerSecond, present, now)
    return backlog.full
  }

  #keepUp(group: PodGroup, station: Station, now: SimTime): StationState {
    const { rates } = this.account
    const { length } = group.pods
    const state = stationState(station)
    rates.servedPerSecond += state.servedPerSecond * length
    rates.refusedPerSecond += state.refusedPerSecond * length
    rates.waiting += state.waiting * length
    this.#use(group, station, state.servedPerSecond, state.waiting, now)
    return state
  }

  /** Tells the store what each pod of the group does. */
  #use(
    { load, backlog, pods }: PodGroup,
    { arrivalsPerSecond }: Station,
    servedPerSecond: number,
    waiting: number,
    now: SimTime,
  ): void {
    const milliCPU = servedPerSecond * this.#requests.cpuSeconds * 1000
    const growth = backlog === undefined ? 0 : backlog.growthPerSecond
    this.#state.podLoads.set(load, now, [milliCPU, 0, arrivalsPerSecond, waiting], growth)
    this.account.rates.milliCPU += milliCPU * pods.length
  }
}

function isOfKind(group: PodGroup, template: number, labels: number, cores: number): boolean {
  return group.template === template && group.labels === labels && group.cores === cores
}

/** Shares that differ by rounding only are alike. */
function withoutRounding(shares: readonly number[]): string {
  return shares.map(share => share.toPrecision(9)).join()
}
