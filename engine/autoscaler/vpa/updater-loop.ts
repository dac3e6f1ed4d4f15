/**
 * The updater's turn every minute, over the pods of the store: evictions go through the eviction API, one after
 * another, under the disruption budgets of the pods.
 * Upstream: vertical-pod-autoscaler/pkg/updater/logic/updater.go (VPA 1.8.1).
 * Simplified: pods are not resized in place: each such request is refused, so that an eviction follows as it does
 * upstream; evictions of one turn are made at once.
 */
import { defaultLimitRange, type LimitRangeSpec } from '../../apiserver/admission/limit-range.js'
import type { ApiServer } from '../../apiserver/api-server.js'
import type { EventWriter } from '../../apiserver/event-recorder.js'
import type { EvictionApi } from '../../apiserver/eviction.js'
import { ACCEPTED } from '../../apiserver/eviction-answer.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import { UPDATER } from '../../model/vertical-pod-autoscaler-defaults.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId, PHASE_NAMES, type PodId } from '../../state/ids.js'
import type { Autoscaler } from './controlling-autoscaler.js'
import type { ManagedPod } from './managed-pod.js'
import type { LimitRange } from './namespace-limits.js'
import type { SelectedPods } from './selected-pods.js'
import { KIND, type StoredAutoscaler } from './stored-autoscalers.js'
import { configuredReplicas, topmostController } from './target-controllers.js'
import { isActing, Updater } from './updater.js'

export class UpdaterLoop {
  readonly #api: ApiServer
  readonly #pods: SelectedPods
  readonly #evictions: EvictionApi
  readonly #events: EventWriter
  readonly #updater: Updater
  readonly #ranges = new Map<string, readonly LimitRange[]>()

  constructor(api: ApiServer, pods: SelectedPods, evictions: EvictionApi, events: EventWriter) {
    const { state } = api
    this.#api = api
    this.#pods = pods
    this.#evictions = evictions
    this.#events = events
    this.#updater = new Updater(UPDATER, {
      topmost: (namespace, owner) => topmostController(state, namespace, owner),
      configuredReplicas: (namespace, owner) => configuredReplicas(state, namespace, owner),
      limitRanges: namespace => this.#limitRanges(namespace),
      evict: (pod, autoscaler) => this.#evict(pod, autoscaler),
      resize: () => false,
    })
  }

  run(autoscalers: readonly StoredAutoscaler[], now: SimTime): void {
    const acting = autoscalers.filter(isActing)
    if (acting.length === 0) return
    const ids = new Set<PodId>()
    for (const { namespace, selector } of acting) {
      for (const pod of this.#pods.matching(namespace, selector)) ids.add(pod)
    }
    const { state } = this.#api
    const { pods } = state
    const managed: ManagedPod[] = []
    for (const pod of ids) {
      const isBound = pods.exists(pod) && pods.node[pod] !== NONE && !pods.isFinished(pod)
      if (isBound) managed.push(managedPod(state, pod))
    }
    this.#ranges.clear()
    this.#updater.run(acting, managed, now)
  }

  #limitRanges(namespace: string): readonly LimitRange[] {
    let ranges = this.#ranges.get(namespace)
    if (ranges === undefined) {
      ranges = limitRangesOf(this.#api.state, namespace)
      this.#ranges.set(namespace, ranges)
    }
    return ranges
  }

  #evict({ namespace, name }: ManagedPod, autoscaler: Autoscaler): boolean {
    const { state } = this.#api
    const pod = state.pods.find(state.namespaceId(namespace), name)
    if (pod === undefined) return false
    const uid = state.pods.uid[pod]
    if (this.#evictions.evict(namespace, name, { uid }).code !== ACCEPTED.code) return false
    const message = 'Pod was evicted by VPA Updater to apply resource recommendation.'
    this.#events.record({ kind: 'Pod', namespace, name, uid }, 'Normal', 'EvictedByVPA', message)
    this.#tell(autoscaler, name)
    return true
  }

  #tell({ namespace, name }: Autoscaler, pod: string): void {
    const { objects } = this.#api.state
    const id = objects.find(KIND, namespace, name)
    if (id === undefined) return
    const subject = { kind: KIND, namespace, name, uid: objects.get(id).meta.uid }
    const message = `VPA Updater evicted Pod ${pod} to apply resource recommendation.`
    this.#events.record(subject, 'Normal', 'EvictedPod', message)
  }
}

/** The limit ranges of a namespace as they are stored, with their defaults. */
export function limitRangesOf({ objects }: ClusterState, namespace: string): LimitRange[] {
  return [...objects.ofKind('LimitRange')]
    .filter(id => objects.get(id).meta.namespace === namespace)
    .map(id => defaultLimitRange(objects.get<LimitRangeSpec>(id).spec))
}

function managedPod(state: ClusterState, pod: PodId): ManagedPod {
  const { pods, namespaces, labelSets, templates } = state
  const { spec, annotations } = templates.get(pods.templateOf(pod))
  const startTime = pods.startedAt[pod]
  const controller = ownerOf(state, pods.owner[pod] as ObjectId)
  return {
    namespace: namespaces.get(pods.namespaceOf(pod)),
    name: pods.name[pod] as string,
    labels: labelSets.get(pods.labelsOf(pod)),
    annotations,
    ...(controller === undefined ? {} : { controller }),
    phase: PHASE_NAMES[pods.phase[pod]],
    isDeleted: pods.isTerminating(pod),
    ...(startTime === NEVER ? {} : { startTime }),
    conditions: [],
    containers: spec.containers,
    containerStatuses: (pods.terminations[pod] ?? []).map(({ container, ...lastTerminated }) => {
      return { name: container, lastTerminated }
    }),
  }
}

/** Kind and name of a controlling owner. */
export function ownerOf(
  { objects }: ClusterState,
  owner: ObjectId,
): { readonly kind: string; readonly name: string } | undefined {
  if (owner === NONE) return undefined
  const { kind, meta } = objects.get(owner)
  return { kind, name: meta.name }
}
