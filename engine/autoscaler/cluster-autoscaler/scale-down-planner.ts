/**
 * Decides loop by loop which nodes nobody needs, and which of them have been unneeded for long enough to go.
 *
 * Upstream: core/scaledown/planner/planner.go of cluster-autoscaler 1.36.1.
 * Simplified: the simulation never runs out of time.
 */
import type { SimTime } from '../../kernel/time.js'
import type { NodeId, PodId } from '../../state/ids.js'
import { PlacementHints } from '../placement-hints.js'
import type { RemainingBudgets } from '../remaining-budgets.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { Deletions, ParallelismLimits } from './deletion-budgets.js'
import type { DrainRules } from './drain-rules.js'
import { type ClusterFacts, type EligibilityOptions, eligibleNodes } from './eligibility.js'
import { type NodeToBeRemoved, RemovalSimulator, UnremovableReason } from './removal-simulator.js'
import { type ResourceLimits, ResourceTracker } from './resource-limits.js'
import { UnneededNodes, type UnneededTimes } from './unneeded-nodes.js'
import { UnremovableNodes } from './unremovable-nodes.js'

export interface PlannerOptions extends EligibilityOptions, UnneededTimes, ParallelismLimits {
  /** How long a node that could not be removed is left alone. */
  readonly unremovableNodeRecheck: SimTime
  readonly limits: ResourceLimits
  /** Time between two looks, where looks at an unchanged cluster are left out. Absent: as it comes. */
  readonly loopInterval?: SimTime
}

/** Deletions that have begun and are not over. */
export interface OngoingDeletions {
  readonly nodes: ReadonlySet<NodeId>
  readonly deletionsIn: (group: string) => number
  /** Pods evicted lately that somebody will bring back, and that are not back yet. */
  readonly recentlyEvicted: readonly PodId[]
}

export const NO_DELETIONS: OngoingDeletions = {
  nodes: new Set(),
  deletionsIn: () => 0,
  recentlyEvicted: [],
}

export interface PlannerSettings {
  readonly cluster: SimulatedCluster
  readonly facts: ClusterFacts
  readonly budgets: RemainingBudgets
  readonly rules: DrainRules
  readonly options: PlannerOptions
}

export class ScaleDownPlanner {
  readonly #settings: PlannerSettings
  readonly unremovable = new UnremovableNodes()
  readonly unneeded: UnneededNodes
  readonly #simulator: RemovalSimulator
  readonly #injector: PlacementHints
  #lastUpdate: SimTime | undefined
  #shortestInterval: SimTime

  constructor(settings: PlannerSettings) {
    const { cluster, facts, rules, options } = settings
    this.#settings = settings
    this.unneeded = new UnneededNodes(cluster, facts, options)
    this.#simulator = new RemovalSimulator(cluster, rules)
    this.#injector = new PlacementHints(cluster)
    this.#shortestInterval = Math.max(1, options.scaleDownUnneededTime)
  }

  /** One look at the cluster: finds the unneeded nodes. Budgets are consumed, the cluster stays as it was. */
  update(
    destinations: readonly NodeId[],
    candidates: readonly NodeId[],
    ongoing: OngoingDeletions,
    now: SimTime,
  ): void {
    const { cluster } = this.#settings
    if (this.#lastUpdate !== undefined) {
      const { loopInterval = now - this.#lastUpdate } = this.#settings.options
      this.#shortestInterval = Math.min(this.#shortestInterval, loopInterval)
    }
    this.#lastUpdate = now
    cluster.fork()
    this.#injector.placeAll(ongoing.recentlyEvicted, () => true)
    const isStaying = (node: NodeId): boolean => !ongoing.nodes.has(node)
    this.#categorize(new Set(destinations.filter(isStaying)), candidates.filter(isStaying), now)
    this.#simulator.dropOldHints()
    this.#injector.dropOld()
    cluster.revert()
  }

  /** The unneeded nodes whose time has come, the least risky first; how many go at once is not decided here. */
  nodesToDelete({ deletionsIn }: OngoingDeletions): Deletions {
    const { cluster, facts, options } = this.#settings
    const limits = new ResourceTracker(cluster, facts.groups, options.limits, 'min')
    const removable = this.unneeded.removableAt(this.#lastUpdate ?? 0, limits, deletionsIn)
    for (const node of removable.unremovable) this.unremovable.add(node)
    const { needDrain } = removable
    const inOrder = [
      ...removable.empty,
      ...needDrain.filter(({ isRisky }) => !isRisky),
      ...needDrain.filter(({ isRisky }) => isRisky),
    ]
    const empty: NodeId[] = []
    const drain: NodeId[] = []
    for (const { node, podsToReschedule, onCompletionPods } of inOrder) {
      if (onCompletionPods.length > 0) {
        this.unremovable.add({ node, reason: UnremovableReason.BlockedByOnCompletionPod })
      } else if (podsToReschedule.length > 0) drain.push(node)
      else empty.push(node)
    }
    return { empty, drain }
  }

  /** The row of a node that is gone may soon stand for another one. */
  forget(node: NodeId): void {
    this.unneeded.forget(node)
    this.unremovable.forget(node)
  }

  #categorize(destinations: Set<NodeId>, candidates: readonly NodeId[], now: SimTime): void {
    const { cluster, facts, budgets, options } = this.#settings
    this.unremovable.update(now, node => cluster.isListed(node))
    const eligible = eligibleNodes(cluster, candidates, facts, options, this.unremovable, now)
    const found: NodeToBeRemoved[] = []
    const limit = this.#unneededLimit()
    for (const node of eligible) {
      if (found.length >= limit) break
      const { removable, unremovable } = this.#simulator.simulate(node, destinations, now)
      if (removable === undefined) {
        this.unremovable.addUntil(unremovable, now + options.unremovableNodeRecheck)
        continue
      }
      const pods = removable.podsToReschedule
      const isRisky = !budgets.allowsInParallel(pods)
      destinations.delete(node)
      budgets.consume(pods)
      found.push({ ...removable, isRisky })
    }
    this.unneeded.update(found, now)
  }

  /** No more unneeded nodes are looked for than could be deleted while they wait. */
  #unneededLimit(): number {
    const { maxScaleDownParallelism: atOnce, scaleDownUnneededTime } = this.#settings.options
    const rounds = Math.floor(
      Math.max(scaleDownUnneededTime, this.#shortestInterval) / this.#shortestInterval,
    )
    return Math.min(this.unneeded.size + 2 * atOnce, atOnce * rounds + atOnce)
  }
}
