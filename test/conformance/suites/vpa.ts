import { admitPod } from '../../../engine/autoscaler/vpa/admission.js'
import type { StateCheckpoint } from '../../../engine/autoscaler/vpa/aggregate-state.js'
import { capRecommendation } from '../../../engine/autoscaler/vpa/cap-recommendation.js'
import type { Autoscaler, TopmostController } from '../../../engine/autoscaler/vpa/controlling-autoscaler.js'
import {
  DecayingHistogram,
  type HistogramCheckpoint,
} from '../../../engine/autoscaler/vpa/decaying-histogram.js'
import {
  CPU_BUCKETS,
  type HistogramBuckets,
  MEMORY_BUCKETS,
} from '../../../engine/autoscaler/vpa/histogram-buckets.js'
import type { ManagedPod, ResizeCondition } from '../../../engine/autoscaler/vpa/managed-pod.js'
import type { LimitRange } from '../../../engine/autoscaler/vpa/namespace-limits.js'
import { type ObservedPod, outOfMemoryKills } from '../../../engine/autoscaler/vpa/oom-observer.js'
import type { ContainerRecommendation } from '../../../engine/autoscaler/vpa/recommendation.js'
import { Recommender } from '../../../engine/autoscaler/vpa/recommender.js'
import { Updater } from '../../../engine/autoscaler/vpa/updater.js'
import { SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { apiTime } from '../../../engine/model/api-time.js'
import { selectorOfLabels } from '../../../engine/model/labels.js'
import type { Amounts, Container, Labels, ResourceRequirements } from '../../../engine/model/pod-spec.js'
import { scaledInt64 } from '../../../engine/model/quantity-arithmetic.js'
import { type ResourceList, resourceListOf } from '../../../engine/model/resource-list.js'
import type {
  PodResourcePolicy,
  RecommendedPodResources,
  VerticalPodAutoscalerSpec,
  VerticalPodAutoscalerStatus,
} from '../../../engine/model/vertical-pod-autoscaler.js'
import { HISTOGRAM, UPDATER } from '../../../engine/model/vertical-pod-autoscaler-defaults.js'
import { verticalPodAutoscalerErrors } from '../../../engine/model/vertical-pod-autoscaler-validation.js'
import { type Suite, suiteOfKinds } from '../suite.js'

type Percentiles = readonly (number | 'either')[]

interface WantedBuckets {
  readonly findBucket: readonly (readonly [value: number, bucket: number])[]
  readonly findBucketAtStarts: readonly (readonly [value: number, bucket: number])[]
}

type HistogramOp =
  | readonly ['add' | 'subtract' | 'addOther', number, number, number]
  | readonly ['mergeOther']
  | readonly ['reloadFromCheckpoint']

interface GivenHistogram {
  readonly histogram: 'cpu' | 'memory'
  readonly epoch: string
  readonly halfLifeSeconds: number
  readonly ops: readonly HistogramOp[]
  readonly percentilesAsked: readonly number[]
}

type RecommenderEvent =
  | readonly ['pod', number, string, Labels, readonly (readonly [string, number])[]]
  | readonly ['gone', number, string]
  | readonly ['use', number, string, string, number, number]
  | readonly ['oom', number, string, string, number]
  | readonly ['resourcePolicy', number, PodResourcePolicy | null]
  | readonly ['run', number]

interface GivenRecommend {
  readonly start: string
  readonly events: readonly RecommenderEvent[]
  readonly maxAllowed?: Amounts
  readonly vpas: readonly GivenAutoscaler[]
}

interface GivenAutoscaler {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string }
  readonly spec: VerticalPodAutoscalerSpec
  readonly status?: VerticalPodAutoscalerStatus
}

interface GivenTermination {
  readonly reason?: string
  readonly startedAt?: string
  readonly finishedAt?: string
}

interface GivenPod {
  readonly metadata: {
    readonly name: string
    readonly labels?: Labels
    readonly annotations?: Labels
    readonly deletionTimestamp?: string
    readonly ownerReferences?: readonly { kind: string; name: string; controller?: boolean }[]
  }
  readonly spec: { readonly containers: readonly Container[] }
  readonly status?: {
    readonly phase?: string
    readonly startTime?: string
    readonly conditions?: readonly ResizeCondition[]
    readonly containerStatuses?: readonly {
      readonly name: string
      readonly restartCount?: number
      readonly resources?: ResourceRequirements
      readonly state?: { readonly running?: object; readonly terminated?: GivenTermination }
      readonly lastState?: { readonly terminated?: GivenTermination }
    }[]
  }
}

