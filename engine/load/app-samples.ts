/**
 * Loads that operations set for all pods with a label `app`, as a scrape finds them.
 * Upstream: nothing; the fake metrics of recorded runs.
 * Simplified: a pod removed since the scrape is not counted among those that a total was divided by.
 */
import type { SimTime } from '../kernel/time.js'
import type { AppLoad } from '../state/app-usage.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'
import type { PodSamples } from './pod-samples.js'

export class AppSamples {
  readonly #state: ClusterState
  readonly #samples: PodSamples
  #scrapedAt: SimTime = -1
  /** Whole milliCPU of each running pod, by app. */
  #milliCPU = new Map<string, number>()

  constructor(state: ClusterState, samples: PodSamples) {
    this.#state = state
    this.#samples = samples
  }

  get isEmpty(): boolean {
    return this.#state.appUsage.isEmpty
  }

  /** What the pod used, if it ran, as the load of its app says; undefined when there is none. */
  milliCPU(pod: PodId, at: SimTime): number | undefined {
    if (this.isEmpty) return undefined
    if (at !== this.#scrapedAt) this.#scrape(at)
    const { pods, labelSets } = this.#state
    const app = labelSets.get(pods.labelsOf(pod))['app']
    return app === undefined ? undefined : this.#milliCPU.get(app)
  }

  #scrape(at: SimTime): void {
    this.#scrapedAt = at
    const running = new Map<string, { load: AppLoad; count: number }>()
    const { pods, labelSets, appUsage } = this.#state
    for (let row = 0; row < pods.highWater; row++) {
      const pod = row as PodId
      if (!pods.exists(pod) || !this.#samples.wasRunning(pod, at)) continue
      const label = labelSets.get(pods.labelsOf(pod))['app']
      if (label === undefined) continue
      const known = running.get(label)
      const load = known?.load ?? appUsage.loadAt(label, at)
      if (load !== undefined) running.set(label, { load, count: (known?.count ?? 0) + 1 })
    }
    this.#milliCPU = new Map([...running].map(([app, { load, count }]) => [app, usageOf(load, count)]))
  }
}

function usageOf(
  { totalMilliCPU, perPodMilliCPU = 0, maxMilliCPU = Infinity }: AppLoad,
  running: number,
): number {
  if (totalMilliCPU === undefined) return perPodMilliCPU
  return Math.floor(Math.min(totalMilliCPU / running, maxMilliCPU))
}
