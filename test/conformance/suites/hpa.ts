import { Autoscaler } from '../../../engine/controllers/horizontal-pod-autoscaler/autoscaler.js'
import { AutoscalerMemory } from '../../../engine/controllers/horizontal-pod-autoscaler/autoscaler-memory.js'
import type {
  AutoscalerSettings,
  AutoscalerWorld,
  Reconciliation,
} from '../../../engine/controllers/horizontal-pod-autoscaler/autoscaler-world.js'
import { ControllingAutoscalers } from '../../../engine/controllers/horizontal-pod-autoscaler/controlling-autoscalers.js'
import type { Scale } from '../../../engine/controllers/horizontal-pod-autoscaler/scale-subresource.js'
import type { ScaledPod } from '../../../engine/controllers/horizontal-pod-autoscaler/scaled-pod.js'
import { SECOND, type SimTime } from '../../../engine/kernel/time.js'
import {
  type HorizontalPodAutoscalerBehavior,
  type HorizontalPodAutoscalerSpec,
  type HorizontalPodAutoscalerStatus,
  NEW_HORIZONTAL_POD_AUTOSCALER_STATUS,
  type ScalingRules,
} from '../../../engine/model/autoscaling.js'
import { defaultHorizontalPodAutoscalerSpec } from '../../../engine/model/autoscaling-defaults.js'
import { horizontalPodAutoscalerErrors } from '../../../engine/model/autoscaling-validation.js'
import type { ConditionStatus } from '../../../engine/model/conditions.js'
import { parseGoDuration } from '../../../engine/model/go-duration.js'
import type { CompiledSelector } from '../../../engine/model/labels.js'
import type { MetricsApi, MetricsRefusal, PodUsage } from '../../../engine/model/metrics-api.js'
import type { Container, Labels } from '../../../engine/model/pod-spec.js'
import { milliValue } from '../../../engine/model/quantity.js'
import { parseSelector } from '../../../engine/model/selector-text.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface Config {
  readonly cpuInitializationPeriodSeconds: number
  readonly downscaleStabilizationSeconds: number
  readonly initialReadinessDelaySeconds: number
  readonly tolerance: number
}

interface GivenPod {
  readonly metadata: {
    readonly name: string
    readonly labels?: Labels
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly containers: readonly Container[] }
  readonly status?: {
    readonly phase?: ScaledPod['phase']
    readonly startTime?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: ConditionStatus
      readonly lastTransitionTime: string
    }[]
  }
}

interface GivenPodMetrics {
  readonly metadata: { readonly name: string }
  readonly timestamp: string
  readonly window: string
  readonly containers?: readonly { readonly name: string; readonly usage: Labels }[]
}

interface GivenStep {
  readonly now: string
  readonly config: Config
  readonly spec: Partial<HorizontalPodAutoscalerSpec>
  readonly scale: Partial<Scale>
  readonly pods?: readonly GivenPod[]
  readonly podMetrics?: readonly GivenPodMetrics[]
  readonly podsMetricValues?: readonly { metricName: string; pod: string; value: string }[]
  readonly objectMetricValues?: readonly { metricName: string; kind: string; name: string; value: string }[]
  readonly externalMetricValues?: readonly { metricName: string; metricLabels?: Labels; value: string }[]
  readonly failing?: readonly string[]
  readonly otherAutoscalersSelecting?: string | readonly string[]
}

type PodRow = [
  name: string,
  phase: ScaledPod['phase'],
  start: number | null,
  ready: boolean,
  readySince: number,
  deleting: boolean,
]

interface SequenceStep {
  readonly podsSet?: readonly PodRow[]
  readonly podsGone?: readonly string[]
  readonly usage?: readonly (number | null)[]
  readonly external?: number
  readonly metricsUnavailable?: boolean
  readonly setReplicas?: number
}

