/**
 * What a drain of a node cannot get past, told from the objects before it begins: pods that kubectl refuses
 * to touch, pods of several budgets, budgets that never allow an eviction or cannot as long as other pods are
 * stuck, and budgets whose replacements find no room. Said is only what is certain as long as nobody else
 * changes anything.
 *
 * Upstream: staging/src/k8s.io/kubectl/pkg/drain (1.36), pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: with an autoscaler that may still add nodes a lack of room is never foreseen.
 */
import type { Budget, MatchingBudgets } from '../../apiserver/matching-budgets.js'
import type { SimTime } from '../../kernel/time.js'
import type { DrainSettings } from '../../model/node-operations.js'
import type { SimulationModel } from '../../model/simulation-model.js'
import type { Blocker } from '../../record/disruption/observed-drain.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type NodeId, type ObjectId, Phase, type PodId } from '../../state/ids.js'
import { budgetOutlook, slackOf } from './budget-outlook.js'
import { podsToDrain } from './drain-filters.js'
import { roomElsewhere } from './room-elsewhere.js'

const NOBODY: ReadonlySet<NodeId> = new Set()

export class Foresight {
  readonly #state: ClusterState
  readonly #budgets: MatchingBudgets
  readonly #mayGrow: boolean

  constructor(state: ClusterState, model: SimulationModel, budgets: MatchingBudgets) {
    this.#state = state
    this.#budgets = budgets
    const { groups = [] } = model.clusterAutoscaler ?? {}
    this.#mayGrow = groups.some(({ initialSize, maxSize }) => maxSize > initialSize)
  }

  /** @param together nodes that take no pods either by the time this one is drained */
  of(
    node: NodeId,
    settings: DrainSettings,
    now: SimTime,
    together: ReadonlySet<NodeId> = NOBODY,
  ): readonly Blocker[] {
    const { leaving, obstacles } = podsToDrain(this.#state, node, settings, now)
    if (obstacles.size > 0) return this.#refusals(obstacles)
    if (settings.disableEviction === true) return []
    const blockers: Blocker[] = []
    const covered = this.#covered(leaving, blockers)
    for (const [id, pods] of covered) {
      const blocker = this.#byBudget(id, pods, now, together)
      if (blocker !== undefined) blockers.push(blocker)
    }
    return blockers
  }

  #refusals(obstacles: ReadonlyMap<string, readonly PodId[]>): Blocker[] {
    return [...obstacles].map(([wrong, pods]): Blocker => {
      const reason = `kubectl cannot delete ${wrong}`
      return { kind: 'refused by kubectl', namespace: '', budget: '', pods: this.#keys(pods), reason }
    })
  }

  #keys(pods: readonly PodId[]): string[] {
    return pods.map(pod => this.#state.podKey(pod))
  }

  /** Pods by the one budget that is asked for them; those of several are blockers themselves. */
  #covered(leaving: readonly PodId[], blockers: Blocker[]): Map<ObjectId, PodId[]> {
    const { pods, objects, namespaces } = this.#state
    const covered = new Map<ObjectId, PodId[]>()
    const several = new Map<string, PodId[]>()
    for (const pod of leaving) {
      if (pods.phase[pod] === Phase.Pending || pods.isFinished(pod) || pods.isTerminating(pod)) continue
      const budgets = this.#budgets.of(pods.namespaceOf(pod), pods.labelsOf(pod))
      if (budgets.length === 1) addTo(covered, budgets[0], pod)
      else if (budgets.length > 1) {
        const names = budgets.map(id => objects.get(id).meta.name).join(' + ')
        addTo(several, `${namespaces.get(pods.namespaceOf(pod))}/${names}`, pod)
      }
    }
    for (const [names, together] of several) {
      const [namespace, budget] = names.split('/')
      blockers.push({
        kind: 'several budgets',
        namespace,
        budget,
        pods: this.#keys(together),
        reason: 'more than one budget selects the pod, which evictions do not support',
      })
    }
    return covered
  }

  #byBudget(
    id: ObjectId,
    here: readonly PodId[],
    now: SimTime,
    together: ReadonlySet<NodeId>,
  ): Blocker | undefined {
    const budget = this.#state.objects.get(id) as Budget
    const { name, namespace } = budget.meta
    const outlook = budgetOutlook(this.#state, budget, here, now)
    if (outlook !== undefined) {
      const { kind, kept, reason } = outlook
      if (kept.length === 0) return undefined
      return { kind, namespace, budget: name, pods: this.#keys(kept), reason }
    }
    return this.#withoutRoom(budget, here, together)
  }

  /**
   * After the evictions that the budget has room for each further one needs a replacement that is ready
   * elsewhere.
   */
  #withoutRoom(budget: Budget, here: readonly PodId[], together: ReadonlySet<NodeId>): Blocker | undefined {
    const { meta, status } = budget
    if (this.#mayGrow || status.observedGeneration < meta.generation) return undefined
    const { pods } = this.#state
    const ready = here.filter(pod => pods.ready[pod] === 1)
    const slack = slackOf(this.#state, budget, here)
    const needed = ready.length - slack
    if (needed <= 0) return undefined
    const [first] = ready
    const isAlike = ready.every(pod => pods.templateOf(pod) === pods.templateOf(first))
    if (!isAlike) return undefined
    const room = roomElsewhere(this.#state, first, needed, together)
    if (room >= needed) return undefined
    const reason =
      `${slack} of its pods may be missing, ${ready.length} are on the node, ` +
      `and elsewhere is room for ${room}`
    return {
      kind: 'no room',
      namespace: meta.namespace,
      budget: meta.name,
      pods: this.#keys(ready),
      reason,
    }
  }
}

function addTo<Key>(lists: Map<Key, PodId[]>, key: Key, pod: PodId): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [pod])
  else list.push(pod)
}
