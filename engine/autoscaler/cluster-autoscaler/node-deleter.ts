/**
 * Deletes the nodes that the planner gives up: so many at a time, marked first, looked at again a few seconds later,
 * emptied, and given back to the provider. A node that cannot be emptied is unmarked again.
 *
 * Upstream: core/scaledown/actuation: actuator.go, group_deletion_scheduler.go, delete_in_batch.go and softtaint.go of
 * cluster-autoscaler 1.36.1.
 * Simplified: marking a node never fails; nodes are not deleted in batches (--node-deletion-batcher-interval is 0).
 */
import { type EventKind, Rank } from '../../kernel/kernel.js'
import { type Taint, TaintEffect, withoutTaint, withTaint } from '../../model/taints.js'
import type { NodeId, PodId, TaintSetId } from '../../state/ids.js'
import { annotationsOf, isDaemonSetPod, isMirrorPod } from '../controlled-pods.js'
import type { RemainingBudgets } from '../remaining-budgets.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { CloudProvider, MachineGroup } from './cloud-provider.js'
import type { ClusterWatch } from './cluster-watch.js'
import { cropToBudgets, type Deletions } from './deletion-budgets.js'
import type { DrainRules } from './drain-rules.js'
import type { NodeGroups } from './node-group.js'
import { type EvictorSettings, PodEvictor } from './pod-evictor.js'
import { TO_BE_DELETED, toBeDeletedTaint } from './removal-simulator.js'
import type { Utilization } from './utilization.js'

/** Marks a node that is not needed now; pods rather go elsewhere. */
const DELETION_CANDIDATE = 'DeletionCandidateOfClusterAutoscaler'

/** Upstream: utils/daemonset/daemonset.go. */
const DAEMON_EVICTION = 'cluster-autoscaler.kubernetes.io/enable-ds-eviction'

export interface DeleterSettings extends EvictorSettings {
  readonly cluster: SimulatedCluster
  readonly watch: ClusterWatch
  readonly provider: CloudProvider
  readonly groups: NodeGroups
  readonly rules: DrainRules
  readonly budgets: RemainingBudgets
  readonly utilizationOf: (node: NodeId) => Utilization | undefined
  /** A deletion is over, one way or the other. */
  readonly over: () => void
}

interface Deletion {
  /** Of the store. */
  readonly node: NodeId
  readonly uid: number
  readonly group: MachineGroup
  readonly isDrained: boolean
}

export class NodeDeleter {
  readonly #settings: DeleterSettings
  readonly #evictor: PodEvictor
  readonly #begin: EventKind
  readonly #deletions: Deletion[] = []
  readonly #ongoing = new Map<NodeId, Deletion>()

