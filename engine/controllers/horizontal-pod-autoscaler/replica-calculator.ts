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
  readonly utilization: number | undefined
}

export interface CalculationFailure {
  readonly error: string
}

const NO_PODS: CalculationFailure = { error: 'no pods returned by selector while calculating replica count' }
const NO_SAMPLES: CalculationFailure = {
  error: 'did not receive metrics for targeted pods (pods might be unready)',
}

/** What the mean of pods is to be: percent of their requests, or thousandths. */
export interface PodTarget {
  readonly isPercent: boolean
  readonly value: number
}

interface Usage {
  readonly ratio: number
  readonly usageMilli: number
  readonly utilization: number | undefined
}

/** What pods without sample count for: nothing at all, no usage, or as much as scaling down has to assume. */
const MissingPods = { LeftOut: 0, Idle: 1, Busy: 2 } as const
type MissingPods = (typeof MissingPods)[keyof typeof MissingPods]

/** Replicas that bring the pods' usage to a percentage of their requests, or their mean to a value. */
export function replicasForPods(
  { currentReplicas, tolerances, pods }: Calculation,
  { classes, requestError }: PodTally,
  target: PodTarget,
): ReplicaProposal | CalculationFailure {
  if (pods.count === 0) return NO_PODS
  if (sizeOf(classes, false, MissingPods.LeftOut) === 0) return NO_SAMPLES
  if (target.isPercent && requestError !== undefined) return { error: requestError }
  // At first only samples that count do, those of pods no longer listed among them.
  const usage = usageOf(classes, target, false, MissingPods.LeftOut)
  if ('error' in usage) return usage
  const { ratio, usageMilli, utilization } = usage
  const countsUnready = ratio > 1 && countOf(classes, PodGroup.Unready) > 0
  if (!countsUnready && countOf(classes, PodGroup.Missing) === 0) {
    const replicas = isWithin(tolerances, ratio)
      ? currentReplicas
      : ceilInt32(ratio * countOf(classes, PodGroup.Ready))
    return { replicas, usageMilli, utilization }
  }
  const missing = missingWhen(ratio, target)
  const filled = usageOf(classes, target, countsUnready, missing)
  if ('error' in filled) return filled
  const again = filled.ratio
  const kept = { replicas: currentReplicas, usageMilli, utilization }
  const turned = (ratio < 1 && again > 1) || (ratio > 1 && again < 1)
  if (isWithin(tolerances, again) || turned) return kept
  const replicas = ceilInt32(again * sizeOf(classes, countsUnready, missing))
  if ((again < 1 && replicas > currentReplicas) || (again > 1 && replicas < currentReplicas)) return kept
  return { replicas, usageMilli, utilization }
}

/** Exactly on target they are left out of a utilization and idle in a mean. */
function missingWhen(ratio: number, { isPercent }: PodTarget): MissingPods {
  if (ratio < 1) return MissingPods.Busy
  return ratio > 1 || !isPercent ? MissingPods.Idle : MissingPods.LeftOut
}

/** What a pod of a class that does count counts for. */
function countedMilli(one: PodClass, target: PodTarget, missing: MissingPods): number {
  if (one.group === PodGroup.Unready) return 0
  if (one.group !== PodGroup.Missing) return one.milli
  if (missing === MissingPods.Idle) return 0
  if (!target.isPercent) return target.value
  // A pod that says nothing is taken for fully used when scaling down: its request, or the target above that.
  return floorDivide((one.request || 0) * Math.max(100, target.value), 100)
}

function doesCount({ group }: PodClass, countsUnready: boolean, missing: MissingPods): boolean {
  if (group === PodGroup.Unready) return countsUnready
  return group !== PodGroup.Missing || missing !== MissingPods.LeftOut
}

function sizeOf(classes: readonly PodClass[], countsUnready: boolean, missing: MissingPods): number {
  let size = 0
  for (const one of classes) if (doesCount(one, countsUnready, missing)) size += one.count
  return size
}

function countOf(classes: readonly PodClass[], group: PodGroup): number {
  let count = 0
  for (const one of classes) if (one.group === group) count += one.count
  return count
}

/** Samples of pods that are no longer listed, of which no request is known, do not count in a utilization. */
function usageOf(
  classes: readonly PodClass[],
  target: PodTarget,
  countsUnready: boolean,
  missing: MissingPods,
): Usage | CalculationFailure {
  let used = 0
  let requested = 0
  let count = 0
  for (const one of classes) {
    if (!doesCount(one, countsUnready, missing)) continue
    if (target.isPercent && Number.isNaN(one.request)) continue
    used += countedMilli(one, target, missing) * one.count
    requested += one.request * one.count
    count += one.count
  }
  if (!target.isPercent) {
    const usageMilli = floorDivide(used, count)
    return { ratio: usageMilli / target.value, usageMilli, utilization: undefined }
  }
  if (requested === 0) return { error: 'no metrics returned matched known pods' }
  const utilization = floorDivide(used * 100, requested)
  return { ratio: utilization / target.value, usageMilli: floorDivide(used, count), utilization }
}

/** Replicas for a value of one object or of a sum of series, by the pods that are ready. */
export function replicasForValue(
  { currentReplicas, pods, tolerances }: Calculation,
  usageMilli: number,
  targetMilli: number,
): ReplicaProposal | CalculationFailure {
  const ratio = usageMilli / targetMilli
  if (currentReplicas === 0) return { replicas: ceilInt32(ratio), usageMilli, utilization: undefined }
  if (isWithin(tolerances, ratio)) return { replicas: currentReplicas, usageMilli, utilization: undefined }
  if (pods.count === 0) return { error: `unable to calculate ready pods: ${NO_PODS.error}` }
  let ready = 0
  for (const pod of pods.list()) if (pod.phase === 'Running' && pod.ready?.status === 'True') ready++
  return { replicas: ceilInt32(ratio * ready), usageMilli, utilization: undefined }
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
  return { replicas, usageMilli: ceilInt64(usageMilli / statusReplicas), utilization: undefined }
}

function isWithin({ scaleUp, scaleDown }: Tolerances, ratio: number): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp
}
