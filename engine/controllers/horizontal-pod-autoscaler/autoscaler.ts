/**
 * One reconciliation of an autoscaler over what it may see: the scale of its target, pods, metrics, and
 * what it remembers. It writes the new size and says what the status has become.
 *
 * Upstream: reconcileAutoscaler, computeReplicasForMetrics, normalizeDesiredReplicas in
 * pkg/controller/podautoscaler/ horizontal.go (1.36); gates HPAConfigurableTolerance on, HPAScaleToZero
 * off.
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { HorizontalPodAutoscalerStatus, MetricStatus } from '../../model/autoscaling.js'
import type { Condition, ConditionStatus } from '../../model/conditions.js'
import type { CompiledSelector } from '../../model/labels.js'
import { quantityFromJson } from '../../model/quantity.js'
import { parseSelector } from '../../model/selector-text.js'
import type {
  AutoscalerMemory,
  AutoscalerSettings,
  AutoscalerSubject,
  AutoscalerWorld,
  Look,
  Reconciliation,
  Scale,
} from './autoscaler-world.js'
import type { ControllingAutoscalers } from './controlling-autoscalers.js'
import { evaluateMetric } from './metric-evaluation.js'
import type { Tolerances } from './replica-calculator.js'
import { limitByBounds, limitByPolicies, longestPeriod } from './scaling-limits.js'

interface Desire {
  readonly replicas: number
  readonly metric: string
  /** Some metrics failed, and the others want no fewer replicas. */
  readonly error?: string
}

const SCALING_ACTIVE = 'ScalingActive'
const ABLE_TO_SCALE = 'AbleToScale'

export class Autoscaler {
  readonly #subject: AutoscalerSubject
  readonly #world: AutoscalerWorld
  readonly #memory: AutoscalerMemory
  readonly #settings: AutoscalerSettings
  readonly #others: ControllingAutoscalers
  readonly #now: SimTime
  /** The moment as the API keeps it. */
  readonly #stamp: SimTime
  #conditions: readonly Condition[]
  #metrics: readonly MetricStatus[] = []
  #isStabilized = false
  #limit = ''

  constructor(
    subject: AutoscalerSubject,
    world: AutoscalerWorld,
    memory: AutoscalerMemory,
    settings: AutoscalerSettings,
    others: ControllingAutoscalers,
    time: { readonly now: SimTime; readonly stamp: SimTime },
  ) {
    this.#subject = subject
    this.#world = world
    this.#memory = memory
    this.#settings = settings
    this.#others = others
    this.#now = time.now
    this.#stamp = time.stamp
    this.#conditions = subject.status.conditions
  }