interface GivenSequence {
  readonly config: Config
  readonly container: { readonly name: string; readonly requests?: Labels }
  readonly initialReplicas: number
  readonly metricAgeSeconds: number
  readonly metricWindowSeconds: number
  readonly metricKind: 'cpu' | 'two' | 'mem' | 'pods' | 'external'
  readonly spec: Partial<HorizontalPodAutoscalerSpec>
  readonly stepSeconds: number
  readonly steps: readonly SequenceStep[]
}

const UNAVAILABLE: MetricsRefusal = { error: 'metrics unavailable' }
const NO_METRIC: MetricsRefusal = { error: 'metric not found' }
const LABELS = { app: 'web' }

/** Autoscalers called by hand over the scale, pods and metrics that a case describes. */
export const hpaSuite: Suite = suiteOfKinds('hpa', {
  defaulting({ spec }: { spec: Partial<HorizontalPodAutoscalerSpec> }) {
    return { spec: defaultHorizontalPodAutoscalerSpec(spec) }
  },

  validation({ spec }: { spec: Partial<HorizontalPodAutoscalerSpec> }) {
    const written = { ...spec, ...(spec.behavior ? { behavior: withEmptyLists(spec.behavior) } : {}) }
    return {
      errors: listOrNothing(horizontalPodAutoscalerErrors(defaultHorizontalPodAutoscalerSpec(written))),
    }
  },

  step(given: GivenStep) {
    const rig = new AutoscalerRig(given.config, given.spec, given.scale, metricsOf(given))
    rig.pods = (given.pods ?? []).map(scaledPod)
    rig.isScaleRefused = given.failing?.includes('scaleUpdate') ?? false
    for (const [i, text] of [given.otherAutoscalersSelecting ?? []].flat().entries()) {
      const selector = parseSelector(text)
      if (!('error' in selector)) rig.others.put('default', `other${i}`, selector)
    }
    const { status, error } = rig.reconcile(timeOf(given.now))
    return {
      error,
      events: listOrNothing(rig.events),
      scaledTo: rig.scaledTo,
      status: {
        conditions: status.conditions.map(({ type, status: value, reason, message }) => [
          type,
          value,
          reason,
          message,
        ]),
        currentMetrics: listOrNothing(status.currentMetrics),
        currentReplicas: status.currentReplicas,
        desiredReplicas: status.desiredReplicas,
        rescaled: status.lastScaleTime !== undefined,
      },
    }
  },

  sequence(given: GivenSequence) {
    const history = new RecordedPods(given)
    const { initialReplicas } = given
    const scale = { specReplicas: initialReplicas, selector: 'app=web' }
    const rig = new AutoscalerRig(given.config, given.spec, scale, history)
    let before = ''
    return {
      steps: given.steps.map((step, i) => {
        history.take(step)
        if (step.setReplicas !== undefined) rig.scale.specReplicas = step.setReplicas
        rig.pods = history.pods()
        rig.scale.statusReplicas = rig.pods.length
        const { status, error } = rig.reconcile(i * given.stepSeconds * SECOND)
        const conditions = status.conditions.map(({ type, status: value, reason }) => [type, value, reason])
        const told = JSON.stringify(conditions)
        const isNew = told !== before
        before = told
        return {
          conditions: isNew ? listOrNothing(conditions) : undefined,
          error,
          events: listOrNothing(rig.events),
          replicas: rig.scale.specReplicas,
          status: [status.currentReplicas, status.desiredReplicas],
        }
      }),
    }
  },
})

