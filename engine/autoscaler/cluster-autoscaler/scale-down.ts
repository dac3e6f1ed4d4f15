/**
 * The half of a loop that makes the cluster smaller: which nodes could go, which of them have waited long enough, and
 * whether anything may be deleted now.
 *
 * Upstream: scaleDown of core/static_autoscaler.go and processors/scaledowncandidates of cluster-autoscaler 1.36.1.
 * Simplified: delays after a scale-up are for the whole cluster (--scale-down-delay-type-local is off by default).
 */
import type { SimTime } from '../../kernel/time.js'
import type { ClusterAutoscalerSettings } from '../../model/cluster-autoscaler-defaults.js'
import type { NodeId } from '../../state/ids.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { ClusterWatch } from './cluster-watch.js'
import type { DrainRules } from './drain-rules.js'
import type { NodeDeleter } from './node-deleter.js'
import type { NodeGroups } from './node-group.js'
import type { OngoingDeletions, ScaleDownPlanner } from './scale-down-planner.js'

export interface ScaleDownSettings {
  readonly cluster: SimulatedCluster
  readonly watch: ClusterWatch
  readonly groups: NodeGroups
  readonly rules: DrainRules
  readonly planner: ScaleDownPlanner
  readonly deleter: NodeDeleter
  readonly options: ClusterAutoscalerSettings
}

export class ScaleDown {
  readonly #settings: ScaleDownSettings
  #lastScaleUp = Number.NEGATIVE_INFINITY
  #lastDeletion = Number.NEGATIVE_INFINITY
  /** What the last loop found, to see whether another one would find more. */
  #found = ''
  /** Marks that did not fit into the last loop. */
  #isMarkingLeft = false

  constructor(settings: ScaleDownSettings) {
    this.#settings = settings
  }

  scaledUp(now: SimTime): void {
    this.#lastScaleUp = now
  }

  /** Answers whether deletions begin. `nodes` are those that have started; some loops only look. */
  run(nodes: readonly NodeId[], onlyLooks: boolean, now: SimTime): boolean {
    const { planner, deleter } = this.#settings
    const ongoing = this.#ongoing()
    const candidates = this.#candidates(nodes, now)
    planner.update(nodes, candidates, ongoing, now)
    const isWaiting = onlyLooks || this.#delayEnd() > now
    const isDeleting =
      !isWaiting && candidates.length > 0 && deleter.deleteNodes(planner.nodesToDelete(ongoing))
    if (isDeleting) this.#lastDeletion = now
    const unneeded = new Set(planner.unneeded.nodes)
    this.#isMarkingLeft = deleter.markCandidates(node => unneeded.has(node))
    return isDeleting
  }

  /** Whether a loop now would find or mark more than the last one did, though nothing else has changed. */
  isUnsettled(): boolean {
    const { planner } = this.#settings
    const found = [...planner.unneeded.nodes, '/', ...planner.unremovable.reasons.keys()].join(' ')
    const isNew = found !== this.#found
    this.#found = found
    return isNew || this.#isMarkingLeft
  }

  /** When waiting alone will let a node go. */
  nextChange(changedAt: SimTime, now: SimTime): SimTime | undefined {
    const { planner, options } = this.#settings
    const times: SimTime[] = []
    const removable = planner.unneeded.nextRemovable(now)
    if (removable !== undefined) times.push(removable)
    if (planner.unneeded.size > 0 && this.#delayEnd() > now) times.push(this.#delayEnd())
    const look = planner.unremovable.nextLook(changedAt, options.unremovableNodeRecheck)
    if (look !== undefined) times.push(look)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  #delayEnd(): SimTime {
    const { scaleDownDelayAfterAdd, scaleDownDelayAfterDelete } = this.#settings.options
    return Math.max(
      this.#lastScaleUp + scaleDownDelayAfterAdd,
      this.#lastDeletion + scaleDownDelayAfterDelete,
    )
  }

  #ongoing(): OngoingDeletions {
    const { deleter, watch } = this.#settings
    const nodes = new Set<NodeId>()
    for (const original of deleter.ongoing) {
      const node = watch.copy.nodeOf(original)
      if (node !== undefined) nodes.add(node)
    }
    // Evictions are remembered for no time at all, so none is ever recent.
    return { nodes, deletionsIn: group => deleter.deletionsIn(group), recentlyEvicted: [] }
  }

  /** Nodes of groups above their minimum: empty ones first, then those that were unneeded before, then by name. */
  #candidates(nodes: readonly NodeId[], now: SimTime): NodeId[] {
    const { groups, planner, rules } = this.#settings
    const candidates = nodes.filter(node => {
      const group = groups.of(node)
      return group !== undefined && group.targetSize > group.minSize
    })
    const before = new Set(planner.unneeded.nodes)
    const rank = new Map(
      candidates.map(node => {
        const { pods, blocking } = rules.podsToMove(node, now)
        const isEmpty = blocking === undefined && pods.length === 0
        return [node, (isEmpty ? 0 : 2) + (before.has(node) ? 0 : 1)]
      }),
    )
    return candidates.sort((a, b) => (rank.get(a) as number) - (rank.get(b) as number))
  }
}
