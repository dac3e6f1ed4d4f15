/**
 * The times that the runs of a CronJob are counted from.
 * Upstream: pkg/controller/cronjob/utils.go mostRecentScheduleTime (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { CronJobSpec } from '../../model/jobs.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { StoredObject } from '../../state/objects.js'
import type { Anchor } from './missed-schedules.js'

/** What the runs of a CronJob are counted from: its creation, or its last run. */
export function anchorOf(
  clock: WallClock,
  { meta, spec }: StoredObject<CronJobSpec>,
  lastScheduleTime: SimTime | undefined,
): Anchor {
  const { startingDeadlineSeconds } = spec
  return {
    createdAt: clock.epochSecondsAt(clock.wholeSecond(meta.createdAt)),
    ...(lastScheduleTime === undefined ? {} : { lastScheduledAt: clock.epochSecondsAt(lastScheduleTime) }),
    ...(startingDeadlineSeconds === undefined ? {} : { startingDeadlineSeconds }),
  }
}