/** The recordings leave empty lists out: rules in which nothing stands were written with no policies. */
function withEmptyLists({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior) {
  const filled = (rules: ScalingRules | null | undefined): ScalingRules | null =>
    rules && Object.keys(rules).length === 0 ? { policies: [] } : (rules ?? null)
  return { scaleUp: filled(scaleUp), scaleDown: filled(scaleDown) }
}

/** One autoscaler and its target. */
class AutoscalerRig {
  readonly scale: { -readonly [F in keyof Scale]: Scale[F] }
  readonly others = new ControllingAutoscalers()
  pods: readonly ScaledPod[] = []
  isScaleRefused = false
  scaledTo: number | undefined
  events: [type: string, reason: string, message: string][] = []
  readonly #spec: HorizontalPodAutoscalerSpec
  readonly #metrics: MetricsApi
  readonly #memory = new AutoscalerMemory()
  readonly #autoscaler: Autoscaler
  #status: HorizontalPodAutoscalerStatus = NEW_HORIZONTAL_POD_AUTOSCALER_STATUS

  constructor(
    config: Config,
    spec: Partial<HorizontalPodAutoscalerSpec>,
    scale: Partial<Scale>,
    metrics: MetricsApi,
  ) {
    const settings: AutoscalerSettings = {
      cpuInitializationPeriod: config.cpuInitializationPeriodSeconds * SECOND,
      initialReadinessDelay: config.initialReadinessDelaySeconds * SECOND,
      downscaleStabilization: config.downscaleStabilizationSeconds * SECOND,
      tolerance: config.tolerance,
    }
    this.#spec = defaultHorizontalPodAutoscalerSpec(spec)
    this.#metrics = metrics
    this.scale = { specReplicas: 0, statusReplicas: 0, selector: '', ...scale }
    this.#autoscaler = new Autoscaler(this.#world(), settings, this.others)
  }

  reconcile(now: SimTime): Reconciliation {
    this.events = []
    const subject = { namespace: 'default', name: 'web', spec: this.#spec, status: this.#status }
    const result = this.#autoscaler.reconcile(subject, this.#memory, now, now)
    this.#status = result.status
    return result
  }

  #world(): AutoscalerWorld {
    return {
      metrics: this.#metrics,
      scale: () => ({ ...this.scale }),
      rescale: replicas => this.#rescale(replicas),
      pods: selector => {
        const selected = this.pods.filter(pod => selector.matches(pod.labels))
        return { count: selected.length, labels: selected.map(({ labels }) => labels), list: () => selected }
      },
      event: (type, reason, message) => this.events.push([type, reason, message]),
    }
  }

  #rescale(replicas: number): string | undefined {
    if (this.isScaleRefused) return 'scale update refused'
    this.scale.specReplicas = replicas
    this.scaledTo = replicas
    return undefined
  }
}

function scaledPod({ metadata, spec, status = {} }: GivenPod): ScaledPod {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    phase: status.phase ?? 'Pending',
    isDeleted: metadata.deletionTimestamp !== undefined,
    ...(status.startTime === undefined ? {} : { startTime: timeOf(status.startTime) }),
    ...(ready === undefined
      ? {}
      : { ready: { status: ready.status, since: timeOf(ready.lastTransitionTime) } }),
    spec,
  }
}

function metricsOf(given: GivenStep): MetricsApi {
  const fails = (api: string): boolean => given.failing?.includes(api) ?? false
  return {
    // The recorded API answers every list with all it has.
    podUsage: () => (fails('resource') ? UNAVAILABLE : (given.podMetrics ?? []).map(podUsage)),
    podMetric(_, metric, selector, __, now) {
      if (fails('custom')) return UNAVAILABLE
      const names = new Set(
        (given.pods ?? [])
          .filter(({ metadata }) => selector.matches(metadata.labels ?? {}))
          .map(({ metadata }) => metadata.name),
      )
      return (given.podsMetricValues ?? [])
        .filter(({ metricName, pod }) => metricName === metric && names.has(pod))
        .map(({ pod, value }) => ({ pod, milli: milliOf(value), timestamp: now, window: 60 * SECOND }))
    },
    objectMetric({ object, metric }) {
      if (fails('custom')) return UNAVAILABLE
      const found = (given.objectMetricValues ?? []).find(
        ({ metricName, kind, name }) => metricName === metric && kind === object.kind && name === object.name,
      )
      return found === undefined ? NO_METRIC : milliOf(found.value)
    },
    externalMetric(_, metric, selector) {
      if (fails('external')) return UNAVAILABLE
      return (given.externalMetricValues ?? [])
        .filter(
          ({ metricName, metricLabels = {} }) => metricName === metric && selector.matches(metricLabels),
        )
        .map(({ value }) => milliOf(value))
    },
  }
}