interface GivenLimitRange {
  readonly spec: LimitRange
}

interface GivenUpdater {
  readonly now: string
  readonly runsAfterSeconds: readonly number[]
  readonly pods?: readonly GivenPod[]
  readonly replicaSets?: readonly { metadata: { name: string }; spec: { replicas?: number } }[]
  readonly vpas: readonly GivenAutoscaler[]
  readonly limitRanges?: readonly GivenLimitRange[]
  readonly minReplicas?: number
  readonly evictionTolerance?: number
  readonly evictionRefused?: readonly string[]
  readonly resizeRefused?: readonly string[]
}

/** The parts of the Vertical Pod Autoscaler, called as the recorded program called upstream's. */
export const vpaSuite: Suite = suiteOfKinds('vpa', {
  buckets({ histogram }: { histogram: 'cpu' | 'memory' }, _, want: WantedBuckets) {
    const buckets = bucketsOf(histogram)
    const starts = Array.from({ length: buckets.count }, (__, i) => buckets.start(i))
    return {
      numBuckets: buckets.count,
      epsilon: HISTOGRAM.epsilon,
      bucketStarts: starts,
      findBucket: want.findBucket.map(([value]) => [value, buckets.find(value)]),
      // Exactly on a boundary the last bit of a logarithm decides, so the bucket below is as right.
      findBucketAtStarts: want.findBucketAtStarts.map(([value, bucket]) => {
        const found = buckets.find(value)
        return [value, Math.abs(found - bucket) === 1 ? bucket : found]
      }),
    }
  },

  histogram(given: GivenHistogram, _, want: { percentiles: readonly Percentiles[] }) {
    return runHistogram(given, want.percentiles)
  },

  recommend: runRecommender,

  cap(given: {
    pod: GivenPod
    spec: VerticalPodAutoscalerSpec
    recommendation?: RecommendedPodResources
    limitRanges?: readonly GivenLimitRange[]
  }) {
    const { pod, spec, recommendation, limitRanges = [] } = given
    const status = recommendation === undefined ? {} : { recommendation }
    const capped = capRecommendation({ spec, status }, managedPod(pod), limitRanges.map(rangeOf))
    const annotations = [...capped.annotations].map(([name, said]) => [name, said.toSorted()])
    return {
      annotations: Object.fromEntries(annotations),
      recommendation: capped.isAny ? capped.containers.map(shownRecommendation) : undefined,
    }
  },

  admission(given: {
    pod: GivenPod
    vpas: readonly GivenAutoscaler[]
    limitRanges?: readonly GivenLimitRange[]
  }) {
    const pod = managedPod(given.pod)
    const autoscalers = given.vpas.map(autoscalerOf)
    const admitted = admitPod(pod, autoscalers, topmost, (given.limitRanges ?? []).map(rangeOf))
    return {
      vpa: admitted?.autoscaler.name,
      changed: admitted?.isChanged ?? false,
      observedContainers: admitted?.annotations.vpaObservedContainers,
      containers: (admitted?.containers ?? pod.containers).map(shownContainer),
    }
  },

  updater: runUpdater,

  validation({ vpa }: { vpa: { spec?: VerticalPodAutoscalerSpec } }) {
    const errors = verticalPodAutoscalerErrors(vpa.spec ?? {})
    return { errors: errors.length === 0 ? undefined : errors.toSorted() }
  },

  oomObserver(given: { old: GivenPod; new: GivenPod }) {
    const [kill] = outOfMemoryKills(observedPod(given.old), observedPod(given.new))
    if (kill === undefined) return {}
    const { container, requestedMemoryBytes, time } = kill
    return { oom: { container, memory: requestedMemoryBytes, time: apiTime(time / SECOND) } }
  },
})

function bucketsOf(name: 'cpu' | 'memory'): HistogramBuckets {
  return name === 'cpu' ? CPU_BUCKETS : MEMORY_BUCKETS
}

