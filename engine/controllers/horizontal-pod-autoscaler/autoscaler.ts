/**
 * Looks at one autoscaler after the other over what it may see: the scale of its target, pods, metrics, and what it
 * remembers. It writes the new size and says what the status has become.
 *
 * Upstream: reconcileAutoscaler, computeReplicasForMetrics, normalizeDesiredReplicas in
 * pkg/controller/podautoscaler/ horizontal.go (1.36); gates HPAConfigurableTolerance on, HPAScaleToZero
 * off.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { HorizontalPodAutoscalerStatus, MetricStatus } from '../../model/autoscaling.js'
import type { CompiledSelector } from '../../model/labels.js'
import { parseSelector } from '../../model/selector-text.js'
import type { AutoscalerMemory } from './autoscaler-memory.js'
import { type AutoscalerPlan, planAutoscaler } from './autoscaler-plan.js'
import type {
  AutoscalerSettings,
  AutoscalerSubject,
  AutoscalerWorld,
  Look,
  Reconciliation,
  TargetPods,
} from './autoscaler-world.js'
import { AutoscalerCondition, ConditionDrafts } from './condition-drafts.js'
import type { ControllingAutoscalers } from './controlling-autoscalers.js'
import { evaluateMetric, MetricPlans } from './metric-evaluation.js'
import { foundMessage } from './resource-metric.js'
import type { Scale } from './scale-subresource.js'
import { limitByBounds, limitByPolicies } from './scaling-limits.js'

interface Desire {
  readonly replicas: number
  readonly metric: string
  /** Some metrics failed, and the others want no fewer replicas. */
  readonly error: string | undefined
}

const { AbleToScale, ScalingActive, ScalingLimited } = AutoscalerCondition
const GOT_SCALE = "the HPA controller was able to get the target's current scale"
const STABILIZED = {
  ScaleUpStabilized:
    'recent recommendations were lower than current one, applying the lowest recent recommendation',
  ScaleDownStabilized:
    'recent recommendations were higher than current one, applying the highest recent recommendation',
}
const NO_METRICS: readonly MetricStatus[] = []

export class Autoscaler {
  readonly #world: AutoscalerWorld
  readonly #settings: AutoscalerSettings
  readonly #others: ControllingAutoscalers
  readonly #conditions = new ConditionDrafts()
  readonly #metricPlans = new MetricPlans()
  // Of the look under way:
  #subject!: AutoscalerSubject
  #memory!: AutoscalerMemory
  #plan!: AutoscalerPlan
  #now: SimTime = 0
  #stamp: SimTime = 0
  #metrics: readonly MetricStatus[] = NO_METRICS
  #isStabilized = false
  #limit = ''

  constructor(world: AutoscalerWorld, settings: AutoscalerSettings, others: ControllingAutoscalers) {
    this.#world = world
    this.#settings = settings
    this.#others = others
  }

