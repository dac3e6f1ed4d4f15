/**
 * The Vertical Pod Autoscaler's three programs in a run: recommender and updater every minute, and the webhook for new
 * pods. There are no turns while no autoscaler selects a pod that runs, unless what is known of former ones expires.
 * Upstream: main.go of vertical-pod-autoscaler/pkg/recommender, pkg/updater and pkg/admission-controller (VPA 1.8.1).
 * Simplified: all three start with the run, and their turns fall on the same times, the recommender's first.
 */
import { ApiClient } from '../../apiserver/api-client.js'
import type { ApiServer } from '../../apiserver/api-server.js'
import { EventRecorder, type EventSink } from '../../apiserver/event-recorder.js'
import { EvictionApi } from '../../apiserver/eviction.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { MetricsApi } from '../../model/metrics-api.js'
import { VPA_CLIENT, VPA_INTERVAL } from '../../model/vertical-pod-autoscaler-defaults.js'
import type { WallClock } from '../../model/wall-clock.js'
import { Change, Source } from '../../state/change-log.js'
import type { ObjectId, PodId } from '../../state/ids.js'
import type { Informer } from '../../state/informer.js'
import { PodAdmissionWebhook } from './pod-admission.js'
import { RecommenderLoop } from './recommender-loop.js'
import { SelectedPods } from './selected-pods.js'
import { KIND, StoredAutoscalers } from './stored-autoscalers.js'
import { UpdaterLoop } from './updater-loop.js'

export interface VerticalPodAutoscalersOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly metrics: MetricsApi
  readonly clock: WallClock
  readonly events: EventSink
  readonly requestLatency: SimTime
}

/** Changes of autoscalers and of what they may point at; the status of either wakes nobody. */
const OBJECT_CHANGES = Change.Added | Change.Deleted | Change.Spec
/** Changes of pods that can wake a resting loop. */
const POD_CHANGES = Change.Added | Change.Phase | Change.Labels | Change.Restarts | Change.Deleted

export class VerticalPodAutoscalers {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #informer: Informer
  readonly #autoscalers: StoredAutoscalers
  readonly #recommender: RecommenderLoop
  readonly #updater: UpdaterLoop
  readonly #turn: EventKind
  #nextTurn: SimTime = NEVER

  constructor({
    kernel,
    api,
    informer,
    metrics,
    clock,
    events,
    requestLatency,
  }: VerticalPodAutoscalersOptions) {
    this.#kernel = kernel
    this.#api = api
    const on = (name: string, handler: (subject: number) => void): EventKind =>
      kernel.on(`vertical-pod-autoscaler/${name}`, Rank.Autoscaler, handler)
    this.#turn = on('turn', at => this.#run(at))
    const client = new ApiClient(kernel, VPA_CLIENT, requestLatency)
    const writer = new EventRecorder('vpa-updater', client, events, { now: () => kernel.now, on })
    const pods = new SelectedPods(api.state, informer)
    this.#autoscalers = new StoredAutoscalers(api.state)
    this.#recommender = new RecommenderLoop(api, pods, metrics, clock)
    this.#updater = new UpdaterLoop(api, pods, new EvictionApi(kernel, api, clock, 'vpa-updater'), writer)
    this.#informer = informer
  }

  start(): void {
    const { state, pods } = this.#api
    pods.webhooks.push(new PodAdmissionWebhook(state, this.#autoscalers))
    this.#informer.subscribe(Source.Objects, OBJECT_CHANGES, row => this.#objectChanged(row as ObjectId))
    this.#informer.subscribe(Source.Pods, POD_CHANGES, (row, fields) =>
      this.#podChanged(row as PodId, fields),
    )
  }

  #objectChanged(id: ObjectId): void {
    const isAutoscaler = this.#api.state.objects.get(id).kind === KIND
    if (!isAutoscaler && this.#autoscalers.isEmpty) return
    this.#autoscalers.forget()
    if (isAutoscaler) this.#wakeAt(this.#kernel.now)
  }

  #podChanged(pod: PodId, fields: number): void {
    const { pods } = this.#api.state
    if ((fields & Change.Deleted) !== 0) this.#recommender.kills.removed(pod)
    else if ((fields & Change.Restarts) !== 0) this.#recommender.kills.changed(pod)
    if (this.#autoscalers.isEmpty || (fields & ~Change.Restarts) === 0) return
    if (this.#autoscalers.select(pods.namespaceOf(pod), pods.labelsOf(pod))) this.#wakeAt(this.#kernel.now)
  }

  /** A turn on the first full minute after that time; turns never take place earlier than asked for. */
  #wakeAt(time: SimTime): void {
    if (time === NEVER) return
    const turn = (Math.floor(time / VPA_INTERVAL) + 1) * VPA_INTERVAL
    if (turn >= this.#nextTurn) return
    this.#nextTurn = turn
    this.#kernel.schedule(turn, this.#turn, turn / VPA_INTERVAL)
  }

  #run(minute: number): void {
    const now = this.#kernel.now
    // A later turn that an earlier one has made needless.
    if (minute * VPA_INTERVAL !== this.#nextTurn) return
    this.#nextTurn = NEVER
    const autoscalers = this.#autoscalers.list()
    this.#recommender.run(autoscalers, now)
    this.#updater.run(this.#autoscalers.list(), now)
    if (!this.#autoscalers.isEmpty) this.#wakeAt(this.#recommender.nextChange(now))
  }
}
