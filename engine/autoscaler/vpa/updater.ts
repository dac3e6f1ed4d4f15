/**
 * One round of the updater: pods whose requests are far from what is recommended are resized in place or
 * evicted, most urgent first, as far as the budgets of their replica groups allow.
 * Upstream: vertical-pod-autoscaler/pkg/updater/logic/updater.go and restriction (pods_eviction_restriction.go,
 * pods_inplace_restriction.go, VPA 1.8.1), gates InPlace and CPUStartupBoost off.
 * Simplified: `--eviction-rate-limit`, which is off by default; autoscalers go by namespace and name, where
 * upstream's order is that of a hash map.
 */
import type { SimTime } from '../../kernel/time.js'
import { sortLikeGo } from '../../model/go-sort.js'
import type { Container } from '../../model/pod-spec.js'
import { UpdateMode, updateModeOf } from '../../model/vertical-pod-autoscaler.js'
import {
  DEFERRED_RESIZE_TIMEOUT,
  RESIZE_IN_PROGRESS_TIMEOUT,
  type UpdaterSettings,
} from '../../model/vertical-pod-autoscaler-defaults.js'
import { isTouched, withResources } from './admission.js'
import { type CappedRecommendation, capRecommendation } from './cap-recommendation.js'
import { containerResources } from './container-resources.js'
import { type Autoscaler, controllingAutoscaler, type TopmostController } from './controlling-autoscaler.js'
import { meetsRequirements } from './eviction-requirements.js'
import type { ManagedPod } from './managed-pod.js'
import type { LimitRange } from './namespace-limits.js'
import {
  type ConfiguredReplicas,
  isResizing,
  type ReplicaGroup,
  replicaGroups,
  resizeCondition,
} from './replica-groups.js'
import { comparePriorities, type UpdatePriority, updatePriority } from './update-priority.js'

/** What the updater asks of the cluster. Evictions and resizes answer whether they were granted. */
export interface UpdaterWorld {
  readonly topmost: TopmostController
  readonly configuredReplicas: ConfiguredReplicas
  limitRanges(namespace: string): readonly LimitRange[]
  evict(pod: ManagedPod, autoscaler: Autoscaler): boolean
  resize(pod: ManagedPod, containers: readonly Container[], autoscaler: Autoscaler): boolean
}

/** Whether the autoscaler's mode lets the updater act. */
export function isActing({ spec }: Autoscaler): boolean {
  return ACTING.has(updateModeOf(spec))
}

const ACTING: ReadonlySet<string> = new Set([
  UpdateMode.Recreate,
  UpdateMode.Auto,
  UpdateMode.InPlaceOrRecreate,
  UpdateMode.InPlace,
])

export class Updater {
  readonly #settings: UpdaterSettings
  readonly #world: UpdaterWorld
  /** Of the autoscaler at hand, by the containers of pods that are as their template says. */
  readonly #capped = new Map<readonly Container[], CappedRecommendation>()
  /** When a pod that is being resized was first seen so; never forgotten. */
  readonly #resizingSince = new Map<string, SimTime>()

  constructor(settings: UpdaterSettings, world: UpdaterWorld) {
    this.#settings = settings
    this.#world = world
  }