  /** @param stamp the moment as the API keeps it */
  reconcile(
    subject: AutoscalerSubject,
    memory: AutoscalerMemory,
    now: SimTime,
    stamp: SimTime,
  ): Reconciliation {
    const { spec, namespace, status } = subject
    if (memory.plan?.spec !== spec)
      memory.plan = planAutoscaler(spec, namespace, this.#metricPlans, this.#settings)
    this.#subject = subject
    this.#memory = memory
    this.#plan = memory.plan
    this.#now = now
    this.#stamp = stamp
    this.#metrics = NO_METRICS
    this.#isStabilized = false
    this.#limit = ''
    this.#conditions.begin(status.conditions, memory.conditions, stamp)
    const scale = this.#world.scale(this.#plan.target)
    if (!('error' in scale)) return this.#scaled(scale)
    this.#world.event('Warning', 'FailedGetScale', scale.event)
    const message = `the HPA controller was unable to get the target's current scale: ${scale.event}`
    this.#conditions.set(AbleToScale, 'False', 'FailedGetScale', message)
    const failed = { ...status, conditions: this.#conditions.finish() }
    return { status: failed, error: scale.error, look: undefined }
  }

  #scaled(scale: Scale): Reconciliation {
    const { minReplicas, reference } = this.#plan
    const { maxReplicas } = this.#subject.spec
    const current = scale.specReplicas
    this.#conditions.set(AbleToScale, 'True', 'SucceededGetScale', GOT_SCALE)
    this.#memory.recommendations.start(current, this.#now)
    if (current === 0 && minReplicas !== 0) {
      const disabled = 'scaling is disabled since the replica count of the target is zero'
      this.#conditions.set(ScalingActive, 'False', 'ScalingDisabled', disabled)
      return { status: this.#status(0, 0), error: undefined, look: undefined }
    }
    if (current > maxReplicas) {
      const reason = 'Current number of replicas above Spec.MaxReplicas'
      return this.#rescale(current, maxReplicas, reason, undefined, undefined)
    }
    if (current < minReplicas) {
      const reason = 'Current number of replicas below Spec.MinReplicas'
      return this.#rescale(current, minReplicas, reason, undefined, undefined)
    }
    const desire = this.#desire(scale)
    if (typeof desire === 'string') {
      this.#world.event('Warning', 'FailedComputeMetricsReplicas', desire)
      const what = 'failed to compute desired number of replicas based on listed metrics for'
      const status = this.#status(current, this.#subject.status.desiredReplicas)
      return { status, error: `${what} ${reference}: ${desire}`, look: undefined }
    }
    const { error, metric } = desire
    const wanted = Math.max(desire.replicas, 0)
    const replicas = this.#normalized(current, wanted)
    const look = this.#look(current, wanted, replicas, metric)
    if (replicas === current) return { status: this.#status(current, current), error, look }
    let reason = ''
    if (wanted > current) reason = `${desire.replicas > 0 ? metric : ''} above target`
    if (wanted < current) reason = 'All metrics below target'
    return this.#rescale(current, replicas, reason, error, look)
  }

  #look(current: number, wanted: number, desired: number, metric: string): Look {
    const limit = this.#limit
    const isStabilized = this.#isStabilized
    let limited = limit === 'DesiredWithinRange' ? '' : limit
    if (isStabilized) {
      const window = desired > current || wanted > current ? 'ScaleUpStabilized' : 'ScaleDownStabilized'
      limited = limited === '' ? window : `${window} ${limited}`
    }
    const isLimitedByPolicy = limit === 'ScaleUpLimit' || limit === 'ScaleDownLimit'
    return { current, wanted, desired, metric, limited, isStabilized, isLimitedByPolicy }
  }

  /** The most that any metric wants; a text says why that cannot be told. */
  #desire(scale: Scale): Desire | string {
    const selector = this.#selector(scale.selector)
    if (typeof selector === 'string') return selector
    const pods = this.#world.pods(selector)
    const rivals = this.#rivals(selector, pods)
    if (rivals.length > 0) {
      const list = rivals.join(' ')
      const message = `pods by selector ${scale.selector} are controlled by multiple HPAs: [${list}]`
      return this.#badSelector('AmbiguousSelector', 'AmbiguousSelector', message, message)
    }
    const { specReplicas: currentReplicas, statusReplicas } = scale
    const { metrics, tolerances } = this.#plan
    const now = this.#now
    const calculation = { currentReplicas, pods, tolerances, rules: this.#settings, now }
    const { namespace } = this.#subject
    const query = { api: this.#world.metrics, namespace, selector, statusReplicas, calculation, now }
    // The list is kept in the status: it has no room for more.
    const statuses = new Array<MetricStatus>(metrics.length)
    let replicas = 0
    let metric = ''
    let found: string | undefined
    let failures = 0
    let first = NO_FAILURE
    for (let i = 0; i < metrics.length; i++) {
      const evaluated = evaluateMetric(query, metrics[i])
      if ('error' in evaluated) {
        this.#world.event('Warning', evaluated.reason, evaluated.message)
        statuses[i] = { type: '' }
        if (failures++ === 0) first = evaluated
        continue
      }
      statuses[i] = evaluated.status
      if (replicas !== 0 && evaluated.replicas <= replicas) continue
      replicas = evaluated.replicas
      metric = evaluated.name
      found = metrics[i].resource?.found
    }
    this.#metrics = statuses
    // A metric that failed might have wanted more: it forbids going down, never going up.
    const isUnknown = failures >= metrics.length || (failures > 0 && replicas < currentReplicas)
    if (!isUnknown && failures === 0) return this.#found(replicas, metric, found, undefined)
    const error = `invalid metrics (${failures} invalid out of ${metrics.length}), first error is: ${first.error}`
    if (!isUnknown) return this.#found(replicas, metric, found, error)
    const message = `the HPA was unable to compute the replica count: ${first.message}`
    this.#conditions.set(ScalingActive, 'False', first.reason, message)
    return error
  }

  #found(replicas: number, metric: string, message: string | undefined, error: string | undefined): Desire {
    this.#conditions.set(ScalingActive, 'True', 'ValidMetricFound', message ?? foundMessage(metric))
    return { replicas, metric, error }
  }

  /** Other autoscalers of these pods, with this one. */
  #rivals(selector: CompiledSelector, { labels }: TargetPods): readonly string[] {
    const memory = this.#memory
    const others = this.#others
    const { namespace, name } = this.#subject
    if (memory.controlled !== selector) {
      others.put(namespace, name, selector)
      memory.controlled = selector
    }
    if (memory.isAloneWith(labels, others.version)) return NOBODY
    const rivals = others.rivals(namespace, name, labels)
    if (rivals.length === 0) memory.foundAlone(labels, others.version)
    return rivals
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
    this.#conditions.set(ScalingActive, 'False', reason, message)
    return error
  }

  /** The size after stabilization and limits. */
  #normalized(current: number, desired: number): number {
    const { minReplicas, behavior, windows } = this.#plan
    const { maxReplicas } = this.#subject.spec
    const { recommendations, ups, downs } = this.#memory
    const now = this.#now
    if (behavior === undefined) {
      const steady = recommendations.highest(desired, windows.down, now)
      this.#stabilized(steady !== desired, 'ScaleDownStabilized')
      return this.#limited(steady, limitByBounds(current, steady, { minReplicas, maxReplicas }))
    }
    const { scaleUp, scaleDown } = behavior
    const steady = recommendations.steady(desired, current, windows, now)
    this.#stabilized(steady !== desired, desired >= current ? 'ScaleUpStabilized' : 'ScaleDownStabilized')
    const limits = { minReplicas, maxReplicas, scaleUp, scaleDown, ups, downs }
    return this.#limited(steady, limitByPolicies(current, steady, limits, now))
  }

