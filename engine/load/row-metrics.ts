/**
 * Resource metrics of pods by their rows: what the latest scrape that is served found, and for how long it will find
 * the same.
 *
 * Upstream: metrics-server pkg/storage/pod.go, pkg/api (release 0.8).
 * Simplified: see metrics-server.ts.
 */
import { NEVER, type SimTime } from '../kernel/time.js'
import {
  type ContainerUsage,
  type PodRowMetrics,
  type SampleTime,
  type UsageQuery,
} from '../model/metrics-api.js'
import type { WallClock } from '../model/wall-clock.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'
import type { AppSamples } from './app-samples.js'
import type { PodIndex } from './pod-index.js'
import type { PodSamples } from './pod-samples.js'

export interface RowMetricsOptions {
  readonly state: ClusterState
  readonly clock: WallClock
  readonly samples: PodSamples
  readonly apps: AppSamples
  readonly index: () => PodIndex
  readonly period: SimTime
  readonly window: SimTime
  readonly delay: SimTime
  /** Samples are lost by chance. */
  readonly isLossy: boolean
  readonly measuresIdle: boolean
}

interface SharedSample {
  readonly source: object
  readonly template: number
  readonly at: SimTime
  readonly containers: readonly ContainerUsage[]
}

interface SharedUsage {
  readonly source: object
  readonly template: number
  readonly milli: number | undefined
}

export class RowMetrics implements PodRowMetrics {
  readonly #options: RowMetricsOptions
  #latest: SharedSample | undefined

  constructor(options: RowMetricsOptions) {
    this.#options = options
  }

  each(
    { namespace, selector, resource, container }: UsageQuery,
    now: SimTime,
    visit: (pod: number, usageMilli: number, source: object | undefined) => void,
  ): SampleTime | undefined {
    const { state, clock, samples, apps, index, period, window, isLossy, measuresIdle } = this.#options
    const at = this.scrapedAt(now)
    if (at < 0 || !apps.isEmpty) return undefined
    const scrape = at / period
    const { podLoads, memoryGrowths } = state
    let last: SharedUsage | undefined
    index().forEach(state.namespaceId(namespace), selector, pod => {
      if (!measuresIdle && podLoads.isIdle(pod) && memoryGrowths.of(pod).length === 0) return
      if (!samples.isThere(pod, at, scrape)) return
      const source = this.#sourceOf(pod, at)
      const template = state.pods.templateOf(pod)
      let milli: number | undefined
      if (source !== undefined && last?.source === source && last.template === template) {
        milli = last.milli
      } else {
        milli = this.#usageMilli(pod, at, resource, container)
        last = source === undefined ? undefined : { source, template, milli }
      }
      if (milli !== undefined) visit(pod, milli, isLossy ? undefined : source)
    })
    return { timestamp: clock.wholeSecond(at), window }
  }

  usage(row: number, resource: string, container: string, now: SimTime): number | undefined {
    const { samples, apps, period } = this.#options
    const at = this.scrapedAt(now)
    const pod = row as PodId
    if (at < 0 || !apps.isEmpty || !samples.isThere(pod, at, at / period)) return undefined
    return this.#usageMilli(pod, at, resource, container)
  }

  steadyUntil(row: number, now: SimTime): SimTime {
    const { state, apps, period, window, delay, isLossy } = this.#options
    if (isLossy || !apps.isEmpty) return now
    const at = this.scrapedAt(now)
    const runningAt = state.pods.runningAt[row]
    const isYoung = at < 0 || (runningAt !== NEVER && runningAt >= at)
    const pod = row as PodId
    const isMoving = state.podLoads.isMoving(pod, at - window, runningAt)
    if (!isYoung && !isMoving && !state.memoryGrowths.isGrowing(pod, at - window)) return NEVER
    return Math.max(at, 0) + period + delay
  }

  /** The latest scrape that is served; negative before the first. */
  scrapedAt(now: SimTime): SimTime {
    const { period, delay } = this.#options
    return Math.floor((now - delay) / period) * period
  }

  /** What the containers used; `ofApp`: milliCPU that a load of its app gives to the first one. */
  containers(pod: PodId, at: SimTime, ofApp: number | undefined): readonly ContainerUsage[] {
    return ofApp === undefined
      ? this.#containers(pod, at, this.#sourceOf(pod, at))
      : this.#measure(pod, at, ofApp)
  }

  /** What the pod has done over the whole window; undefined when it is younger, did several things, or grows. */
  #sourceOf(pod: PodId, at: SimTime): object | undefined {
    const { state, window } = this.#options
    const since = at - window
    const isOwn = state.pods.runningAt[pod] > since || state.memoryGrowths.of(pod).length > 0
    return isOwn ? undefined : state.podLoads.steadySource(pod, since)
  }

  #containers(pod: PodId, at: SimTime, source: object | undefined): readonly ContainerUsage[] {
    if (source === undefined) return this.#measure(pod, at, undefined)
    // Pods that have done the same over the whole window have the same sample.
    const template = this.#options.state.pods.templateOf(pod)
    const same = this.#latest
    if (same?.source === source && same.template === template && same.at === at) return same.containers
    const containers = this.#measure(pod, at, undefined)
    this.#latest = { source, template, at, containers }
    return containers
  }

  /** What the containers used together, or the one that is named; undefined when nobody tells. */
  #usageMilli(pod: PodId, at: SimTime, resource: string, container: string): number | undefined {
    if (resource !== 'cpu' && resource !== 'memory') return undefined
    const { state, samples, window } = this.#options
    const { containers } = state.templates.get(state.pods.templateOf(pod)).spec
    let sum: number | undefined
    for (let i = 0; i < containers.length; i++) {
      const { name } = containers[i]
      if (container !== '' && name !== container) continue
      sum = (sum ?? 0) + samples.usageMilli(pod, name, i === 0, resource, at, window)
    }
    return sum
  }

  #measure(pod: PodId, at: SimTime, ofApp: number | undefined): ContainerUsage[] {
    const { state, samples, window } = this.#options
    const { spec } = state.templates.get(state.pods.templateOf(pod))
    return spec.containers.map(({ name }, i) => {
      const isFirst = i === 0
      if (ofApp !== undefined) return { name, usageMilli: new Map([['cpu', isFirst ? ofApp : 0]]) }
      const cpu = samples.usageMilli(pod, name, isFirst, 'cpu', at, window)
      const memory = samples.usageMilli(pod, name, isFirst, 'memory', at, window)
      const usageMilli = new Map([
        ['cpu', cpu],
        ['memory', memory],
      ])
      return { name, usageMilli }
    })
  }
}
