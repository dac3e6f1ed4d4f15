/**
 * What the API server fills into Jobs and CronJobs when they are written.
 * Upstream: pkg/apis/batch/v1/defaults.go (1.36).
 * Simplified: a Job without labels does not take those of its template.
 */
import type { CronJobSpec, JobSpec, PodFailurePolicy } from './jobs.js'
import type { Labels } from './pod-spec.js'
import { defaultPodTemplate } from './workload-defaults.js'

type Written<T> = { readonly [F in keyof T]?: T[F] | null }

interface WrittenCronJob extends Written<Omit<CronJobSpec, 'jobTemplate'>> {
  readonly jobTemplate?: {
    readonly metadata?: { readonly labels?: Labels | null; readonly annotations?: Labels | null } | null
    readonly spec?: Written<JobSpec> | null
  } | null
}

/** Where failures are limited by index, the limit of the whole is none. */
const UNLIMITED = 2 ** 31 - 1
const BACKOFF_LIMIT = 6
const SUCCESSFUL_JOBS_HISTORY_LIMIT = 3
const FAILED_JOBS_HISTORY_LIMIT = 1

export function defaultJobSpec(spec: Written<JobSpec>): JobSpec {
  const policy = spec.podFailurePolicy
  const completions = spec.completions ?? (isGiven(spec.parallelism) ? undefined : 1)
  const limit = isGiven(spec.backoffLimitPerIndex) ? UNLIMITED : BACKOFF_LIMIT
  return {
    parallelism: spec.parallelism ?? 1,
    completionMode: spec.completionMode ?? 'NonIndexed',
    backoffLimit: spec.backoffLimit ?? limit,
    suspend: spec.suspend ?? false,
    manualSelector: spec.manualSelector ?? false,
    selector: spec.selector ?? {},
    template: defaultPodTemplate(spec.template),
    podReplacementPolicy: spec.podReplacementPolicy ?? (isGiven(policy) ? 'Failed' : 'TerminatingOrFailed'),
    ...given('completions', completions),
    ...given('activeDeadlineSeconds', spec.activeDeadlineSeconds),
    ...given('backoffLimitPerIndex', spec.backoffLimitPerIndex),
    ...given('maxFailedIndexes', spec.maxFailedIndexes),
    ...given('podFailurePolicy', isGiven(policy) ? withStatuses(policy) : undefined),
    ...given('successPolicy', spec.successPolicy),
    ...given('ttlSecondsAfterFinished', spec.ttlSecondsAfterFinished),
  }
}

export function defaultCronJobSpec(spec: WrittenCronJob): CronJobSpec {
  const { metadata, spec: jobSpec } = spec.jobTemplate ?? {}
  return {
    schedule: spec.schedule ?? '',
    concurrencyPolicy: spec.concurrencyPolicy ?? 'Allow',
    suspend: spec.suspend ?? false,
    successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit ?? SUCCESSFUL_JOBS_HISTORY_LIMIT,
    failedJobsHistoryLimit: spec.failedJobsHistoryLimit ?? FAILED_JOBS_HISTORY_LIMIT,
    jobTemplate: {
      metadata: { labels: metadata?.labels ?? {}, annotations: metadata?.annotations ?? {} },
      spec: defaultJobSpec(jobSpec ?? {}),
    },
    ...given('timeZone', spec.timeZone),
    ...given('startingDeadlineSeconds', spec.startingDeadlineSeconds),
  }
}

/** A pattern that names no status means True. */
function withStatuses({ rules }: PodFailurePolicy): PodFailurePolicy {
  return {
    rules: rules.map(rule => {
      const { onPodConditions } = rule
      if (!isGiven(onPodConditions)) return rule
      return {
        ...rule,
        onPodConditions: onPodConditions.map(pattern => ({ ...pattern, status: pattern.status ?? 'True' })),
      }
    }),
  }
}

function isGiven<T>(written: T | null | undefined): written is T {
  return written !== null && written !== undefined
}

/** The field when it is given, nothing else. */
function given<Name extends string, T>(
  name: Name,
  written: T | null | undefined,
): { readonly [F in Name]?: T } {
  return isGiven(written) ? ({ [name]: written } as { readonly [F in Name]: T }) : {}
}
