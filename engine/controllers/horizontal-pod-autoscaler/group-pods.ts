/**
 * Sorts the pods of an autoscaler's target into those whose samples count, those too young or unready to be
 * judged by their CPU, those without a sample, and those that are leaving.
 *
 * Upstream: groupPods in pkg/controller/podautoscaler/replica_calculator.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { MetricSample, MetricSamples } from './metric-sample.js'
import type { ScaledPod } from './scaled-pod.js'

export interface ReadinessRules {
  /** kube-controller-manager's --horizontal-pod-autoscaler-cpu-initialization-period. */
  readonly cpuInitializationPeriod: SimTime
  /** kube-controller-manager's --horizontal-pod-autoscaler-initial-readiness-delay. */
  readonly initialReadinessDelay: SimTime
}

export interface PodGroups {
  /** Values of the samples left, those of unready and leaving pods taken out. */
  readonly values: Map<string, number>
  readonly readyCount: number
  readonly unready: readonly string[]
  readonly missing: readonly string[]
}

interface Grouping {
  readonly pods: readonly ScaledPod[]
  readonly rules: ReadinessRules
  readonly now: SimTime
}

export function groupPods(
  { pods, rules, now }: Grouping,
  samples: MetricSamples,
  resource: string,
): PodGroups {
  const values = new Map<string, number>()
  for (const [pod, { milli }] of samples) values.set(pod, milli)
  const unready: string[] = []
  const missing: string[] = []
  let readyCount = 0
  for (const pod of pods) {
    const { name, phase } = pod
    const sample = samples.get(name)
    if (pod.isDeleted || phase === 'Failed') {
      values.delete(name)
    } else if (phase === 'Pending') {
      unready.push(name)
      values.delete(name)
    } else if (sample === undefined) {
      missing.push(name)
    } else if (resource === 'cpu' && isUnready(pod, sample, rules, now)) {
      unready.push(name)
      values.delete(name)
    } else {
      readyCount++
    }
  }
  return { values, readyCount, unready, missing }
}

/**
 * While a pod may still be initialising its sample counts only if it is ready and the whole window lies
 * after that; later only a pod that was never ready since its start is left out.
 */
function isUnready(
  { startTime, ready }: ScaledPod,
  sample: MetricSample,
  rules: ReadinessRules,
  now: SimTime,
) {
  if (ready === undefined || startTime === undefined) return true
  const isFalse = ready.status === 'False'
  if (startTime + rules.cpuInitializationPeriod > now) {
    return isFalse || sample.timestamp < ready.since + sample.window
  }
  return isFalse && startTime + rules.initialReadinessDelay > ready.since
}
