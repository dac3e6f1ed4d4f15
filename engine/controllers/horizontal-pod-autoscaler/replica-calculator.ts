/**
 * How many replicas a metric asks for: the ratio of usage to target, with unready pods and pods without a
 * sample counted so that they can only damp the change, never turn it round.
 *
 * Upstream: pkg/controller/podautoscaler/replica_calculator.go, metrics/utilization.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { TargetPods } from './autoscaler-world.js'
import { ceilInt32, ceilInt64, floorDivide } from './go-numbers.js'
import { type PodClass, PodGroup, type PodTally, type ReadinessRules } from './pod-tally.js'

export interface Tolerances {
  readonly scaleUp: number
  readonly scaleDown: number
}

export interface Calculation {
  readonly currentReplicas: number
  readonly pods: TargetPods
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

/** What a pod of a class counts for in one measurement; NaN: nothing at all. */
type Counted = (pods: PodClass) => number

interface Measure {
  usage(counted: Counted): Usage | CalculationFailure
  /** What a pod without sample counts for when scaling down. */
  missing: Counted
  /** What it counts for when usage is exactly on target. */
  readonly missingAtTarget: 'left out' | 'idle'
}

/** Replicas that bring the pods' usage to a percentage of their requests. */
export function replicasForUtilization(
  calculation: Calculation,
  tally: PodTally,
  target: number,
): ReplicaProposal | CalculationFailure {
  // A pod that says nothing is taken for fully used when scaling down: its request, or the target above that.
  const missingPercent = Math.max(100, target)
  const { classes, requestError } = tally
  return propose(calculation, tally, {
    usage: counted =>
      requestError === undefined ? utilizationOf(classes, counted, target) : { error: requestError },
    missing: ({ request }) => floorDivide((request || 0) * missingPercent, 100),
    missingAtTarget: 'left out',
  })
}

/** Replicas that bring the pods' mean to a value. */
export function replicasForMean(
  calculation: Calculation,
  tally: PodTally,
  targetMilli: number,
): ReplicaProposal | CalculationFailure {
  return propose(calculation, tally, {
    usage: counted => meanOf(tally.classes, counted, targetMilli),
    missing: () => targetMilli,
    missingAtTarget: 'idle',
  })
}

function propose(
  { currentReplicas, tolerances, pods }: Calculation,
  { classes }: PodTally,
  measure: Measure,
): ReplicaProposal | CalculationFailure {
  if (pods.count === 0) return NO_PODS
  if (sizeOf(classes, sampled) === 0) return NO_SAMPLES
  const usage = measure.usage(sampled)
  if ('error' in usage) return usage
  const { ratio, ...measured } = usage
  const countsUnready = ratio > 1 && countOf(classes, PodGroup.Unready) > 0
  if (!countsUnready && countOf(classes, PodGroup.Missing) === 0) {
    if (isWithin(tolerances, ratio)) return { replicas: currentReplicas, ...measured }
    return { replicas: ceilInt32(ratio * countOf(classes, PodGroup.Ready)), ...measured }
  }
  const countsMissing = ratio > 1 || measure.missingAtTarget === 'idle'
  const filledUp: Counted = one => {
    if (one.group === PodGroup.Unready) return countsUnready ? 0 : Number.NaN
    if (one.group !== PodGroup.Missing) return one.milli
    if (ratio < 1) return measure.missing(one)
    return countsMissing ? 0 : Number.NaN
  }
  const remeasured = measure.usage(filledUp)
  if ('error' in remeasured) return remeasured
  const filled = remeasured.ratio
  const turned = (ratio < 1 && filled > 1) || (ratio > 1 && filled < 1)
  if (isWithin(tolerances, filled) || turned) return { replicas: currentReplicas, ...measured }
  const replicas = ceilInt32(filled * sizeOf(classes, filledUp))
  if ((filled < 1 && replicas > currentReplicas) || (filled > 1 && replicas < currentReplicas)) {
    return { replicas: currentReplicas, ...measured }
  }
  return { replicas, ...measured }
}

/** At first only samples that count do, those of pods no longer listed among them. */
function sampled({ group, milli }: PodClass): number {
  return group === PodGroup.Ready || group === PodGroup.Stray ? milli : Number.NaN
}

function sizeOf(classes: readonly PodClass[], counted: Counted): number {
  let size = 0
  for (const one of classes) if (!Number.isNaN(counted(one))) size += one.count
  return size
}

function countOf(classes: readonly PodClass[], group: PodGroup): number {
  let count = 0
  for (const one of classes) if (one.group === group) count += one.count
  return count
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
  if (pods.count === 0) return { error: `unable to calculate ready pods: ${NO_PODS.error}` }
  let ready = 0
  for (const pod of pods.list()) if (pod.phase === 'Running' && pod.ready?.status === 'True') ready++
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
  classes: readonly PodClass[],
  counted: Counted,
  target: number,
): Usage | CalculationFailure {
  let used = 0
  let requested = 0
  let count = 0
  for (const one of classes) {
    const milli = counted(one)
    if (Number.isNaN(milli) || Number.isNaN(one.request)) continue
    used += milli * one.count
    requested += one.request * one.count
    count += one.count
  }
  if (requested === 0) return { error: 'no metrics returned matched known pods' }
  const utilization = floorDivide(used * 100, requested)
  return { ratio: utilization / target, utilization, usageMilli: floorDivide(used, count) }
}

function meanOf(classes: readonly PodClass[], counted: Counted, targetMilli: number): Usage {
  let used = 0
  let count = 0
  for (const one of classes) {
    const milli = counted(one)
    if (Number.isNaN(milli)) continue
    used += milli * one.count
    count += one.count
  }
  const usageMilli = floorDivide(used, count)
  return { ratio: usageMilli / targetMilli, usageMilli }
}