function runHistogram(given: GivenHistogram, wanted: readonly Percentiles[]) {
  const halfLife = given.halfLifeSeconds * SECOND
  const epoch = timeOf(given.epoch)
  const made = () => new DecayingHistogram(bucketsOf(given.histogram), halfLife)
  const other = made()
  let histogram = made()
  const percentiles = given.ops.map((op, i) => {
    if (op[0] === 'mergeOther') histogram.merge(other)
    else if (op[0] === 'reloadFromCheckpoint') {
      const checkpoint = histogram.checkpoint()
      histogram = made()
      histogram.load(checkpoint)
    } else {
      const [kind, seconds, value, weight] = op
      const time = epoch + seconds * SECOND
      if (kind === 'add') histogram.add(value, weight, time)
      else if (kind === 'subtract') histogram.subtract(value, weight, time)
      else other.add(value, weight, time)
    }
    return given.percentilesAsked.map((share, j) => {
      return wanted[i]?.[j] === 'either' ? 'either' : histogram.percentile(share)
    })
  })
  return { percentiles, empty: histogram.isEmpty, checkpoint: shownHistogram(histogram.checkpoint()) }
}

function runRecommender({ start, events, maxAllowed = {}, vpas }: GivenRecommend) {
  const epoch = timeOf(start)
  const recommender = new Recommender(maxAllowed)
  const selector = selectorOfLabels({ app: 'web' })
  for (const { metadata, spec } of vpas) {
    recommender.putAutoscaler(metadata.name, 'default', selector, spec.resourcePolicy)
  }
  const [{ metadata }] = vpas
  const runs: object[] = []
  let last = epoch
  for (const event of events) {
    const now = epoch + event[1] * SECOND
    switch (event[0]) {
      case 'pod': {
        const [, , name, labels, containers] = event
        recommender.putPod(name, 'default', labels, false, now)
        for (const [container, request] of containers) recommender.putContainer(name, container, request, now)
        break
      }
      case 'gone':
        recommender.deletePod(event[2])
        break
      case 'use': {
        const [, , pod, container, milliCPU, memoryBytes] = event
        recommender.addSample(pod, container, { milliCPU, memoryBytes }, now)
        break
      }
      case 'oom': {
        const [, , pod, container, request] = event
        recommender.recordOOM(pod, container, request, now)
        break
      }
      case 'resourcePolicy':
        recommender.putAutoscaler(metadata.name, 'default', selector, event[2])
        break
      case 'run': {
        const recommendation = recommender.recommend(metadata.name, now)
        runs.push({
          t: event[1],
          recommendation: recommendation?.containers.map(shownRecommendation),
          conditions: recommendation?.conditions.map(({ type, status, reason }) => [
            type,
            status,
            reason ?? '',
          ]),
        })
        recommender.collectGarbage(now)
        last = now
      }
    }
  }
  const states = [...recommender.checkpoints(metadata.name, last)]
  return {
    runs,
    finalStates: Object.fromEntries(states.map(([name, state]) => [name, shownState(state, epoch)])),
  }
}

function shownState(state: StateCheckpoint, epoch: SimTime) {
  const secondsOf = (time: SimTime | undefined) => (time === undefined ? undefined : (time - epoch) / SECOND)
  return {
    cpuHistogram: shownHistogram(state.cpuHistogram),
    memoryHistogram: shownHistogram(state.memoryHistogram),
    firstSampleStart: secondsOf(state.firstSampleStart),
    lastSampleStart: secondsOf(state.lastSampleStart),
    totalSamplesCount: state.totalSamplesCount,
  }
}

function shownHistogram({ referenceTimestamp, bucketWeights, totalWeight }: HistogramCheckpoint) {
  return {
    referenceTimestamp: referenceTimestamp === undefined ? undefined : apiTime(referenceTimestamp / SECOND),
    bucketWeights: Object.fromEntries(bucketWeights),
    totalWeight,
  }
}

function runUpdater(given: GivenUpdater) {
  const ranges = (given.limitRanges ?? []).map(rangeOf)
  const autoscalers = given.vpas.map(autoscalerOf)
  let pods = (given.pods ?? []).map(managedPod)
  let evicted: Record<string, string[]> = {}
  let resized: Record<string, [string, object[]][]> = {}
  const updater = new Updater(
    {
      ...UPDATER,
      // The recorded updater was made without `--evict-after-oom-threshold`: no kill was quick.
      quickOomThreshold: 0,
      minReplicas: given.minReplicas ?? UPDATER.minReplicas,
      evictionTolerance: given.evictionTolerance ?? UPDATER.evictionTolerance,
    },
    {
      topmost,
      configuredReplicas: (_, { kind, name }) =>
        given.replicaSets?.find(({ metadata }) => kind === 'ReplicaSet' && metadata.name === name)?.spec
          .replicas,
      limitRanges: () => ranges,
      evict({ name, labels }) {
        if (given.evictionRefused?.includes(name)) return false
        const { [labels.app]: list = [] } = evicted
        evicted[labels.app] = [...list, name]
        return true
      },
      resize({ name, labels }, containers) {
        if (given.resizeRefused?.includes(name)) return false
        const { [labels.app]: list = [] } = resized
        resized[labels.app] = [...list, [name, containers.map(shownContainer)]]
        return true
      },
    },
  )
  let now = timeOf(given.now)
  const runs = given.runsAfterSeconds.map(wait => {
    now += wait * SECOND
    evicted = {}
    resized = {}
    updater.run(autoscalers, pods, now)
    const gone = new Set(Object.values(evicted).flat())
    pods = pods.filter(({ name }) => !gone.has(name))
    return { evicted, resized }
  })
  return { runs }
}

