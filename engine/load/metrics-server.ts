/**
 * The metrics APIs of a cluster: CPU of pods as it was at the last scrape, never as it is. A scrape is
 * arithmetic on its grid, not an event; what it would have found is worked out when somebody asks, once
 * per scrape.
 *
 * Upstream: metrics-server (scrape into memory, PodMetrics of metrics.k8s.io/v1beta1), release 0.8 with
 * 1.36.
 * Simplified: loads are per app and all its running pods use the same, in their first container; a pod
 * removed since the scrape is neither reported nor counted among those the load was divided by. No custom
 * and no external metrics API is registered.
 */
import { NEVER, type SimTime } from '../kernel/time.js'
import type { CompiledSelector } from '../model/labels.js'
import type { ContainerUsage, MetricsApi, MetricsRefusal, PodUsage } from '../model/metrics-api.js'
import type { WallClock } from '../model/wall-clock.js'
import type { AppLoad } from '../state/app-usage.js'
import type { ClusterState } from '../state/cluster-state.js'
import { Phase, type PodId } from '../state/ids.js'

export interface MetricsServerSettings {
  /** Time between scrapes. */
  readonly period: SimTime
  /** The time a sample is averaged over. */
  readonly window: SimTime
}

interface ScrapedApp {
  readonly pods: PodId[]
  readonly uids: number[]
  readonly load: AppLoad
  milliCPU: number
}

export class MetricsServer implements MetricsApi {
  readonly #state: ClusterState
  readonly #clock: WallClock
  readonly #settings: MetricsServerSettings
  #scrapedAt: SimTime = -1
  #scraped = new Map<string, ScrapedApp>()

  constructor(state: ClusterState, clock: WallClock, settings: MetricsServerSettings) {
    this.#state = state
    this.#clock = clock
    this.#settings = settings
  }

  podUsage(namespace: string, selector: CompiledSelector, now: SimTime): readonly PodUsage[] {
    const { period, window } = this.#settings
    const at = Math.floor(now / period) * period
    if (at !== this.#scrapedAt) this.#scrape(at)
    const { pods, labelSets } = this.#state
    const namespaceId = this.#state.namespaceId(namespace)
    const timestamp = this.#clock.wholeSecond(at)
    const found: PodUsage[] = []
    for (const { pods: rows, uids, milliCPU } of this.#scraped.values()) {
      for (let i = 0; i < rows.length; i++) {
        const pod = rows[i]
        if (pods.namespace[pod] !== namespaceId || pods.uid[pod] !== uids[i] || !pods.exists(pod)) continue
        if (!selector.matches(labelSets.get(pods.labelsOf(pod)))) continue
        const containers = this.#containers(pod, milliCPU)
        found.push({ pod: pods.name[pod] as string, timestamp, window, containers })
      }
    }
    return found
  }

  podMetric(): MetricsRefusal {
    return { error: 'no custom metrics API (custom.metrics.k8s.io) registered' }
  }

  objectMetric(): MetricsRefusal {
    return { error: 'no custom metrics API (custom.metrics.k8s.io) registered' }
  }

  externalMetric(_: string, metric: string): MetricsRefusal {
    return {
      error: `the server could not find the requested resource (get ${metric}.external.metrics.k8s.io)`,
    }
  }

  #scrape(at: SimTime): void {
    this.#scrapedAt = at
    const apps = new Map<string, ScrapedApp>()
    this.#scraped = apps
    const { pods, labelSets, appUsage } = this.#state
    if (appUsage.isEmpty) return
    for (let row = 0; row < pods.highWater; row++) {
      const pod = row as PodId
      if (!pods.exists(pod) || !this.#wasRunning(pod, at)) continue
      const label = labelSets.get(pods.labelsOf(pod))['app']
      if (label === undefined) continue
      let app = apps.get(label)
      if (app === undefined) {
        const load = appUsage.loadAt(label, at)
        if (load === undefined) continue
        app = { pods: [], uids: [], load, milliCPU: 0 }
        apps.set(label, app)
      }
      app.pods.push(pod)
      app.uids.push(pods.uid[pod])
    }
    for (const app of apps.values()) app.milliCPU = usageOf(app.load, app.pods.length)
  }

  #wasRunning(pod: PodId, at: SimTime): boolean {
    const { pods } = this.#state
    const runningAt = pods.runningAt[pod]
    if (runningAt === NEVER || runningAt > at) return false
    return pods.phase[pod] === Phase.Running || (pods.isFinished(pod) && pods.finishedAt[pod] > at)
  }

  #containers(pod: PodId, milliCPU: number): ContainerUsage[] {
    const { spec } = this.#state.templates.get(this.#state.pods.templateOf(pod))
    return spec.containers.map(({ name }, i) => ({
      name,
      usageMilli: new Map([['cpu', i === 0 ? milliCPU : 0]]),
    }))
  }
}

/** Whole milliCPU of each pod. */
function usageOf(
  { totalMilliCPU, perPodMilliCPU = 0, maxMilliCPU = Infinity }: AppLoad,
  running: number,
): number {
  if (totalMilliCPU === undefined) return perPodMilliCPU
  return Math.floor(Math.min(totalMilliCPU / running, maxMilliCPU))
}
