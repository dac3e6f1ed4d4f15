/** What one run leaves in the store: one line of JSON, the same for the same run wherever and whenever it was made. */

import type { AxisValue } from './experiment.js'
import type { Distribution } from './measure/distribution.js'
import type { Series } from './measure/series.js'

/**
 * completed: it ended by itself or at its time limit; cut-off: it had more events than the scenario allows; unstable:
 * its window shows no steady state; failed: the simulator itself gave up, and there are no figures.
 */
export const RUN_STATUSES = ['completed', 'cut-off', 'unstable', 'failed'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

export interface RunRow {
  readonly run: number
  readonly key: string
  readonly variant: string
  readonly values: Readonly<Record<string, AxisValue>>
  readonly repetition: number
  readonly seed: string
  readonly status: RunStatus
  /** Why a run is not completed. */
  readonly reason?: string
  /** How the run ended, in the engine's words; absent when it failed. */
  readonly ended?: string
  readonly events: number
  readonly digest: string
  readonly modelHash: string
  readonly kubelapse: string
  readonly node: string
  /** null where the run has nothing to measure. */
  readonly metrics: Readonly<Record<string, number | null>>
  readonly series: readonly Series[]
  readonly distributions: readonly Distribution[]
}