  reconcile(): Reconciliation {
    const { spec, status, namespace } = this.#subject
    const { kind, name } = spec.scaleTargetRef
    const reference = `${kind}/${namespace}/${name}`
    const scale = this.#world.scale()
    if ('error' in scale) {
      this.#world.event('Warning', 'FailedGetScale', scale.event)
      const message = `the HPA controller was unable to get the target's current scale: ${scale.event}`
      this.#condition(ABLE_TO_SCALE, 'False', 'FailedGetScale', message)
      return { status: { ...status, conditions: this.#conditions }, error: scale.error }
    }
    const message = "the HPA controller was able to get the target's current scale"
    this.#condition(ABLE_TO_SCALE, 'True', 'SucceededGetScale', message)
    const current = scale.specReplicas
    const minReplicas = spec.minReplicas ?? 1
    this.#memory.recommendations.start(current, this.#now)
    if (current === 0 && minReplicas !== 0) {
      const disabled = 'scaling is disabled since the replica count of the target is zero'
      this.#condition(SCALING_ACTIVE, 'False', 'ScalingDisabled', disabled)
      return { status: this.#status(0, 0) }
    }
    if (current > spec.maxReplicas) {
      const reason = 'Current number of replicas above Spec.MaxReplicas'
      return this.#rescale(reference, current, spec.maxReplicas, reason)
    }
    if (current < minReplicas) {
      const reason = 'Current number of replicas below Spec.MinReplicas'
      return this.#rescale(reference, current, minReplicas, reason)
    }
    const desire = this.#desire(scale)
    if (typeof desire === 'string') {
      this.#world.event('Warning', 'FailedComputeMetricsReplicas', desire)
      const what = 'failed to compute desired number of replicas based on listed metrics for'
      return {
        status: this.#status(current, status.desiredReplicas),
        error: `${what} ${reference}: ${desire}`,
      }
    }
    const failed = desire.error === undefined ? {} : { error: desire.error }
    const wanted = Math.max(desire.replicas, 0)
    const replicas = this.#normalized(current, wanted, minReplicas)
    const look = this.#look(current, wanted, replicas, desire.metric)
    if (replicas === current) return { status: this.#status(current, current), ...failed, look }
    const metric = desire.replicas > 0 ? desire.metric : ''
    let reason = ''
    if (wanted > current) reason = `${metric} above target`
    if (wanted < current) reason = 'All metrics below target'
    return { ...failed, ...this.#rescale(reference, current, replicas, reason), look }
  }

  #look(current: number, wanted: number, desired: number, metric: string): Look {
    const limited = this.#limit
    const isStabilized = this.#isStabilized
    const window = desired > current || wanted > current ? 'ScaleUpStabilized' : 'ScaleDownStabilized'
    const reasons = [
      ...(isStabilized ? [window] : []),
      ...(limited === 'DesiredWithinRange' ? [] : [limited]),
    ]
    return {
      current,
      wanted,
      desired,
      metric,
      limited: reasons.join(' '),
      isStabilized,
      isLimitedByPolicy: limited === 'ScaleUpLimit' || limited === 'ScaleDownLimit',
    }
  }

  /** The most that any metric wants; a text says why that cannot be told. */
  #desire(scale: Scale): Desire | string {
    const selector = this.#selector(scale.selector)
    if (typeof selector === 'string') return selector
    const { namespace, name, spec } = this.#subject
    const pods = this.#world.pods(selector)
    this.#others.put(namespace, name, selector)
    const controlling = this.#others.rivals(namespace, name, pods.labels)
    if (controlling.length > 0) {
      const list = controlling.join(' ')
      const message = `pods by selector ${scale.selector} are controlled by multiple HPAs: [${list}]`
      return this.#badSelector('AmbiguousSelector', 'AmbiguousSelector', message, message)
    }
    const { specReplicas: currentReplicas, statusReplicas } = scale
    const tolerances = this.#tolerances()
    const calculation = { currentReplicas, pods, tolerances, rules: this.#settings, now: this.#now }
    const { metrics: api } = this.#world
    const query = { api, namespace, selector, statusReplicas, calculation, now: this.#now }
    const statuses: MetricStatus[] = []
    const specs = spec.metrics ?? []
    let replicas = 0
    let metric = ''
    let failures = 0
    let first = { reason: '', message: '', error: '' }
    for (const metricSpec of specs) {
      const evaluated = evaluateMetric(query, metricSpec)
      if ('error' in evaluated) {
        this.#world.event('Warning', evaluated.reason, evaluated.message)
        statuses.push({ type: '' })
        if (failures++ === 0) first = evaluated
        continue
      }
      statuses.push(evaluated.status)
      if (replicas !== 0 && evaluated.replicas <= replicas) continue
      replicas = evaluated.replicas
      metric = evaluated.name
    }
    this.#metrics = statuses
    const invalid = `invalid metrics (${failures} invalid out of ${specs.length})`
    const error = `${invalid}, first error is: ${first.error}`
    // A metric that failed might have wanted more: it forbids going down, never going up.
    if (failures >= specs.length || (failures > 0 && replicas < currentReplicas)) {
      const message = `the HPA was unable to compute the replica count: ${first.message}`
      this.#condition(SCALING_ACTIVE, 'False', first.reason, message)
      return error
    }
    const found = `the HPA was able to successfully calculate a replica count from ${metric}`
    this.#condition(SCALING_ACTIVE, 'True', 'ValidMetricFound', found)
    return failures === 0 ? { replicas, metric } : { replicas, metric, error }
  }

  #selector(text: string): CompiledSelector | string {
    if (text === '') {
      const message = "the HPA target's scale is missing a selector"
      return this.#badSelector('SelectorRequired', 'InvalidSelector', 'selector is required', message)
    }
    const known = this.#memory.selector
    if (known?.text === text) return known.read
    const selector = parseSelector(text)
    if (!('error' in selector)) {
      this.#memory.selector = { text, read: selector }
      return selector
    }
    const failure = "couldn't convert selector into a corresponding internal selector object"
    const message = `${failure}: ${selector.error}`
    return this.#badSelector('InvalidSelector', 'InvalidSelector', message, message)
  }

  #badSelector(event: string, reason: string, error: string, message: string): string {
    this.#world.event('Warning', event, error)
    this.#condition(SCALING_ACTIVE, 'False', reason, message)
    return error
  }

  #tolerances(): Tolerances {
    const { tolerance } = this.#settings
    const { behavior } = this.#subject.spec
    return {
      scaleUp: toleranceOf(behavior?.scaleUp?.tolerance) ?? tolerance,
      scaleDown: toleranceOf(behavior?.scaleDown?.tolerance) ?? tolerance,
    }
  }

  /** The size after stabilization and limits. */
  #normalized(current: number, desired: number, minReplicas: number): number {
    const { maxReplicas, behavior } = this.#subject.spec
    const { recommendations, ups, downs } = this.#memory
    const { downscaleStabilization } = this.#settings
    const now = this.#now
    if (behavior === undefined || behavior === null) {
      const steady = recommendations.highest(desired, downscaleStabilization, now)
      this.#stabilized(steady !== desired, 'ScaleDownStabilized')
      return this.#limited(steady, limitByBounds(current, steady, { minReplicas, maxReplicas }))
    }
    const scaleUp = behavior.scaleUp ?? {}
    const scaleDown = behavior.scaleDown ?? {}
    const up = (scaleUp.stabilizationWindowSeconds ?? 0) * SECOND
    const down =
      scaleDown.stabilizationWindowSeconds === undefined || scaleDown.stabilizationWindowSeconds === null
        ? downscaleStabilization
        : scaleDown.stabilizationWindowSeconds * SECOND
    const steady = recommendations.steady(desired, current, { up, down }, now)
    this.#stabilized(steady !== desired, desired >= current ? 'ScaleUpStabilized' : 'ScaleDownStabilized')
    const limits = { minReplicas, maxReplicas, scaleUp, scaleDown, ups, downs }
    return this.#limited(steady, limitByPolicies(current, steady, limits, now))
  }

  #stabilized(isStabilized: boolean, reason: 'ScaleUpStabilized' | 'ScaleDownStabilized'): void {
    this.#isStabilized = isStabilized
    if (!isStabilized) {
      this.#condition(ABLE_TO_SCALE, 'True', 'ReadyForNewScale', 'recommended size matches current size')
      return
    }
    const message =
      reason === 'ScaleUpStabilized'
        ? 'recent recommendations were lower than current one, applying the lowest recent recommendation'
        : 'recent recommendations were higher than current one, applying the highest recent recommendation'
    this.#condition(ABLE_TO_SCALE, 'True', reason, message)
  }

