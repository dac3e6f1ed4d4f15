/**
 * Sorts the pods of an autoscaler's target into those whose samples count, those too young or unready to be
 * judged by their CPU, those without a sample, and those that are leaving; pods that count alike are one class.
 *
 * Upstream: groupPods in pkg/controller/podautoscaler/replica_calculator.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { MetricSamples } from './metric-sample.js'
import { podRequests, type ScaledPod } from './scaled-pod.js'

export interface ReadinessRules {
  /** kube-controller-manager's --horizontal-pod-autoscaler-cpu-initialization-period. */
  readonly cpuInitializationPeriod: SimTime
  /** kube-controller-manager's --horizontal-pod-autoscaler-initial-readiness-delay. */
  readonly initialReadinessDelay: SimTime
}

/** Strays have a sample and are no longer listed. */
export const PodGroup = { Ready: 0, Unready: 1, Missing: 2, Stray: 3 } as const
export type PodGroup = (typeof PodGroup)[keyof typeof PodGroup]

/** Pods of one group with one sample and one request. */
export interface PodClass {
  readonly group: PodGroup
  /** The sample of each; 0 where it does not count. */
  readonly milli: number
  /** What each requests of the resource; NaN when that is not known. */
  readonly request: number
  count: number
}

export interface PodTally {
  readonly classes: readonly PodClass[]
  /** Why requests cannot be told, of pods that leave, too. */
  readonly requestError?: string
}

interface Grouping {
  readonly rules: ReadinessRules
  readonly now: SimTime
}

/** A tally of pods one by one; `resource` is empty for custom metrics. */
export function tallyPods(
  pods: readonly ScaledPod[],
  { rules, now }: Grouping,
  samples: MetricSamples,
  resource: string,
  container: string,
): PodTally {
  const requests = resource === '' ? NO_REQUESTS : podRequests(pods, resource, container)
  const byPod = 'error' in requests ? NO_REQUESTS.byPod : requests.byPod
  const classes: PodClass[] = []
  const listed = new Set<string>()
  for (const { name, phase, isDeleted, startTime, ready } of pods) {
    listed.add(name)
    if (isDeleted || phase === 'Failed') continue
    const sample = samples.get(name)
    let group: PodGroup = PodGroup.Ready
    if (phase === 'Pending') group = PodGroup.Unready
    else if (sample === undefined) group = PodGroup.Missing
    else if (resource === 'cpu') {
      const { timestamp, window } = sample
      const known = ready !== undefined && startTime !== undefined
      if (
        !known ||
        isUnready(startTime, ready.status === 'False', ready.since, timestamp - window, rules, now)
      )
        group = PodGroup.Unready
    }
    const milli = group === PodGroup.Ready ? (sample?.milli ?? 0) : 0
    classes.push({ group, milli, request: byPod.get(name) ?? Number.NaN, count: 1 })
  }
  for (const [name, { milli }] of samples)
    if (!listed.has(name)) classes.push({ group: PodGroup.Stray, milli, request: Number.NaN, count: 1 })
  return 'error' in requests ? { classes, requestError: requests.error } : { classes }
}

const NO_REQUESTS = { byPod: new Map<string, number>() }

/**
 * While a pod may still be initialising its sample counts only if it is ready and the whole window lies
 * after that; later only a pod that was never ready since its start is left out.
 */
export function isUnready(
  startTime: SimTime,
  isFalse: boolean,
  readySince: SimTime,
  windowStart: SimTime,
  { cpuInitializationPeriod, initialReadinessDelay }: ReadinessRules,
  now: SimTime,
): boolean {
  if (startTime + cpuInitializationPeriod > now) return isFalse || windowStart < readySince
  return isFalse && startTime + initialReadinessDelay > readySince
}