  constructor(settings: DeleterSettings) {
    this.#settings = settings
    this.#evictor = new PodEvictor(settings)
    this.#begin = settings.kernel.on('cluster-autoscaler/delete', Rank.Autoscaler, index =>
      this.#start(this.#deletions[index]),
    )
  }

  /** Nodes of the store that are being deleted. */
  get ongoing(): Iterable<NodeId> {
    return this.#ongoing.keys()
  }

  get drained(): NodeId[] {
    return [...this.#ongoing.values()].filter(({ isDrained }) => isDrained).map(({ node }) => node)
  }

  deletionsIn(group: string): number {
    let count = 0
    for (const deletion of this.#ongoing.values()) if (deletion.group.id === group) count++
    return count
  }

  /** Starts as many deletions as may go on at once; the nodes are those of the simulated cluster. */
  deleteNodes(nodes: Deletions): boolean {
    const { groups, options } = this.#settings
    const drain = this.drained.length
    const now = cropToBudgets(nodes, groups, options, { empty: this.#ongoing.size - drain, drain })
    for (const node of now.empty) this.#mark(node, false)
    for (const node of now.drain) this.#mark(node, true)
    return now.empty.length + now.drain.length > 0
  }

  /** Marks unneeded nodes softly and unmarks needed ones; true when some are left for the next loop. */
  markCandidates(isUnneeded: (node: NodeId) => boolean): boolean {
    const { cluster, groups, options } = this.#settings
    let left = options.maxBulkSoftTaintCount
    if (left === 0) return false
    for (const wanted of [false, true]) {
      for (const node of cluster.nodes) {
        if (groups.of(node) === undefined || isUnneeded(node) !== wanted) continue
        const taints = this.#taintsOf(node)
        const isMarked = taints.some(({ key }) => key === DELETION_CANDIDATE)
        if (isMarked === wanted || taints.some(({ key }) => key === TO_BE_DELETED)) continue
        if (left-- === 0) return true
        this.#patchTaints(
          node,
          wanted ? withTaint(taints, this.#softTaint()) : without(taints, DELETION_CANDIDATE),
        )
      }
    }
    return false
  }

  #mark(copy: NodeId, isDrained: boolean): void {
    const { watch, provider, api, kernel, options, events, utilizationOf, clock, client } = this.#settings
    const node = watch.copy.originalNode(copy)
    if (node === undefined || !api.state.nodes.exists(node)) return
    const group = provider.groupOf(api.state.nodes.pool[node])
    if (group === undefined) return
    const pods = isDrained ? this.#podsOn(copy, false) : undefined
    events.removing(node, percentText(utilizationOf(copy)), pods)
    client.charge(kernel.now)
    api.nodes.patchTaints(
      node,
      withTaint(this.#taintsOf(copy), toBeDeletedTaint(clock.epochMicros + kernel.now)),
    )
    if (options.cordonNodeBeforeTerminating) api.nodes.patchUnschedulable(node, true)
    events.marked(node)
    const deletion = { node, uid: api.state.nodes.uid[node], group, isDrained }
    this.#ongoing.set(node, deletion)
    const index = this.#deletions.push(deletion) - 1
    kernel.schedule(kernel.now + options.nodeDeleteDelayAfterTaint, this.#begin, index)
  }

  #start(deletion: Deletion): void {
    const { watch, rules, budgets, kernel, options } = this.#settings
    const { node, isDrained } = deletion
    watch.sync()
    const copy = watch.copy.nodeOf(node)
    if (copy === undefined) {
      this.#end(deletion)
      return
    }
    budgets.reset()
    const { pods, onCompletionPods, blocking } = rules.podsToMove(copy, kernel.now)
    if (blocking !== undefined) this.#abort(deletion, `pods to move: ${blocking.reason}`)
    else if (!isDrained && pods.length > 0) {
      this.#abort(deletion, `failed to delete empty node "${this.#nameOf(node)}", new pods scheduled`)
    } else if (!isDrained && onCompletionPods.length > 0) {
      this.#abort(
        deletion,
        `failed to delete empty node "${this.#nameOf(node)}", active on-completion pods present`,
      )
    } else {
      const { daemonSetEvictionForOccupiedNodes: fromOccupied, daemonSetEvictionForEmptyNodes: fromEmpty } =
        options
      const daemons = this.#daemonsToEvict(copy, isDrained ? fromOccupied : fromEmpty)
      const others = isDrained ? this.#podsOn(copy, false) : []
      this.#evictor.drain(node, others, daemons, error =>
        this.#drained(deletion, isDrained ? others.length : undefined, error),
      )
    }
  }

  #drained(deletion: Deletion, evicted: number | undefined, error: string | undefined): void {
    const { provider, api, events } = this.#settings
    const { node, uid, group } = deletion
    if (error !== undefined) {
      this.#abort(deletion, error)
      return
    }
    const isThere = api.state.nodes.exists(node) && api.state.nodes.uid[node] === uid
    const instance = isThere ? provider.instanceNamed(this.#nameOf(node)) : undefined
    if (instance !== undefined) {
      provider.deleteInstances([instance])
      events.removed(node, group, evicted)
    }
    this.#end(deletion)
  }

  #abort(deletion: Deletion, error: string): void {
    const { api, events, options, client, kernel } = this.#settings
    const { node, uid, group, isDrained } = deletion
    const { nodes, taintSets } = api.state
    if (nodes.exists(node) && nodes.uid[node] === uid) {
      events.removalFailed(node, group, isDrained, error)
      client.charge(kernel.now)
      api.nodes.patchTaints(node, without(taintSets.get(nodes.taints[node] as TaintSetId), TO_BE_DELETED))
      if (options.cordonNodeBeforeTerminating) api.nodes.patchUnschedulable(node, false)
    }
    this.#end(deletion)
  }

  #end({ node }: Deletion): void {
    this.#ongoing.delete(node)
    this.#settings.over()
  }

  /** Pods may say for themselves whether they want to be evicted. */
  #daemonsToEvict(copy: NodeId, isDefault: boolean): PodId[] {
    const { state } = this.#settings.api
    return this.#podsOn(copy, true).filter(pod => {
      const wish = annotationsOf(state, pod)[DAEMON_EVICTION]
      return wish === 'true' || (isDefault && wish !== 'false')
    })
  }

  /** Pods of the store on a node: those of DaemonSets, or the others that can be evicted. */
  #podsOn(copy: NodeId, areDaemons: boolean): PodId[] {
    const { cluster, watch } = this.#settings
    const { state } = cluster
    const pods: PodId[] = []
    for (const pod of cluster.podsOn(copy)) {
      const original = watch.copy.originalPod(pod)
      if (original === undefined || isMirrorPod(state, pod)) continue
      if (isDaemonSetPod(state, pod, watch.controllerOf(pod)) === areDaemons) pods.push(original)
    }
    return pods
  }

  #taintsOf(copy: NodeId): readonly Taint[] {
    const { state } = this.#settings.cluster
    return state.taintSets.get(state.nodes.taints[copy] as TaintSetId)
  }

  #patchTaints(copy: NodeId, taints: readonly Taint[]): void {
    const { watch, api, client, kernel } = this.#settings
    const node = watch.copy.originalNode(copy)
    if (node === undefined || !api.state.nodes.exists(node)) return
    client.charge(kernel.now)
    api.nodes.patchTaints(node, taints)
  }

  #softTaint(): Taint {
    const { clock, kernel } = this.#settings
    const { value = '' } = toBeDeletedTaint(clock.epochMicros + kernel.now)
    return { key: DELETION_CANDIDATE, value, effect: TaintEffect.PreferNoSchedule }
  }

  #nameOf(node: NodeId): string {
    return this.#settings.api.state.nodes.name[node] as string
  }
}

function without(taints: readonly Taint[], key: string): readonly Taint[] {
  return taints.filter(taint => taint.key === key).reduce((left, taint) => withoutTaint(left, taint), taints)
}

function percentText(used: Utilization | undefined): string {
  return used === undefined ? '{}' : `{cpu: ${used.cpu}, memory: ${used.memory}}`
}
