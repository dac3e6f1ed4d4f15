/**
 * The metrics APIs of a cluster: what pods use as it was at the last scrape, never as it is. A scrape is arithmetic on
 * its grid, not an event; what it found is worked out when somebody asks.
 *
 * Upstream: metrics-server (scrape into memory, PodMetrics of metrics.k8s.io/v1beta1), release 0.8; adapters of
 * custom.metrics.k8s.io and external.metrics.k8s.io, with 1.36.
 * Simplified: all nodes are scraped at one time; a pod removed since is not reported; where a load is given for an
 * app, all its running pods use the same in their first container.
 */
import { Streams } from '../kernel/rng.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import { type CompiledSelector, selectorOfLabels } from '../model/labels.js'
import type {
  MetricsApi,
  MetricsRefusal,
  ObjectMetricQuery,
  PodMetricValue,
  PodUsage,
} from '../model/metrics-api.js'
import { hasSelector, type ServiceSpec } from '../model/services.js'
import type { ExternalMetric } from '../model/traffic.js'
import type { WallClock } from '../model/wall-clock.js'
import { Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LoadListener, Measure } from '../state/pod-loads.js'
import { AppSamples } from './app-samples.js'
import type { LoadModel } from './load-model.js'
import { createLoad } from './models/index.js'
import { PodIndex } from './pod-index.js'
import { PodSamples } from './pod-samples.js'
import { RowMetrics } from './row-metrics.js'
import { SilentNodes } from './silent-nodes.js'

export interface MetricsServerSettings {
  /** Time between scrapes. */
  readonly period: SimTime
  /** The time a sample is averaged over. */
  readonly window: SimTime
  /** From a scrape until it is served. */
  readonly delay?: SimTime
  /** Share of the samples that are lost. */
  readonly missing?: number
  /** Age of custom and external metrics. */
  readonly customLag?: SimTime
  readonly external?: readonly ExternalMetric[]
  /** Whether pods that nothing is said of are measured as idle, or not measured at all. */
  readonly measuresIdle?: boolean
  readonly seed?: string
}

interface ExternalSeries {
  readonly metric: ExternalMetric
  readonly load: LoadModel
}

/** Custom metrics that are there by themselves, of pods and of Services. */
const CUSTOM: ReadonlyMap<string, Measure> = new Map([
  ['requests_per_second', Measure.RequestsPerSecond],
  ['requests_waiting', Measure.Waiting],
])

export class MetricsServer implements MetricsApi {
  readonly rows: RowMetrics
  readonly #state: ClusterState
  readonly #clock: WallClock
  readonly #period: SimTime
  readonly #window: SimTime
  readonly #delay: SimTime
  readonly #lag: SimTime
  readonly #measuresIdle: boolean
  readonly #isLossy: boolean
  /** Made when somebody asks for the first time: most runs have nobody who does. */
  #index: PodIndex | undefined
  readonly #samples: PodSamples
  readonly #apps: AppSamples
  readonly #external: readonly ExternalSeries[]

