/**
 * How many replicas a metric asks for: the ratio of usage to target, with unready pods and pods without a
 * sample counted so that they can only damp the change, never turn it round.
 *
 * Upstream: pkg/controller/podautoscaler/replica_calculator.go, metrics/utilization.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { ceilInt32, ceilInt64, floorDivide } from './go-numbers.js'
import { groupPods, type ReadinessRules } from './group-pods.js'
import type { MetricSamples } from './metric-sample.js'
import { podRequests, type ScaledPod } from './scaled-pod.js'

export interface Tolerances {
  readonly scaleUp: number
  readonly scaleDown: number
}

export interface Calculation {
  readonly currentReplicas: number
  readonly pods: readonly ScaledPod[]
  readonly tolerances: Tolerances
  readonly rules: ReadinessRules
  readonly now: SimTime
}

export interface ReplicaProposal {
  readonly replicas: number
  /** Usage of the metric: per pod, or of the object or series as a whole. */
  readonly usageMilli: number
  /** Percent of the request, where that is the target. */
  readonly utilization?: number
}

export interface CalculationFailure {
  readonly error: string
}

const NO_PODS: CalculationFailure = { error: 'no pods returned by selector while calculating replica count' }
const NO_SAMPLES: CalculationFailure = {
  error: 'did not receive metrics for targeted pods (pods might be unready)',
}

interface Usage {
  readonly ratio: number
  readonly usageMilli: number
  readonly utilization?: number
}

/** Replicas that bring the pods' usage to a percentage of their requests. */
export function replicasForUtilization(
  calculation: Calculation,
  samples: MetricSamples,
  resource: string,
  container: string,
  target: number,
): ReplicaProposal | CalculationFailure {
  if (calculation.pods.length === 0) return NO_PODS
  const groups = groupPods(calculation, samples, resource)
  const values = groups.values
  if (values.size === 0) return NO_SAMPLES
  const requests = podRequests(calculation.pods, resource, container)
  if ('error' in requests) return requests
  const usage = utilizationOf(values, requests.byPod, target)
  if ('error' in usage) return usage
  // A pod that says nothing is taken for fully used when scaling down: its request, or the target above that.
  const missingPercent = Math.max(100, target)
  return propose(calculation, groups, usage, {
    missing: pod => floorDivide((requests.byPod.get(pod) ?? 0) * missingPercent, 100),
    missingAtTarget: 'left out',
    measure: () => utilizationOf(values, requests.byPod, target),
  })
}

/** Replicas that bring the pods' mean to a value; `resource` is empty for custom metrics. */
export function replicasForMean(
  calculation: Calculation,
  samples: MetricSamples,
  resource: string,
  targetMilli: number,
): ReplicaProposal | CalculationFailure {
  if (calculation.pods.length === 0) return NO_PODS
  const groups = groupPods(calculation, samples, resource)
  const values = groups.values
  if (values.size === 0) return NO_SAMPLES
  return propose(calculation, groups, meanOf(values, targetMilli), {
    missing: () => targetMilli,
    missingAtTarget: 'idle',
    measure: () => meanOf(values, targetMilli),
  })
}

interface Remeasure {
  /** What a pod without sample counts for when scaling down. */
  missing(pod: string): number
  /** What it counts for when usage is exactly on target. */
  readonly missingAtTarget: 'left out' | 'idle'
  measure(): Usage | CalculationFailure
}

function propose(
  { currentReplicas, tolerances }: Calculation,
  { values, readyCount, unready, missing }: ReturnType<typeof groupPods>,
  usage: Usage,
  again: Remeasure,
): ReplicaProposal | CalculationFailure {
  const { ratio, ...measured } = usage
  const countsUnready = unready.length > 0 && ratio > 1
  if (!countsUnready && missing.length === 0) {
    if (isWithin(tolerances, ratio)) return { replicas: currentReplicas, ...measured }
    return { replicas: ceilInt32(ratio * readyCount), ...measured }
  }
  if (ratio < 1) for (const pod of missing) values.set(pod, again.missing(pod))
  else if (ratio > 1 || again.missingAtTarget === 'idle') for (const pod of missing) values.set(pod, 0)
  if (countsUnready) for (const pod of unready) values.set(pod, 0)
  const remeasured = again.measure()
  if ('error' in remeasured) return remeasured
  const filled = remeasured.ratio
  const turned = (ratio < 1 && filled > 1) || (ratio > 1 && filled < 1)
  if (isWithin(tolerances, filled) || turned) return { replicas: currentReplicas, ...measured }
  const replicas = ceilInt32(filled * values.size)
  if ((filled < 1 && replicas > currentReplicas) || (filled > 1 && replicas < currentReplicas)) {
    return { replicas: currentReplicas, ...measured }
  }
  return { replicas, ...measured }
}

/** Replicas for a value of one object or of a sum of series, by the pods that are ready. */
export function replicasForValue(
  { currentReplicas, pods, tolerances }: Calculation,
  usageMilli: number,
  targetMilli: number,
): ReplicaProposal | CalculationFailure {
  const ratio = usageMilli / targetMilli
  if (currentReplicas === 0) return { replicas: ceilInt32(ratio), usageMilli }
  if (isWithin(tolerances, ratio)) return { replicas: currentReplicas, usageMilli }
  if (pods.length === 0) return { error: `unable to calculate ready pods: ${NO_PODS.error}` }
  let ready = 0
  for (const pod of pods) if (pod.phase === 'Running' && pod.ready?.status === 'True') ready++
  return { replicas: ceilInt32(ratio * ready), usageMilli }
}

/** Replicas for a value per pod, by the pods the target says it has. */
export function replicasForValuePerPod(
  statusReplicas: number,
  tolerances: Tolerances,
  usageMilli: number,
  targetMilli: number,
): ReplicaProposal {
  const ratio = usageMilli / (targetMilli * statusReplicas)
  const replicas = isWithin(tolerances, ratio) ? statusReplicas : ceilInt32(usageMilli / targetMilli)
  return { replicas, usageMilli: ceilInt64(usageMilli / statusReplicas) }
}

function isWithin({ scaleUp, scaleDown }: Tolerances, ratio: number): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp
}

/** Samples of pods that are no longer listed do not count. */
function utilizationOf(
  values: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number>,
  target: number,
): Usage | CalculationFailure {
  let used = 0
  let requested = 0
  let count = 0
  for (const [pod, milli] of values) {
    const request = requests.get(pod)
    if (request === undefined) continue
    used += milli
    requested += request
    count++
  }
  if (requested === 0) return { error: 'no metrics returned matched known pods' }
  const utilization = floorDivide(used * 100, requested)
  return { ratio: utilization / target, utilization, usageMilli: floorDivide(used, count) }
}

function meanOf(values: ReadonlyMap<string, number>, targetMilli: number): Usage {
  let used = 0
  for (const milli of values.values()) used += milli
  const usageMilli = floorDivide(used, values.size)
  return { ratio: usageMilli / targetMilli, usageMilli }
}
