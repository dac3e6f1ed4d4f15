/**
 * The traffic of one Service: the demand of its sources split over its endpoints, and what that makes of each pod.
 * Pods of one template that get the same share are one group, so a change of the load costs the same for two pods as
 * for two hundred.
 *
 * Upstream: nothing; real requests.
 * Simplified: a pod behind several Services is a station of its own for each of them.
 */
import type { SimTime } from '../kernel/time.js'
import type { RequestModel } from '../model/traffic.js'
import { type LatencyPiece, ServiceAccount } from '../record/service-account.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, Phase, type PodId, type TemplateId } from '../state/ids.js'
import { LoadGroup } from '../state/pod-loads.js'
import { latencyParts, longerThan } from './latency.js'
import { podCores } from './pod-cores.js'
import { type Station, type StationState, stationState } from './queueing.js'
import type { Target } from './service-endpoints.js'
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
  readonly key: string
  readonly load: LoadGroup
  readonly template: TemplateId
  readonly labels: LabelSetId
  readonly cores: number
  pods: PodId[]
  /** Share of each source's requests that one pod gets. */
  shares: number[]
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
  readonly key: string
  readonly account: ServiceAccount
  readonly sources: TrafficSource[] = []
  readonly #state: ClusterState
  readonly #requests: RequestModel
  #groups: PodGroup[] = []
  readonly #loads = new Map<string, LoadGroup>()
  #endpoints = 0
  /** Per source: the share of its requests that is lost, and that leaves the cluster. */
  #lost: number[] = []
  #foreign: number[] = []

  constructor(state: ClusterState, namespace: string, name: string, requests = NO_REQUESTS) {
    this.#state = state
    this.#requests = requests
    this.key = `${namespace}/${name}`
    this.account = new ServiceAccount(namespace, name)
  }

  /** Pods that requests are sent to now. */
  *pods(): Iterable<PodId> {
    for (const { pods } of this.#groups) yield* pods
  }

  /** The endpoints are others, or some of them came to life or died: splits all sources anew. */
  balance(targets: readonly Target[], now: SimTime): void {
    const splits = this.sources.map(source => source.split(targets))
    this.#lost = splits.map(({ lost }) => lost)
    this.#foreign = splits.map(() => 0)
    const groups = new Map<string, PodGroup>()
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
    this.#move([...groups.values()], now)
    this.refresh(now)
  }

  #isAlive(pod: PodId, uid: number): boolean {
    const { pods, nodes } = this.#state
    if (pod === NONE || !pods.exists(pod) || pods.uid[pod] !== uid || pods.phase[pod] !== Phase.Running)
      return false
    const node = pods.nodeOf(pod)
    if (!nodes.exists(node) || nodes.isDown[node] === 1) return false
    return pods.waiting[pod] !== this.#state.reasonId('CrashLoopBackOff')
  }

  /** Most pods of a Service are as the one before: nothing has to be looked up for them. */
  #isAlike(
    { template, labels, cores, shares }: PodGroup,
    pod: PodId,
    splits: readonly Split[],
    place: number,
  ) {
    const { pods } = this.#state
    if (pods.template[pod] !== template || pods.labels[pod] !== labels) return false
    for (let i = 0; i < splits.length; i++) if (splits[i].shares[place] !== shares[i]) return false
    return podCores(this.#state, pod) === cores
  }

  /** Pods whose shares rank alike stay in one group when the shares themselves change. */
  #groupOf(groups: Map<string, PodGroup>, pod: PodId, shares: number[]): PodGroup {
    const { pods } = this.#state
    const template = pods.template[pod] as TemplateId
    const labels = pods.labels[pod] as LabelSetId
    const cores = podCores(this.#state, pod)
    const kind = `${template} ${labels} ${cores}`
    const rounded = shares.map(share => share.toPrecision(9)).join()
    const known = groups.get(`${kind} ${rounded}`)
    if (known !== undefined) return known
    let rank = 0
    for (const other of groups.values()) if (other.key.startsWith(`${kind} #`)) rank++
    const key = `${kind} #${rank}`
    let load = this.#loads.get(key)
    if (load === undefined) {
      load = new LoadGroup(pods.namespace[pod] as NamespaceId, labels, '')
      this.#loads.set(key, load)
    }
    const group: PodGroup = { key, load, template, labels, cores, pods: [], shares }
    groups.set(`${kind} ${rounded}`, group)
    return group
  }

  #move(groups: PodGroup[], now: SimTime): void {
    const { podLoads } = this.#state
    const before = new Map<PodId, LoadGroup>()
    for (const { pods, load } of this.#groups) for (const pod of pods) before.set(pod, load)
    for (const { pods, load } of groups) {
      for (const pod of pods) {
        const former = before.get(pod)
        before.delete(pod)
        if (former === load) continue
        if (former !== undefined) podLoads.leave(pod, former, now)
        podLoads.join(pod, load, now)
      }
    }
    for (const [pod, load] of before) podLoads.leave(pod, load, now)
    this.#groups = groups
  }

  /** The rates of the sources are others: every group gets the state that belongs to them. */
  refresh(now: SimTime): void {
    const { sources } = this
    let requests = 0
    let lost = 0
    let served = 0
    sources.forEach(({ requestsPerSecond }, i) => {
      requests += requestsPerSecond
      lost += requestsPerSecond * this.#lost[i]
      served += requestsPerSecond * this.#foreign[i]
    })
    let refused = 0
    let waiting = 0
    let milliCPU = 0
    const latencies: LatencyPiece[] = []
    for (const group of this.#groups) {
      const station = this.#station(group)
      const state = stationState(station)
      const count = group.pods.length
      served += state.servedPerSecond * count
      refused += state.refusedPerSecond * count
      waiting += state.waiting * count
      const used = this.#use(group, station.arrivalsPerSecond, state, now)
      milliCPU += used * count
      if (state.servedPerSecond <= 0 || station.serviceSeconds <= 0) continue
      const parts = latencyParts(station, state)
      latencies.push({
        servedPerSecond: state.servedPerSecond * count,
        longerThan: seconds => longerThan(parts, seconds),
      })
    }
    const rates = {
      requestsPerSecond: requests,
      servedPerSecond: served,
      refusedPerSecond: refused,
      lostPerSecond: lost,
      waiting,
      endpoints: this.#endpoints,
      milliCPU,
      latencies,
    }
    this.account.change(rates, now)
  }

  /** Tells the store what each pod of the group does; answers its milliCPU. */
  #use(
    { load }: PodGroup,
    arrivals: number,
    { servedPerSecond, waiting }: StationState,
    now: SimTime,
  ): number {
    const milliCPU = servedPerSecond * this.#requests.cpuSeconds * 1000
    this.#state.podLoads.set(load, now, [milliCPU, 0, arrivals, waiting])
    return milliCPU
  }

  #station({ shares, cores }: PodGroup): Station {
    const { cpuSeconds, otherSeconds, concurrency, queue, variation, discipline } = this.#requests
    let arrivals = 0
    let variationSum = 0
    this.sources.forEach((source, i) => {
      const rate = source.requestsPerSecond * shares[i]
      arrivals += rate
      variationSum += rate * source.arrivalVariation(this.#endpoints)
    })
    const alone = cpuSeconds + otherSeconds
    // So many at once use up the CPU; fewer than one means that even one is slowed down.
    const atFullSpeed = cpuSeconds === 0 ? concurrency : Math.min(concurrency, (cores * alone) / cpuSeconds)
    const servers = Math.max(1, atFullSpeed)
    return {
      arrivalsPerSecond: arrivals,
      serviceSeconds: alone * Math.max(1, 1 / atFullSpeed),
      servers: servers === Infinity ? 1e9 : servers,
      capacity: concurrency + queue,
      variation,
      arrivalVariation: arrivals === 0 ? 1 : variationSum / arrivals,
      discipline,
    }
  }
}