  #stabilized(isStabilized: boolean, reason: keyof typeof STABILIZED): void {
    this.#isStabilized = isStabilized
    if (isStabilized) this.#conditions.set(AbleToScale, 'True', reason, STABILIZED[reason])
    else
      this.#conditions.set(AbleToScale, 'True', 'ReadyForNewScale', 'recommended size matches current size')
  }

  #limited(steady: number, { replicas, reason, message }: ReturnType<typeof limitByBounds>): number {
    this.#limit = reason
    this.#conditions.set(ScalingLimited, replicas === steady ? 'False' : 'True', reason, message)
    return replicas
  }

  #rescale(
    current: number,
    replicas: number,
    reason: string,
    failure: string | undefined,
    look: Look | undefined,
  ): Reconciliation {
    const text = `New size: ${replicas}; reason: ${reason}`
    const refused = this.#world.rescale(replicas)
    if (refused !== undefined) {
      this.#world.event('Warning', 'FailedRescale', `${text}; error: ${refused}`)
      const message = `the HPA controller was unable to update the target scale: ${refused}`
      this.#conditions.set(AbleToScale, 'False', 'FailedUpdateScale', message)
      const status = this.#status(current, this.#subject.status.desiredReplicas)
      return { status, error: `failed to rescale ${this.#plan.reference}: ${refused}`, look }
    }
    const message = `the HPA controller was able to update the target scale to ${replicas}`
    this.#conditions.set(AbleToScale, 'True', 'SucceededRescale', message)
    this.#world.event('Normal', 'SuccessfulRescale', text)
    this.#memory.resized(current, replicas, this.#now)
    return { status: this.#status(current, replicas, this.#stamp), error: failure, look }
  }

  #status(
    currentReplicas: number,
    desiredReplicas: number,
    lastScaleTime = this.#subject.status.lastScaleTime,
  ): HorizontalPodAutoscalerStatus {
    const currentMetrics = this.#metrics
    const conditions = this.#conditions.finish()
    if (lastScaleTime === undefined) return { currentReplicas, desiredReplicas, currentMetrics, conditions }
    return { currentReplicas, desiredReplicas, lastScaleTime, currentMetrics, conditions }
  }
}

const NOBODY: readonly string[] = []
const NO_FAILURE = { reason: '', message: '', error: '' }
