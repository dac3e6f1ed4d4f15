/**
 * The updater's turn every minute, over the pods of the store: evictions go through the eviction API, one after
 * another, under the disruption budgets of the pods.
 * Upstream: vertical-pod-autoscaler/pkg/updater/logic/updater.go (VPA 1.8.1).
 * Simplified: evictions and resizes of one turn are made at once.
 */
import { defaultLimitRange, type LimitRangeSpec } from '../../apiserver/admission/limit-range.js'
import type { ApiServer } from '../../apiserver/api-server.js'
import type { EventWriter } from '../../apiserver/event-recorder.js'
import type { EvictionApi } from '../../apiserver/eviction.js'
import { ACCEPTED } from '../../apiserver/eviction-answer.js'
import { desiredTemplate, resizePod } from '../../apiserver/resize-pod.js'
import { Result } from '../../apiserver/result.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import { withContainers } from '../../model/in-place-resize.js'
import type { Container } from '../../model/pod-spec.js'
import { UPDATER } from '../../model/vertical-pod-autoscaler-defaults.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId, PHASE_NAMES, type PodId } from '../../state/ids.js'
import type { PodResize } from '../../state/pods.js'
import type { Autoscaler } from './controlling-autoscaler.js'
import type { ManagedContainerStatus, ManagedPod, ResizeCondition } from './managed-pod.js'
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
      resize: (pod, containers, autoscaler) => this.#resize(pod, containers, autoscaler),
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
    this.#tell(autoscaler, 'EvictedPod', `VPA Updater evicted Pod ${name} to apply resource recommendation.`)
    return true
  }

  #resize(
    { namespace, name }: ManagedPod,
    containers: readonly Container[],
    autoscaler: Autoscaler,
  ): boolean {
    const { state } = this.#api
    const pod = state.pods.find(state.namespaceId(namespace), name)
    if (pod === undefined) return false
    const { spec } = state.templates.get(desiredTemplate(state, pod))
    if (resizePod(this.#api, pod, withContainers(spec, containers)).result !== Result.Ok) return false
    const subject = { kind: 'Pod', namespace, name, uid: state.pods.uid[pod] }
    this.#events.record(subject, 'Normal', 'InPlaceResizedByVPA', 'Pod was resized in place by VPA Updater.')
    this.#tell(autoscaler, 'InPlaceResizedPod', `VPA Updater resized Pod ${name} in place.`)
    return true
  }

  #tell({ namespace, name }: Autoscaler, reason: string, message: string): void {
    const { objects } = this.#api.state
    const id = objects.find(KIND, namespace, name)
    if (id === undefined) return
    const subject = { kind: KIND, namespace, name, uid: objects.get(id).meta.uid }
    this.#events.record(subject, 'Normal', reason, message)
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
  const { spec, annotations } = templates.get(desiredTemplate(state, pod))
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
    conditions: resizeConditions(pods.resizes[pod]),
    containers: spec.containers,
    containerStatuses: containerStatuses(state, pod, spec.containers),
  }
}

/** Only containers that have something to say: how they ended, or that they have other resources than their spec. */
function containerStatuses(
  { pods, templates }: ClusterState,
  pod: PodId,
  containers: readonly Container[],
): ManagedContainerStatus[] {
  const resize = pods.resizes[pod]
  const terminations = pods.terminations[pod]
  if (resize === undefined && terminations === undefined) return []
  const actual = resize === undefined ? undefined : templates.get(resize.actual).spec.containers
  return containers.map(({ name }) => {
    const resources = actual?.find(container => container.name === name)?.resources
    const lastTerminated = terminations?.find(({ container }) => container === name)
    return {
      name,
      ...(resources === undefined ? {} : { resources }),
      ...(lastTerminated === undefined ? {} : { lastTerminated }),
    }
  })
}

function resizeConditions(resize: PodResize | undefined): ResizeCondition[] {
  const conditions: ResizeCondition[] = []
  const { pending, inProgress } = resize ?? {}
  if (pending !== undefined) {
    const { reason, message } = pending
    conditions.push({ type: 'PodResizePending', status: 'True', reason, message })
  }
  if (inProgress !== undefined) {
    const { message } = inProgress
    const failure = message === undefined ? {} : { reason: 'Error', message }
    conditions.push({ type: 'PodResizeInProgress', status: 'True', ...failure })
  }
  return conditions
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
