/**
 * Counts the evictions of one run against its limits, for a node, a namespace and in all.
 * Upstream: pkg/descheduler/evictions/evictions.go of the descheduler 0.36.0, gate EvictionsInBackground off.
 * Simplified: nothing known.
 */
import type { ViewedPod } from './cluster-view.js'

/** What became of an eviction: plugins go on differently when a limit of the node or of all is reached. */
export const Eviction = {
  Done: 'done',
  NodeLimit: 'node limit',
  TotalLimit: 'total limit',
  /** The limit of the namespace is reached, or the API refused. */
  Failed: 'failed',
} as const
export type Eviction = (typeof Eviction)[keyof typeof Eviction]

export interface Limits {
  readonly perNode?: number
  readonly perNamespace?: number
  readonly total?: number
}

export class EvictionLimits {
  readonly #limits: Limits
  readonly #ofNode = new Map<string, number>()
  readonly #ofNamespace = new Map<string, number>()
  #total = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @param ask asks the API; only evictions it grants are counted */
  evict(pod: ViewedPod, ask: (pod: ViewedPod) => boolean): Eviction {
    const { perNode = Infinity, perNamespace = Infinity, total = Infinity } = this.#limits
    const ofNode = this.#ofNode.get(pod.nodeName) ?? 0
    const ofNamespace = this.#ofNamespace.get(pod.namespace) ?? 0
    if (this.#total >= total) return Eviction.TotalLimit
    if (pod.nodeName !== '' && ofNode >= perNode) return Eviction.NodeLimit
    if (ofNamespace >= perNamespace || !ask(pod)) return Eviction.Failed
    this.#ofNode.set(pod.nodeName, ofNode + 1)
    this.#ofNamespace.set(pod.namespace, ofNamespace + 1)
    this.#total++
    return Eviction.Done
  }
}
