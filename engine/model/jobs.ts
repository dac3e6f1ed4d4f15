/**
 * Spec and status of Jobs and CronJobs, in Kubernetes' field names, after API defaulting; times are virtual
 * microseconds. Upstream: staging/src/k8s.io/api/batch/v1/types.go (1.36).
 * Simplified: `managedBy` is left out: every Job is the Job controller's.
 */
import type { SimTime } from '../kernel/time.js'
import type { Condition } from './conditions.js'
import type { LabelSelector } from './labels.js'
import type { Labels } from './pod-spec.js'
import type { PodTemplateSpec } from './workloads.js'

export interface JobSpec {
  readonly parallelism: number
  /** Absent: a work queue, done when one pod has succeeded and no other is left. */
  readonly completions?: number
  readonly completionMode: 'NonIndexed' | 'Indexed'
  readonly activeDeadlineSeconds?: number
  readonly backoffLimit: number
  readonly backoffLimitPerIndex?: number
  readonly maxFailedIndexes?: number
  readonly podFailurePolicy?: PodFailurePolicy
  readonly successPolicy?: SuccessPolicy
  readonly podReplacementPolicy: 'TerminatingOrFailed' | 'Failed'
  readonly ttlSecondsAfterFinished?: number
  readonly suspend: boolean
  readonly manualSelector: boolean
  /** Asked only with `manualSelector`; else a Job selects the pods it has made. */
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
}

export type FailureAction = 'Ignore' | 'FailIndex' | 'Count' | 'FailJob'

export interface PodFailurePolicy {
  readonly rules: readonly PodFailurePolicyRule[]
}

export interface PodFailurePolicyRule {
  readonly action: FailureAction
  readonly onExitCodes?: ExitCodesRequirement | null
  readonly onPodConditions?: readonly PodConditionPattern[] | null
}

export interface ExitCodesRequirement {
  readonly containerName?: string | null
  readonly operator: 'In' | 'NotIn'
  readonly values: readonly number[]
}

export interface PodConditionPattern {
  readonly type: string
  readonly status?: string
}

export interface SuccessPolicy {
  readonly rules: readonly SuccessPolicyRule[]
}

export interface SuccessPolicyRule {
  readonly succeededIndexes?: string | null
  readonly succeededCount?: number | null
}

export interface JobStatus {
  readonly active: number
  /** Absent, as `terminating`, until the controller has looked. */
  readonly ready?: number
  readonly terminating?: number
  readonly succeeded: number
  readonly failed: number
  readonly startTime?: SimTime
  readonly completionTime?: SimTime
  /** Indexed Jobs: as in `1,3-5`. */
  readonly completedIndexes: string
  /** Jobs with a back-off limit per index. */
  readonly failedIndexes?: string
  /** UIDs of pods that are finished, still carry the tracking finalizer and are not in the counts. */
  readonly uncountedTerminatedPods: {
    readonly succeeded: readonly number[]
    readonly failed: readonly number[]
  }
  readonly conditions: readonly Condition[]
}

export interface CronJobSpec {
  readonly schedule: string
  readonly timeZone?: string
  readonly startingDeadlineSeconds?: number
  readonly concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace'
  readonly suspend: boolean
  readonly successfulJobsHistoryLimit: number
  readonly failedJobsHistoryLimit: number
  readonly jobTemplate: {
    readonly metadata: { readonly labels: Labels; readonly annotations: Labels }
    readonly spec: JobSpec
  }
}

export interface CronJobStatus {
  /** Jobs running, as the controller remembers them. */
  readonly active: readonly ActiveJob[]
  readonly lastScheduleTime?: SimTime
  readonly lastSuccessfulTime?: SimTime
}

export interface ActiveJob {
  readonly name: string
  readonly uid: number
}

export const NEW_JOB_STATUS: JobStatus = {
  active: 0,
  succeeded: 0,
  failed: 0,
  completedIndexes: '',
  uncountedTerminatedPods: { succeeded: [], failed: [] },
  conditions: [],
}

export const NEW_CRON_JOB_STATUS: CronJobStatus = { active: [] }

/** The Complete or Failed condition of a Job that has finished. */
export function finishedCondition({ conditions }: JobStatus): Condition | undefined {
  return conditions.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )
}
