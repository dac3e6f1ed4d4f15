/**
 * The disruption budgets of pods as Karpenter asks them: whether each pod of a node could be evicted now, one at a
 * time, and whether a pod can never be.
 * Upstream: Karpenter core 1.15, pkg/utils/pdb/pdb.go.
 * Simplified: a budget whose selector cannot be read covers nothing, where upstream gives up the whole pass.
 */
import type { SimTime } from '../../kernel/time.js'
import { type CompiledSelector, compileSelector } from '../../model/labels.js'
import {
  ALWAYS_ALLOW,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
} from '../../model/pod-disruption-budget.js'
import { type DisruptedPod, isDisruptable, isEvictable, isReschedulable } from './disrupted-pod.js'

export interface GivenPodBudget {
  readonly namespace: string
  readonly name: string
  readonly spec: PodDisruptionBudgetSpec
  readonly status: Pick<PodDisruptionBudgetStatus, 'disruptionsAllowed'>
}

interface Limit {
  readonly namespace: string
  readonly key: string
  readonly selector: CompiledSelector | undefined
  readonly allowsNoneNow: boolean
  readonly allowsNoneEver: boolean
  readonly allowsUnready: boolean
}

export class EvictionLimits {
  readonly #limits: readonly Limit[]
  readonly #now: SimTime

  constructor(budgets: readonly GivenPodBudget[], now: SimTime) {
    this.#limits = budgets.map(limitOf)
    this.#now = now
  }

  /** Budgets, as `namespace/name`, that hold the first of the pods that cannot be evicted; empty: all can be. */
  blocking(pods: readonly DisruptedPod[]): readonly string[] {
    for (const pod of pods) {
      const blocking = this.#blocking(pod, ({ allowsNoneNow }) => allowsNoneNow)
      if (blocking.length > 0) return blocking
    }
    return []
  }

  /** Whether the pod will have to find another place, and nothing keeps it from leaving this one. */
  isCurrentlyReschedulable(pod: DisruptedPod): boolean {
    return (
      isReschedulable(pod) &&
      isDisruptable(pod, this.#now) &&
      this.#blocking(pod, ({ allowsNoneEver }) => allowsNoneEver).length === 0
    )
  }

  #blocking(pod: DisruptedPod, blocks: (limit: Limit) => boolean): readonly string[] {
    if (!isEvictable(pod, this.#now)) return []
    const covering = this.#limits.filter(
      ({ namespace, selector }) => namespace === pod.namespace && selector?.matches(pod.labels) === true,
    )
    // The API refuses to evict a pod of two budgets whatever they allow.
    if (covering.length > 1) return covering.map(({ key }) => key)
    const blocking = covering.filter(limit => !(limit.allowsUnready && pod.isUnready) && blocks(limit))
    return blocking.map(({ key }) => key)
  }
}

function limitOf({ namespace, name, spec, status }: GivenPodBudget): Limit {
  const { maxUnavailable, minAvailable, selector, unhealthyPodEvictionPolicy } = spec
  return {
    namespace,
    key: `${namespace}/${name}`,
    selector: compileSelector(selector),
    allowsNoneNow: status.disruptionsAllowed === 0,
    allowsNoneEver: maxUnavailable === 0 || maxUnavailable === '0%' || minAvailable === '100%',
    allowsUnready: unhealthyPodEvictionPolicy === ALWAYS_ALLOW,
  }
}
