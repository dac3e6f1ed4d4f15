/**
 * May this pod be moved so that its node can go? The rules are asked in a fixed order and the first that has an answer
 * decides.
 *
 * Upstream: simulator/drainability/rules and simulator/drain.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { Volume } from '../../model/pod-spec.js'
import { type NamespaceId, NONE, type NodeId, type PodId } from '../../state/ids.js'
import {
  annotationsOf,
  type Controller,
  type ControllerOf,
  isDaemonSetPod,
  isLongTerminating,
  isMirrorPod,
  isTerminal,
  SAFE_TO_EVICT,
  SAFE_TO_EVICT_VOLUMES,
  templateOf,
} from '../controlled-pods.js'
import type { RemainingBudgets } from '../remaining-budgets.js'
import type { SimulatedCluster } from '../simulated-cluster.js'

/** Why a pod keeps its node, in upstream's words. */
export const BlockingReason = {
  ControllerNotFound: 'ControllerNotFound',
  MinReplicasReached: 'MinReplicasReached',
  NotReplicated: 'NotReplicated',
  LocalStorageRequested: 'LocalStorageRequested',
  NotSafeToEvictAnnotation: 'NotSafeToEvictAnnotation',
  UnmovableKubeSystemPod: 'UnmovableKubeSystemPod',
  NotEnoughPdb: 'NotEnoughPdb',
} as const
export type BlockingReason = (typeof BlockingReason)[keyof typeof BlockingReason]

/** The pod can go, is left where it is, is waited for, or keeps the node. */
type Verdict = 'drain' | 'skip' | 'wait' | BlockingReason

export interface DrainOptions {
  readonly skipNodesWithSystemPods: boolean
  readonly skipNodesWithLocalStorage: boolean
  readonly skipNodesWithCustomControllerPods: boolean
  readonly minReplicaCount: number
  /** From the creation of a system pod without budget until it keeps its node no longer. */
  readonly systemPodTimeout: SimTime
}

export interface PodsToMove {
  /** In the order of the node. */
  readonly pods: readonly PodId[]
  readonly daemonSetPods: readonly PodId[]
  readonly onCompletionPods: readonly PodId[]
  readonly blocking?: { readonly pod: PodId; readonly reason: BlockingReason }
}

const KUBE_SYSTEM = 'kube-system'
const REPLICATED_KINDS = new Set(['ReplicationController', 'Job', 'ReplicaSet', 'StatefulSet'])
const CHECKED_KINDS = new Set([...REPLICATED_KINDS, 'DaemonSet'])
const COUNTED_KINDS = new Set(['ReplicationController', 'ReplicaSet'])

export class DrainRules {
  readonly #cluster: SimulatedCluster
  readonly #controllerOf: ControllerOf
  readonly #budgets: RemainingBudgets
  readonly #options: DrainOptions

  constructor(
    cluster: SimulatedCluster,
    controllerOf: ControllerOf,
    budgets: RemainingBudgets,
    options: DrainOptions,
  ) {
    this.#cluster = cluster
    this.#controllerOf = controllerOf
    this.#budgets = budgets
    this.#options = options
  }

