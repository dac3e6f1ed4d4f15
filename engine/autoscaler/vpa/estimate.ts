/**
 * From how usage is distributed to what a container should request: percentiles with a margin, bounds widened
 * while little is known, and a minimum per pod shared by its containers.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/logic (estimator.go, recommender.go, VPA 1.8.1).
 * Simplified: amounts are not rounded for people (`--humanize-memory`, `--round-cpu-millicores`), as by default.
 */
import { RECOMMENDER } from '../../model/vertical-pod-autoscaler-defaults.js'
import type { AggregateState } from './aggregate-state.js'
import { scaledAmount, wholeAmount } from './resource-amount.js'

/** Of one resource, in milli-cpu or bytes. */
export interface Estimate {
  readonly target: number
  readonly lowerBound: number
  readonly upperBound: number
}

export interface ContainerEstimate {
  readonly cpu: Estimate
  readonly memory: Estimate
}

const { targetPercentile, lowerBoundPercentile, upperBoundPercentile, marginFraction } = RECOMMENDER
const { confidenceInterval, podMinMilliCPU, podMinMemoryBytes } = RECOMMENDER
const MICROS_PER_MINUTE = 60e6

/** @param containers among how many containers the minimum of a pod is divided */
export function estimateContainer(state: AggregateState, containers: number): ContainerEstimate {
  const share = 1 / containers
  const confidence = confidenceOf(state)
  const milliCPUAt = (percentile: number): number => wholeAmount(state.cpuUsage.percentile(percentile) * 1000)
  const bytesAt = (percentile: number): number => wholeAmount(state.memoryPeaks.percentile(percentile))
  return {
    cpu: estimateResource(milliCPUAt, confidence, scaledAmount(podMinMilliCPU, share)),
    memory: estimateResource(bytesAt, confidence, scaledAmount(podMinMemoryBytes, share)),
  }
}

function estimateResource(at: (percentile: number) => number, confidence: number, least: number): Estimate {
  const upper = 1 + 1 / confidence
  const lower = 1 + 0.001 / confidence
  return {
    target: Math.max(withMargin(at(targetPercentile)), least),
    lowerBound: Math.max(scaledAmount(withMargin(at(lowerBoundPercentile)), 1 / (lower * lower)), least),
    upperBound: Math.max(scaledAmount(withMargin(at(upperBoundPercentile)), upper), least),
  }
}

function withMargin(amount: number): number {
  return amount + scaledAmount(amount, marginFraction)
}

/** Days of history; fewer when there are fewer samples than one a minute. */
function confidenceOf(state: AggregateState): number {
  const minutes = confidenceInterval / MICROS_PER_MINUTE
  return Math.min(state.lifespan / confidenceInterval, state.samples / minutes)
}