  #limited(steady: number, { replicas, reason, message }: ReturnType<typeof limitByBounds>): number {
    this.#limit = reason
    this.#condition('ScalingLimited', replicas === steady ? 'False' : 'True', reason, message)
    return replicas
  }

  #rescale(reference: string, current: number, replicas: number, reason: string): Reconciliation {
    const text = `New size: ${replicas}; reason: ${reason}`
    const refused = this.#world.rescale(replicas)
    if (refused !== undefined) {
      this.#world.event('Warning', 'FailedRescale', `${text}; error: ${refused}`)
      const message = `the HPA controller was unable to update the target scale: ${refused}`
      this.#condition(ABLE_TO_SCALE, 'False', 'FailedUpdateScale', message)
      const status = this.#status(current, this.#subject.status.desiredReplicas)
      return { status, error: `failed to rescale ${reference}: ${refused}` }
    }
    const message = `the HPA controller was able to update the target scale to ${replicas}`
    this.#condition(ABLE_TO_SCALE, 'True', 'SucceededRescale', message)
    this.#world.event('Normal', 'SuccessfulRescale', text)
    this.#remember(current, replicas)
    return { status: { ...this.#status(current, replicas), lastScaleTime: this.#stamp } }
  }

  #remember(before: number, after: number): void {
    const { behavior } = this.#subject.spec
    if (behavior === undefined || behavior === null) return
    const { ups, downs } = this.#memory
    if (after > before) ups.store(after - before, longestPeriod(behavior.scaleUp ?? {}), this.#now)
    else downs.store(before - after, longestPeriod(behavior.scaleDown ?? {}), this.#now)
  }

  #status(currentReplicas: number, desiredReplicas: number): HorizontalPodAutoscalerStatus {
    const { lastScaleTime } = this.#subject.status
    return {
      currentReplicas,
      desiredReplicas,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      currentMetrics: this.#metrics,
      conditions: this.#conditions,
    }
  }

  /** Conditions stay in the order of their first appearance. */
  #condition(type: string, status: ConditionStatus, reason: string, message: string): void {
    const list = this.#conditions
    const i = list.findIndex(condition => condition.type === type)
    const before = list[i]
    if (before?.status === status && before.reason === reason && before.message === message) return
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : this.#stamp
    const condition = { type, status, reason, message, lastTransitionTime }
    this.#conditions = i === -1 ? [...list, condition] : list.with(i, condition)
  }
}

function toleranceOf(tolerance: string | number | null | undefined): number | undefined {
  if (tolerance === undefined || tolerance === null) return undefined
  const quantity = quantityFromJson(tolerance)
  if ('error' in quantity) return undefined
  return Number(quantity.unscaled) * Number(`1e${quantity.scale}`)
}
