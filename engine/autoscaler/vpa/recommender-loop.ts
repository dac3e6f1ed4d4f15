/**
 * The recommender's turn every minute: follows the pods that autoscalers select, takes the samples that metrics-server
 * has of them, and writes what it recommends into the autoscalers' status.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/routines/recommender.go RunOnce, input/cluster_feeder.go
 * (VPA 1.8.1).
 * Simplified: pods are followed from when an autoscaler selects them, as with `--memory-saver`; checkpoints are not
 * written, as the recommender never restarts; status updates are made at once.
 */
import type { ApiServer } from '../../apiserver/api-server.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { MetricsApi, PodUsage } from '../../model/metrics-api.js'
import { value } from '../../model/quantity.js'
import type {
  VerticalPodAutoscalerCondition,
  VerticalPodAutoscalerStatus,
} from '../../model/vertical-pod-autoscaler.js'
import type { WallClock } from '../../model/wall-clock.js'
import { type LabelSetId, Phase, type PodId } from '../../state/ids.js'
import { MemoryKills } from './memory-kills.js'
import { writeRecommendation } from './recommendation.js'
import { type Recommendation, Recommender } from './recommender.js'
import type { SelectedPods } from './selected-pods.js'
import type { StoredAutoscaler } from './stored-autoscalers.js'

interface Followed {
  readonly uid: number
  labels: LabelSetId
  isFinished: boolean
}

const CONFIG_UNSUPPORTED = 'ConfigUnsupported'

export class RecommenderLoop {
  readonly #api: ApiServer
  readonly #pods: SelectedPods
  readonly #metrics: MetricsApi
  readonly #clock: WallClock
  readonly #recommender = new Recommender()
  /** What has run out of memory since the last turn. */
  readonly kills: MemoryKills
  readonly #followed = new Map<PodId, Followed>()
  #autoscalers = new Set<string>()
  /** Something expired in the last turn, which the next one makes known. */
  #hasForgotten = false

  constructor(api: ApiServer, pods: SelectedPods, metrics: MetricsApi, clock: WallClock) {
    this.#api = api
    this.#pods = pods
    this.#metrics = metrics
    this.#clock = clock
    this.kills = new MemoryKills(api.state)
  }

  run(autoscalers: readonly StoredAutoscaler[], now: SimTime): void {
    const at = this.#clock.epochMicros + now
    this.#loadAutoscalers(autoscalers)
    for (const autoscaler of autoscalers) this.#follow(autoscaler, at)
    for (const autoscaler of autoscalers) this.#sample(autoscaler, now)
    this.#hearOfKills()
    this.#forgetRemoved()
    for (const autoscaler of autoscalers) {
      const recommendation = this.#recommender.recommend(String(autoscaler.id), at)
      if (recommendation !== undefined) this.#write(autoscaler, recommendation, now)
    }
    this.#hasForgotten = this.#recommender.collectGarbage(at)
  }