/** A ReplicaSet `web-1` belongs to the Deployment `web`. */
const topmost: TopmostController = (_, { kind, name }) =>
  kind === 'ReplicaSet' ? { kind: 'Deployment', name: name.replace(/-1$/, '') } : { kind, name }

function autoscalerOf({ metadata, spec, status }: GivenAutoscaler): Autoscaler {
  return {
    namespace: 'default',
    name: metadata.name,
    created: metadata.creationTimestamp === undefined ? 0 : timeOf(metadata.creationTimestamp),
    spec,
    ...(status === undefined ? {} : { status }),
    selector: selectorOfLabels({ app: spec.targetRef?.name ?? '' }),
  }
}

function managedPod({ metadata, spec, status = {} }: GivenPod): ManagedPod {
  const controller = metadata.ownerReferences?.find(owner => owner.controller === true)
  return {
    namespace: 'default',
    name: metadata.name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ...(controller === undefined ? {} : { controller }),
    phase: status.phase ?? 'Pending',
    isDeleted: metadata.deletionTimestamp !== undefined,
    ...(status.startTime === undefined ? {} : { startTime: timeOf(status.startTime) }),
    conditions: status.conditions ?? [],
    containers: spec.containers,
    containerStatuses: (status.containerStatuses ?? []).map(({ name, resources, lastState }) => ({
      name,
      ...(resources === undefined ? {} : { resources }),
      ...(lastState?.terminated === undefined ? {} : { lastTerminated: terminationOf(lastState.terminated) }),
    })),
  }
}

function observedPod({ spec, status = {} }: GivenPod): ObservedPod {
  return {
    containers: spec.containers,
    containerStatuses: (status.containerStatuses ?? []).map(container => {
      const { name, restartCount = 0, resources, state, lastState } = container
      return {
        name,
        restartCount,
        isRunning: state?.running !== undefined,
        ...(resources === undefined ? {} : { resources }),
        ...(state?.terminated === undefined ? {} : { terminated: terminationOf(state.terminated) }),
        ...(lastState?.terminated === undefined
          ? {}
          : { lastTerminated: terminationOf(lastState.terminated) }),
      }
    }),
  }
}

function terminationOf({ reason, startedAt, finishedAt }: GivenTermination) {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(startedAt === undefined ? {} : { startedAt: timeOf(startedAt) }),
    finishedAt: finishedAt === undefined ? 0 : timeOf(finishedAt),
  }
}

function rangeOf({ spec }: GivenLimitRange): LimitRange {
  return spec
}

function shownRecommendation(recommendation: ContainerRecommendation) {
  const { containerName, target, lowerBound, upperBound, uncappedTarget } = recommendation
  return {
    container: containerName,
    target: shownList(target),
    lowerBound: lowerBound && shownList(lowerBound),
    upperBound: upperBound && shownList(upperBound),
    uncappedTarget: uncappedTarget && shownList(uncappedTarget),
  }
}

function shownContainer({ name, resources }: Container) {
  return {
    name,
    requests: listOrNothing(resourceListOf(resources?.requests)),
    limits: listOrNothing(resourceListOf(resources?.limits)),
  }
}

/** The recordings leave empty lists of containers out. */
function listOrNothing(list: ResourceList): Record<string, number> | undefined {
  return list.size === 0 ? undefined : shownList(list)
}

/** Cpu in milli, all else in whole units. */
function shownList(list: ResourceList): Record<string, number> {
  const amounts = [...list].map(([name, quantity]): [string, number] => {
    return [name, Number(scaledInt64(quantity, name === 'cpu' ? -3 : 0))]
  })
  return Object.fromEntries(amounts)
}

function timeOf(text: string): SimTime {
  return Math.round(Date.parse(text) * 1000)
}