  constructor(state: ClusterState, clock: WallClock, settings: MetricsServerSettings) {
    const { period, window, delay = 0, missing = 0, customLag = 0, external = [], seed = '' } = settings
    this.#state = state
    this.#clock = clock
    this.#period = period
    this.#window = window
    this.#delay = delay
    this.#lag = customLag
    this.#isLossy = missing > 0
    this.#measuresIdle = settings.measuresIdle ?? false
    const streams = new Streams(seed)
    this.#samples = new PodSamples(state, streams.keyed('metrics/missing'), missing)
    this.#apps = new AppSamples(state, this.#samples)
    this.rows = new RowMetrics({
      state,
      clock,
      samples: this.#samples,
      apps: this.#apps,
      index: () => this.#podIndex(),
      period,
      window,
      delay,
      isLossy: this.#isLossy,
      measuresIdle: this.#measuresIdle,
    })
    const surroundings = { streams, epochSeconds: clock.epochSecondsAt(0) }
    this.#external = external.map((metric, i) => ({
      metric,
      load: createLoad(metric.value, `metrics/${metric.name}/${i}`, surroundings),
    }))
    state.podLoads.horizon = Math.max(state.podLoads.horizon, window + period + delay + customLag)
  }

  podUsage(namespace: string, selector: CompiledSelector, now: SimTime): readonly PodUsage[] {
    const at = this.rows.scrapedAt(now)
    if (at < 0) return []
    const scrape = at / this.#period
    const timestamp = this.#clock.wholeSecond(at)
    const { pods, podLoads, memoryGrowths } = this.#state
    const window = this.#window
    const found: PodUsage[] = []
    this.#podIndex().forEach(this.#state.namespaceId(namespace), selector, pod => {
      const ofApp = this.#apps.milliCPU(pod, at)
      if (ofApp === undefined) {
        if (!this.#measuresIdle && podLoads.isIdle(pod) && memoryGrowths.of(pod).length === 0) return
        if (!this.#samples.isThere(pod, at, scrape)) return
      } else if (!this.#samples.wasRunning(pod, at)) return
      const containers = this.rows.containers(pod, at, ofApp)
      found.push({ pod: pods.name[pod] as string, timestamp, window, containers })
    })
    return found
  }

  podMetric(
    namespace: string,
    metric: string,
    selector: CompiledSelector,
    _: CompiledSelector,
    now: SimTime,
  ): readonly PodMetricValue[] | MetricsRefusal {
    const measure = CUSTOM.get(metric)
    if (!this.#measuresIdle || measure === undefined) return this.#noCustom(metric, 'pods')
    const at = this.#laggedAt(now)
    const found: PodMetricValue[] = []
    const { pods } = this.#state
    const timestamp = this.#clock.wholeSecond(at)
    this.#podIndex().forEach(this.#state.namespaceId(namespace), selector, pod => {
      if (!this.#samples.isThere(pod, at, at / this.#period)) return
      const milli = this.#samples.meanMilli(pod, measure, at, this.#window)
      found.push({ pod: pods.name[pod] as string, milli, timestamp, window: this.#window })
    })
    return found
  }

  objectMetric({ namespace, object, metric }: ObjectMetricQuery, now: SimTime): number | MetricsRefusal {
    const measure = CUSTOM.get(metric)
    const { objects } = this.#state
    const id = object.kind === 'Service' ? objects.find('Service', namespace, object.name) : undefined
    if (!this.#measuresIdle || measure === undefined || id === undefined)
      return this.#noCustom(metric, `${object.kind} ${object.name}`)
    const { spec } = objects.get<ServiceSpec>(id)
    if (!hasSelector(spec)) return 0
    const at = this.#laggedAt(now)
    let sum = 0
    const selector = selectorOfLabels(spec.selector ?? {})
    this.#podIndex().forEach(this.#state.namespaceId(namespace), selector, pod => {
      if (this.#samples.isThere(pod, at, at / this.#period))
        sum += this.#samples.meanMilli(pod, measure, at, this.#window)
    })
    return sum
  }

  externalMetric(
    _: string,
    metric: string,
    selector: CompiledSelector,
    now: SimTime,
  ): readonly number[] | MetricsRefusal {
    const series = this.#external.filter(one => one.metric.name === metric)
    if (series.length === 0) {
      const what = `(get ${metric}.external.metrics.k8s.io)`
      return { error: `the server could not find the requested resource ${what}` }
    }
    const at = Math.max(0, now - this.#lag)
    return series
      .filter(one => selector.matches(one.metric.labels))
      .map(({ load }) => Math.ceil(load.at(at) * 1000))
  }

  steadyUntil(namespace: string, selector: CompiledSelector, now: SimTime): SimTime {
    if (this.#isLossy || !this.#apps.isEmpty) return now
    if (this.rows.scrapedAt(now) < 0) return this.#period + this.#delay
    let steady = NEVER
    this.#podIndex().forEach(this.#state.namespaceId(namespace), selector, pod => {
      steady = Math.min(steady, this.rows.steadyUntil(pod, now))
    })
    return steady
  }

  onChange(listener: (namespace: number, labels: number, from: SimTime) => void): void {
    const tell: LoadListener = (namespace, labels, at) =>
      listener(namespace, labels, (Math.floor(at / this.#period) + 1) * this.#period + this.#delay)
    this.#state.podLoads.listen(tell)
    const silent = { source: Source.Nodes, fields: SilentNodes.FIELDS }
    this.#state.log.listen(new SilentNodes(this.#state, tell), [silent])
  }

  #podIndex(): PodIndex {
    this.#index ??= new PodIndex(this.#state)
    return this.#index
  }

  #laggedAt(now: SimTime): SimTime {
    return Math.max(0, Math.floor((now - this.#lag) / this.#period) * this.#period)
  }

  #noCustom(metric: string, what: string): MetricsRefusal {
    if (!this.#measuresIdle) return { error: 'no custom metrics API (custom.metrics.k8s.io) registered' }
    return { error: `the server could not find the metric ${metric} for ${what}` }
  }
}