  /** When something would be another although nothing happens in between: samples come, or what is known expires. */
  nextChange(now: SimTime): SimTime {
    if (this.#hasForgotten) return now
    for (const { isFinished } of this.#followed.values()) if (!isFinished) return now
    const expiry = this.#recommender.nextExpiry
    return expiry === undefined ? NEVER : Math.max(expiry - this.#clock.epochMicros, now)
  }

  #loadAutoscalers(autoscalers: readonly StoredAutoscaler[]): void {
    const seen = new Set<string>()
    for (const { id, namespace, selector, spec } of autoscalers) {
      const key = String(id)
      seen.add(key)
      this.#recommender.putAutoscaler(key, namespace, selector, spec.resourcePolicy)
    }
    for (const key of this.#autoscalers) if (!seen.has(key)) this.#recommender.deleteAutoscaler(key)
    this.#autoscalers = seen
  }

  /** Pods count from when they have left the phase Pending. */
  #follow({ namespace, selector }: StoredAutoscaler, at: number): void {
    const { pods, labelSets, templates } = this.#api.state
    for (const pod of this.#pods.matching(namespace, selector)) {
      if (pods.phase[pod] === Phase.Pending || !pods.exists(pod)) continue
      const uid = pods.uid[pod]
      const labels = pods.labelsOf(pod)
      const isFinished = pods.isFinished(pod)
      const known = this.#followed.get(pod)
      const isNew = known?.uid !== uid
      if (!isNew && known.labels === labels && known.isFinished === isFinished) continue
      if (isNew && known !== undefined) this.#recommender.deletePod(String(known.uid))
      this.#followed.set(pod, { uid, labels, isFinished })
      this.#recommender.putPod(String(uid), namespace, labelSets.get(labels), isFinished, at)
      if (!isNew) continue
      for (const { name, resources } of templates.get(pods.templateOf(pod)).spec.containers) {
        const memory = value(resources?.requests?.['memory'] ?? '0') ?? 0
        this.#recommender.putContainer(String(uid), name, memory, at)
      }
    }
  }

  #sample({ namespace, selector }: StoredAutoscaler, now: SimTime): void {
    if (selector.selectsNothing) return
    const answer = this.#metrics.podUsage(namespace, selector, now)
    if ('error' in answer) return
    const { pods } = this.#api.state
    const namespaceId = this.#api.state.namespaceId(namespace)
    for (const usage of answer) {
      const pod = pods.find(namespaceId, usage.pod)
      if (pod !== undefined) this.#addSamples(pods.uid[pod], usage)
    }
  }

  #addSamples(uid: number, { timestamp, containers }: PodUsage): void {
    const time = this.#clock.epochMicros + timestamp
    for (const { name, usageMilli } of containers) {
      const milliCPU = usageMilli.get('cpu') ?? 0
      const memoryBytes = Math.ceil((usageMilli.get('memory') ?? 0) / 1000)
      this.#recommender.addSample(String(uid), name, { milliCPU, memoryBytes }, time)
    }
  }

  #hearOfKills(): void {
    for (const { uid, container, requestedMemoryBytes, time } of this.kills.take()) {
      const at = this.#clock.epochMicros + this.#clock.wholeSecond(time)
      this.#recommender.recordOOM(String(uid), container, requestedMemoryBytes, at)
    }
  }

  #forgetRemoved(): void {
    const { pods } = this.#api.state
    for (const [pod, { uid }] of this.#followed) {
      if (pods.uid[pod] === uid && pods.exists(pod)) continue
      this.#recommender.deletePod(String(uid))
      this.#followed.delete(pod)
    }
  }

  #write(autoscaler: StoredAutoscaler, { containers, conditions }: Recommendation, now: SimTime): void {
    const { id, status, targetError } = autoscaler
    const unsupported: VerticalPodAutoscalerCondition[] =
      targetError === undefined ? [] : [{ type: CONFIG_UNSUPPORTED, status: 'True', message: targetError }]
    const generation = this.#api.state.objects.get(id).meta.generation
    const next: VerticalPodAutoscalerStatus = {
      recommendation: writeRecommendation(containers),
      conditions: [...unsupported, ...conditions].map(condition => this.#stamped(condition, status, now)),
      observedGeneration: generation,
    }
    if (JSON.stringify(next) !== JSON.stringify(status)) this.#api.objects.updateStatus(id, next)
  }

  /** A condition whose status stays keeps its time. */
  #stamped(
    condition: VerticalPodAutoscalerCondition,
    { conditions }: VerticalPodAutoscalerStatus,
    now: SimTime,
  ): VerticalPodAutoscalerCondition {
    const old = (conditions ?? []).find(({ type }) => type === condition.type)
    const since = old?.status === condition.status ? old.lastTransitionTime : undefined
    return { ...condition, lastTransitionTime: since ?? this.#clock.wholeSecond(now) }
  }
}
