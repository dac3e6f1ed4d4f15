/**
 * What metrics-server holds of a pod after one scrape: the mean use of its containers over the window before it, or
 * since the start of a younger pod.
 *
 * Upstream: metrics-server pkg/storage/pod.go, pkg/scraper (release 0.8).
 * Simplified: the first sample of a pod needs one scrape after its start; memory is averaged, too.
 */
import type { KeyedDraws } from '../kernel/rng.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import type { ClusterState } from '../state/cluster-state.js'
import { Phase, type PodId } from '../state/ids.js'
import { Measure } from '../state/pod-loads.js'

/** Floating point leaves a millionth too much here and there; the API rounds up to whole numbers. */
const ROUNDING = 1e-6

export class PodSamples {
  readonly #state: ClusterState
  readonly #draws: KeyedDraws
  readonly #missing: number

  /** @param missing share of the samples that are lost */
  constructor(state: ClusterState, draws: KeyedDraws, missing: number) {
    this.#state = state
    this.#draws = draws
    this.#missing = missing
  }

  /** Whether the scrape at that time found the pod. */
  isThere(pod: PodId, at: SimTime, scrape: number): boolean {
    const { pods, nodes } = this.#state
    const { runningAt } = pods
    if (!this.wasRunning(pod, at) || runningAt[pod] === at) return false
    // A kubelet that is silent answers no scraper, and samples before that are not kept.
    const node = pods.nodeOf(pod)
    if (!nodes.exists(node) || nodes.leaseStoppedAt[node] <= at) return false
    return this.#missing === 0 || this.#draws.at(pods.uid[pod], scrape) >= this.#missing
  }

  wasRunning(pod: PodId, at: SimTime): boolean {
    const { pods } = this.#state
    const runningAt = pods.runningAt[pod]
    if (runningAt === NEVER || runningAt > at) return false
    return pods.phase[pod] === Phase.Running || (pods.isFinished(pod) && pods.finishedAt[pod] > at)
  }

  /** Mean over the window, of one container: milliCPU, or thousandths of bytes; undefined when nothing tells. */
  usageMilli(
    pod: PodId,
    container: string,
    isFirst: boolean,
    resource: 'cpu' | 'memory',
    at: SimTime,
    window: SimTime,
  ): number {
    const from = Math.max(at - window, this.#state.pods.runningAt[pod])
    const measure = resource === 'cpu' ? Measure.MilliCPU : Measure.MemoryBytes
    const sum = this.#state.podLoads.integral(pod, container, isFirst, measure, from, at)
    const grown = resource === 'memory' ? this.#state.memoryGrowths.mean(pod, container, from, at) : 0
    const mean = sum / (at - from) + grown
    return Math.ceil((resource === 'cpu' ? mean : mean * 1000) - ROUNDING)
  }

  /** Mean over the window of what all groups of the pod do, in thousandths. */
  meanMilli(pod: PodId, measure: Measure, at: SimTime, window: SimTime): number {
    const from = Math.max(at - window, this.#state.pods.runningAt[pod])
    let sum = 0
    for (const { group, from: joined, until } of this.#state.podLoads.of(pod))
      sum += group.integral(measure, Math.max(from, joined), Math.min(at, until))
    return Math.ceil((sum / (at - from)) * 1000 - ROUNDING)
  }
}