  /** @param pods those that are bound and have not finished */
  run(autoscalers: readonly Autoscaler[], pods: readonly ManagedPod[], now: SimTime): void {
    const acting = autoscalers.filter(isActing)
    if (acting.length === 0) return
    const controlled = new Map<Autoscaler, ManagedPod[]>(acting.map(autoscaler => [autoscaler, []]))
    for (const pod of pods) {
      if (pod.isDeleted) continue
      const autoscaler = controllingAutoscaler(pod, acting, this.#world.topmost)
      if (autoscaler !== undefined) controlled.get(autoscaler)?.push(pod)
    }
    for (const [autoscaler, own] of controlled) if (own.length > 0) this.#update(autoscaler, own, now)
  }

  #update(autoscaler: Autoscaler, pods: readonly ManagedPod[], now: SimTime): void {
    this.#capped.clear()
    const mode = updateModeOf(autoscaler.spec)
    // Its gate is off.
    if (mode === UpdateMode.InPlace) return
    const { evictionTolerance } = this.#settings
    const minReplicas = autoscaler.spec.updatePolicy?.minReplicas ?? this.#settings.minReplicas
    const groups = replicaGroups(pods, this.#world.configuredReplicas, minReplicas, evictionTolerance)
    const grouped = pods.filter(pod => groups.has(pod))
    const groupOf = (pod: ManagedPod): ReplicaGroup => groups.get(pod) as ReplicaGroup
    const toEvict =
      mode === UpdateMode.InPlaceOrRecreate
        ? this.#resize(autoscaler, grouped, groupOf, now)
        : this.#inOrder(
            autoscaler,
            grouped.filter(pod => this.#mayEvict(pod, groupOf(pod), now)),
            now,
          )
    for (const pod of toEvict) {
      const group = groupOf(pod)
      if (!this.#mayEvict(pod, group, now) || !this.#world.evict(pod, autoscaler)) continue
      if (pod.phase !== 'Pending') group.disturb()
    }
  }

  /** Answers those to be evicted instead. */
  #resize(
    autoscaler: Autoscaler,
    pods: readonly ManagedPod[],
    groupOf: (pod: ManagedPod) => ReplicaGroup,
    now: SimTime,
  ): ManagedPod[] {
    const toEvict: ManagedPod[] = []
    const decide = (pod: ManagedPod): Decision => this.#decide(autoscaler, pod, groupOf(pod), now)
    const candidates = pods.filter(pod => decide(pod) !== 'wait')
    for (const pod of this.#inOrder(autoscaler, candidates, now)) {
      const decision = decide(pod)
      if (decision === 'wait') continue
      if (decision === 'resize' && this.#resizePod(autoscaler, pod)) groupOf(pod).disturb()
      else toEvict.push(pod)
    }
    return toEvict
  }

  #decide(autoscaler: Autoscaler, pod: ManagedPod, group: ReplicaGroup, now: SimTime): Decision {
    const recommendation = autoscaler.status?.recommendation ?? undefined
    if (pod.phase === 'Pending' || recommendation === undefined) return 'wait'
    if (isResizing(pod)) return this.#isResizeGivenUp(pod, group, now) ? 'evict' : 'wait'
    return group.isDisruptable ? 'resize' : 'wait'
  }

  #resizePod(autoscaler: Autoscaler, pod: ManagedPod): boolean {
    const resources = containerResources(autoscaler, pod, this.#world.limitRanges(pod.namespace))
    if (!pod.containers.some((container, i) => isTouched(container, resources[i]))) return false
    const containers = pod.containers.map((container, i) => withResources(container, resources[i]))
    return this.#world.resize(pod, containers, autoscaler)
  }

  #mayEvict(pod: ManagedPod, group: ReplicaGroup, now: SimTime): boolean {
    if (pod.phase === 'Pending') return true
    return isResizing(pod) ? this.#isResizeGivenUp(pod, group, now) : group.isDisruptable
  }

  /** A resize that failed or takes too long makes way for an eviction. */
  #isResizeGivenUp(pod: ManagedPod, group: ReplicaGroup, now: SimTime): boolean {
    const id = `${pod.namespace}/${pod.name}`
    const since = this.#resizingSince.get(id) ?? now
    this.#resizingSince.set(id, since)
    if (!group.isDisruptable) return false
    const pending = resizeCondition(pod, 'PodResizePending')
    if (pending !== undefined) return pending.reason !== 'Deferred' || now - since > DEFERRED_RESIZE_TIMEOUT
    const inProgress = resizeCondition(pod, 'PodResizeInProgress')
    if (inProgress === undefined) return false
    const { reason = '', message = '' } = inProgress
    if (reason !== '' || message !== '') return true
    return now - since > RESIZE_IN_PROGRESS_TIMEOUT
  }

  /** Pods of one template share the answer. */
  #cappedFor(autoscaler: Autoscaler, pod: ManagedPod): CappedRecommendation {
    const isShared = isAsSpecified(pod)
    const known = isShared ? this.#capped.get(pod.containers) : undefined
    if (known !== undefined) return known
    const capped = capRecommendation(autoscaler, pod, this.#world.limitRanges(pod.namespace))
    if (isShared) this.#capped.set(pod.containers, capped)
    return capped
  }

  /** Those worth an update, the most urgent first. */
  #inOrder(autoscaler: Autoscaler, pods: readonly ManagedPod[], now: SimTime): ManagedPod[] {
    const { spec } = autoscaler
    const worth: {
      readonly pod: ManagedPod
      readonly priority: UpdatePriority
      readonly isAdmitted: boolean
    }[] = []
    for (const pod of pods) {
      const { containers } = this.#cappedFor(autoscaler, pod)
      const priority = updatePriority(pod, containers, spec.resourcePolicy, now, this.#settings)
      if (priority === undefined) continue
      worth.push({ pod, priority, isAdmitted: meetsRequirements(pod, containers, spec) })
    }
    sortLikeGo(worth, (a, b) => comparePriorities(a.priority, b.priority) < 0)
    return worth.filter(({ isAdmitted }) => isAdmitted).map(({ pod }) => pod)
  }
}

/** Whether no status says that containers have other resources than their spec. */
function isAsSpecified({ containerStatuses }: ManagedPod): boolean {
  return containerStatuses.every(({ resources }) => resources === undefined)
}

type Decision = 'wait' | 'resize' | 'evict'