function podUsage({ metadata, timestamp, window, containers = [] }: GivenPodMetrics): PodUsage {
  const nanos = parseGoDuration(window)
  if (typeof nanos !== 'bigint') throw new Error(`window ${window}`)
  return {
    pod: metadata.name,
    timestamp: timeOf(timestamp),
    window: Number(nanos / 1000n),
    containers: containers.map(({ name, usage }) => ({
      name,
      usageMilli: new Map(Object.entries(usage).map(([resource, amount]) => [resource, milliOf(amount)])),
    })),
  }
}

/** Pods that come, change and go from step to step, and what is measured of them. */
class RecordedPods implements MetricsApi {
  readonly #given: GivenSequence
  readonly #pods = new Map<string, PodRow>()
  #step: SequenceStep = {}

  constructor(given: GivenSequence) {
    this.#given = given
  }

  take(step: SequenceStep): void {
    this.#step = step
    for (const row of step.podsSet ?? []) this.#pods.set(row[0], row)
    for (const name of step.podsGone ?? []) this.#pods.delete(name)
  }

  pods(): ScaledPod[] {
    const { name: container, requests = {} } = this.#given.container
    const spec = { containers: [{ name: container, resources: { requests } }] }
    return this.#rows().map(([name, phase, start, ready, since, isDeleted]) => ({
      name,
      labels: LABELS,
      phase,
      isDeleted,
      ...(start === null ? {} : { startTime: start * SECOND }),
      ready: { status: ready ? 'True' : 'False', since: since * SECOND },
      spec,
    }))
  }

  podUsage(_: string, __: CompiledSelector, now: SimTime): readonly PodUsage[] | MetricsRefusal {
    if (this.#step.metricsUnavailable === true) return UNAVAILABLE
    const { metricKind, container } = this.#given
    const resource = metricKind === 'mem' ? 'memory' : 'cpu'
    const milliPerUnit = metricKind === 'mem' ? 1000 * 2 ** 20 : 1
    return this.#measured(now).map(({ pod, value, timestamp, window }) => ({
      pod,
      timestamp,
      window,
      containers: [{ name: container.name, usageMilli: new Map([[resource, value * milliPerUnit]]) }],
    }))
  }

  podMetric(_: string, __: string, ___: CompiledSelector, ____: CompiledSelector, now: SimTime) {
    if (this.#step.metricsUnavailable === true) return UNAVAILABLE
    return this.#measured(now).map(({ value, ...measured }) => ({ ...measured, milli: value }))
  }

  objectMetric(): MetricsRefusal {
    return NO_METRIC
  }

  externalMetric() {
    const { metricsUnavailable, external } = this.#step
    if (metricsUnavailable === true && this.#given.metricKind !== 'two') return UNAVAILABLE
    return external === undefined ? [] : [external]
  }

  #measured(now: SimTime) {
    const { metricAgeSeconds, metricWindowSeconds } = this.#given
    const timestamp = now - metricAgeSeconds * SECOND
    const window = metricWindowSeconds * SECOND
    const { usage = [] } = this.#step
    return this.#rows().flatMap(([pod], i) => {
      const value = usage[i] ?? null
      return value === null ? [] : [{ pod, value, timestamp, window }]
    })
  }

  /** In the order of the numbers in their names. */
  #rows(): PodRow[] {
    return [...this.#pods.values()].sort(([a], [b]) => numberIn(a) - numberIn(b))
  }
}

function numberIn(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}

function milliOf(text: string): number {
  const milli = milliValue(text)
  if (milli === undefined) throw new Error(`quantity ${text}`)
  return milli
}

function timeOf(text: string): SimTime {
  return Math.round(Date.parse(text) * 1000)
}

/** The recordings leave empty lists out. */
function listOrNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
