/**
 * Which node group grows, where several could help: filters in succession until one option is left, chance among what
 * remains.
 *
 * Upstream: expander/expander.go and expander/factory/chain.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import type { PodId } from '../../state/ids.js'

/** One group that could grow: by how much, and for whom. */
export interface ExpansionOption {
  readonly group: string
  readonly nodeCount: number
  readonly pods: readonly PodId[]
  /** What all the pods request together. */
  readonly requestedMilliCPU: number
  readonly requestedMemoryBytes: number
  /** The capacity of one node of the group. */
  readonly capacityMilliCPU: number
  readonly capacityMemoryBytes: number
  /** Allocatable `nvidia.com/gpu` of one node. */
  readonly gpus: number
  /** Of one node for one hour; undefined: nobody knows. */
  readonly price: number | undefined
}

/** What some expanders look at beside the options. */
export interface ExpansionContext {
  readonly clusterNodes: number
  /** The ConfigMap's `priorities`; undefined: there is none. */
  readonly priorities: string | undefined
  /** A number in [0, 1). */
  readonly draw: () => number
  /** Upstream's events about the configuration of priorities. */
  readonly warn: (reason: string, message: string) => void
}

export interface Expander {
  readonly name: string
  readonly about: string
  /** The options that are no worse than any other; none when it can say nothing of any. */
  best(options: readonly ExpansionOption[], context: ExpansionContext): readonly ExpansionOption[]
}

/** The choice of a chain of expanders. */
export function chooseOption(
  chain: readonly Expander[],
  options: readonly ExpansionOption[],
  context: ExpansionContext,
): ExpansionOption | undefined {
  let left = options
  for (const expander of chain) {
    left = expander.best(left, context)
    if (left.length === 1) return left[0]
  }
  return left.length === 0 ? undefined : left[Math.floor(context.draw() * left.length)]
}

/** All options with the lowest number. */
export function lowest(
  options: readonly ExpansionOption[],
  numberOf: (option: ExpansionOption) => number,
): readonly ExpansionOption[] {
  let best: ExpansionOption[] = []
  let least = Infinity
  for (const option of options) {
    const number = numberOf(option)
    if (number < least || best.length === 0) {
      least = number
      best = [option]
    } else if (number === least) best.push(option)
  }
  return best
}