  /** What becomes of the pods of a node; looks no further than the first one that keeps it. */
  podsToMove(node: NodeId, now: SimTime): PodsToMove {
    const { state } = this.#cluster
    const pods: PodId[] = []
    const daemonSetPods: PodId[] = []
    const onCompletionPods: PodId[] = []
    for (const pod of this.#cluster.podsOn(node)) {
      const verdict = this.#judge(pod, now)
      if (verdict === 'drain') {
        const list = isDaemonSetPod(state, pod, this.#controllerOf(pod)) ? daemonSetPods : pods
        list.push(pod)
      } else if (verdict === 'wait') onCompletionPods.push(pod)
      else if (verdict !== 'skip') {
        return { pods, daemonSetPods, onCompletionPods, blocking: { pod, reason: verdict } }
      }
    }
    return { pods, daemonSetPods, onCompletionPods }
  }

  #judge(pod: PodId, now: SimTime): Verdict {
    const { state } = this.#cluster
    const { skipNodesWithCustomControllerPods } = this.#options
    const controller = this.#controllerOf(pod)
    if (isMirrorPod(state, pod) || isLongTerminating(state, pod, now)) return 'skip'
    const missing = skipNodesWithCustomControllerPods ? this.#controllerFault(pod, controller) : undefined
    if (missing !== undefined) return missing
    if (isDaemonSetPod(state, pod, controller)) return 'drain'
    const safeToEvict = annotationsOf(state, pod)[SAFE_TO_EVICT]
    if (safeToEvict === 'true' || isTerminal(state, pod)) return 'drain'
    if (safeToEvict === 'on-completion') return 'wait'
    return this.#blockingReason(pod, controller, safeToEvict, now) ?? 'drain'
  }

  #blockingReason(
    pod: PodId,
    controller: Controller | undefined,
    safeToEvict: string | undefined,
    now: SimTime,
  ): 'drain' | BlockingReason | undefined {
    const { state } = this.#cluster
    const options = this.#options
    const isReplicated =
      controller !== undefined &&
      (!options.skipNodesWithCustomControllerPods || REPLICATED_KINDS.has(controller.kind))
    if (!isReplicated) return BlockingReason.NotReplicated
    if (options.skipNodesWithSystemPods && this.#isUncoveredSystemPod(pod)) {
      const createdAt = state.pods.createdAt[pod]
      const isOld = createdAt !== NEVER && now > createdAt + options.systemPodTimeout
      return isOld ? 'drain' : BlockingReason.UnmovableKubeSystemPod
    }
    if (safeToEvict === 'false') return BlockingReason.NotSafeToEvictAnnotation
    if (options.skipNodesWithLocalStorage && this.#hasBlockingStorage(pod)) {
      return BlockingReason.LocalStorageRequested
    }
    return this.#budgets.isBlocked(pod) ? BlockingReason.NotEnoughPdb : undefined
  }

  /** A controller that is gone will not bring the pod back; one with few replicas must not lose one. */
  #controllerFault(pod: PodId, controller: Controller | undefined): BlockingReason | undefined {
    if (controller === undefined || !CHECKED_KINDS.has(controller.kind)) return undefined
    const { state } = this.#cluster
    const { pods, namespaces, objects } = state
    const isDaemon = controller.kind !== 'ReplicationController' && isDaemonSetPod(state, pod, controller)
    if (isDaemon && controller.kind !== 'DaemonSet') return undefined
    const namespace = namespaces.get(pods.namespace[pod] as NamespaceId)
    const found = objects.find(controller.kind, namespace, controller.name) ?? NONE
    if (found === NONE) return BlockingReason.ControllerNotFound
    if (!COUNTED_KINDS.has(controller.kind)) return undefined
    const { replicas = 1 } = objects.get<{ readonly replicas?: number }>(found).spec
    return replicas < this.#options.minReplicaCount ? BlockingReason.MinReplicasReached : undefined
  }

  #isUncoveredSystemPod(pod: PodId): boolean {
    const { pods, namespaces } = this.#cluster.state
    return namespaces.get(pods.namespace[pod] as NamespaceId) === KUBE_SYSTEM && !this.#budgets.isCovered(pod)
  }

  #hasBlockingStorage(pod: PodId): boolean {
    const { spec, annotations } = templateOf(this.#cluster.state, pod)
    const harmless = (annotations[SAFE_TO_EVICT_VOLUMES] ?? '').split(',')
    return (spec.volumes ?? []).some(volume => isLocal(volume) && !harmless.includes(volume.name))
  }
}

function isLocal({ hostPath, emptyDir }: Volume): boolean {
  return hostPath !== undefined || (emptyDir !== undefined && emptyDir.medium !== 'Memory')
}
