/**
 * The pods a scale-up could help: those waiting for a node that no node there is or is coming has room for, grouped by
 * what the scheduler sees of them.
 *
 * Upstream: core/podlistprocessor and core/scaleup/equivalence/groups.go of cluster-autoscaler 1.36.1.
 * Simplified: pods of one controller are alike when their templates and labels are the same.
 */
import type { SimTime } from '../../kernel/time.js'
import type { NamespaceId, NodeId, PodId } from '../../state/ids.js'
import { isDaemonSetPod, isMirrorPod, isStaticPod } from '../controlled-pods.js'
import { PlacementHints } from '../placement-hints.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { ClusterWatch } from './cluster-watch.js'
import type { EquivalenceGroup } from './estimator.js'

/** More different pods of one controller have a group each. */
const MAX_GROUPS_BY_CONTROLLER = 10

export class PendingPods {
  readonly #cluster: SimulatedCluster
  readonly #watch: ClusterWatch
  readonly #hints: PlacementHints

  constructor(cluster: SimulatedCluster, watch: ClusterWatch) {
    this.#cluster = cluster
    this.#watch = watch
    this.#hints = new PlacementHints(cluster)
  }

  /**
   * Those that need new nodes; the others are put where there is room. Pods of nodes being drained are looked after
   * before their controllers have made new ones.
   */
  toHelp(drained: readonly NodeId[]): PodId[] {
    const { state } = this.#cluster
    const pods = [...this.#watch.pendingPods(), ...this.#drainedPods(drained)]
    pods.sort((a, b) => state.pods.priority[b] - state.pods.priority[a])
    const left = this.#hints.placeMany(pods, this.#watch.controllerOf)
    this.#hints.dropOld()
    return left.filter(pod => !isDaemonSetPod(state, pod, this.#watch.controllerOf(pod)))
  }

  groups(pods: readonly PodId[]): EquivalenceGroup[] {
    const { state } = this.#cluster
    const groups: PodId[][] = []
    const byKey = new Map<string, PodId[]>()
    const countOf = new Map<string, number>()
    for (const pod of pods) {
      const controller = this.#watch.controllerOf(pod)
      const owner =
        controller === undefined
          ? undefined
          : `${state.pods.namespace[pod]} ${controller.kind} ${controller.name}`
      const key = `${owner} ${state.pods.template[pod]} ${state.pods.labels[pod]}`
      const known = owner === undefined ? undefined : byKey.get(key)
      if (known !== undefined) {
        known.push(pod)
        continue
      }
      const group = [pod]
      groups.push(group)
      if (owner === undefined) continue
      const count = countOf.get(owner) ?? 0
      if (count < MAX_GROUPS_BY_CONTROLLER) byKey.set(key, group)
      countOf.set(owner, count + 1)
    }
    return groups.map(members => ({ pods: members }))
  }

  /** When the oldest of the pods was created. */
  oldestCreation(pods: readonly PodId[]): SimTime {
    const { createdAt } = this.#cluster.state.pods
    return pods.reduce((oldest, pod) => Math.min(oldest, createdAt[pod]), Infinity)
  }

  #drainedPods(drained: readonly NodeId[]): PodId[] {
    const { state } = this.#cluster
    const { pods } = state
    const standIns: PodId[] = []
    for (const node of drained) {
      for (const pod of this.#cluster.podsOn(node)) {
        const controller = this.#watch.controllerOf(pod)
        const isNodesOwn =
          isStaticPod(state, pod) || isMirrorPod(state, pod) || isDaemonSetPod(state, pod, controller)
        if (isNodesOwn || pods.isTerminating(pod)) continue
        const standIn = this.#cluster.addPod({
          namespace: pods.namespace[pod] as NamespaceId,
          name: `${pods.name[pod]}-drained`,
          template: pods.templateOf(pod),
          labels: pods.labelsOf(pod),
          priority: pods.priority[pod],
        })
        // The same pod to whoever remembers where it would go.
        pods.uid[standIn] = pods.uid[pod]
        pods.createdAt[standIn] = pods.createdAt[pod]
        this.#watch.standIns.set(standIn, controller)
        standIns.push(standIn)
      }
    }
    return standIns
  }
}
