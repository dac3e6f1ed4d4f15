/**
 * A pod as Karpenter's scheduling looks at it, bound or not.
 * Upstream: Karpenter core 1.15, pkg/utils/pod/scheduling.go and pkg/utils/resources/resources.go.
 * Simplified: resources of a resize under way do not count.
 */
import type { Labels, PodSpec } from '../../model/pod-spec.js'
import { type AmountMap, effectiveRequests } from '../../model/resources.js'
import type { ResourceAmounts } from './instance-type.js'

export interface SchedulingPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels: Labels
  /** Pods of one template should share one object: much is reckoned once a spec. Its `nodeName` does not count. */
  readonly spec: PodSpec
  readonly createdAtSeconds: number
  /** The node it is bound to. */
  readonly nodeName: string | undefined
  readonly isPending: boolean
  /** Succeeded or failed. */
  readonly isTerminal: boolean
  readonly isTerminating: boolean
  readonly isOfDaemonSet: boolean
}

const requestsOfSpec = new WeakMap<PodSpec, ResourceAmounts>()

/** What the pod asks for, one of `pods` included. */
export function requestsOf(spec: PodSpec): ResourceAmounts {
  let requests = requestsOfSpec.get(spec)
  if (requests === undefined) {
    requests = new Map([...effectiveRequests(spec), ['pods', 1]])
    requestsOfSpec.set(spec, requests)
  }
  return requests
}

export function addAmounts(sum: AmountMap, amounts: ResourceAmounts): void {
  for (const [name, amount] of amounts) sum.set(name, (sum.get(name) ?? 0) + amount)
}

/** The left side less the right one; resources of the right side alone are left out. */
export function amountsLeft(amounts: ResourceAmounts, taken: ResourceAmounts): AmountMap {
  const left: AmountMap = new Map()
  for (const [name, amount] of amounts) left.set(name, amount - (taken.get(name) ?? 0))
  return left
}
