/**
 * Which run of a CronJob is due, how many were missed, and when to look again. The latest missed run is
 * estimated from the distance of the first two, as upstream does it, so irregular schedules may give another
 * than a plain search.
 *
 * Upstream: pkg/controller/cronjob/utils.go mostRecentScheduleTime, nextScheduleTime,
 * nextScheduleTimeDuration (1.36).
 * Simplified: a schedule that is never due again after a run is not searched from the year 1 on.
 */
import type { CronSchedule } from '../../model/cron.js'
import { nextCronTime } from '../../model/cron-next.js'
import { UTC } from '../../model/zone-table.js'

/** All times are seconds since 1970. */
export interface Anchor {
  readonly createdAt: number
  readonly lastScheduledAt?: number
  readonly startingDeadlineSeconds?: number
}

export interface MissedSchedules {
  /** Runs before this time do not count. */
  readonly earliest: number
  readonly mostRecent?: number
  readonly missed: 'none' | 'few' | 'many'
  readonly error?: string
}

const MANY_MISSED = 100
/** Added to the time of a run, so that clocks that differ a little do not wake the controller before it. */
const PADDING_SECONDS = 0.1
/** What Go makes of a time that never comes: its least duration. */
const LEAST_DELAY_SECONDS = -9_223_372_036.854

/** The latest run that should have started; `deadline` leaves those out that are too late. */
export function mostRecentSchedule(
  anchor: Anchor,
  now: number,
  schedule: CronSchedule,
  deadline: 'with deadline' | 'without deadline',
): MissedSchedules {
  let earliest = anchor.lastScheduledAt ?? anchor.createdAt
  const { startingDeadlineSeconds } = anchor
  if (deadline === 'with deadline' && startingDeadlineSeconds !== undefined) {
    earliest = Math.max(earliest, now - startingDeadlineSeconds)
  }
  const first = nextCronTime(schedule, earliest, UTC)
  if (first !== undefined && now < first) return { earliest, missed: 'none' }
  const second = first === undefined ? undefined : nextCronTime(schedule, first, UTC)
  if (first === undefined || second === undefined || second <= first) {
    return { earliest, missed: 'none', error: 'time difference between two schedules is less than 1 second' }
  }
  if (now < second) return { earliest, mostRecent: first, missed: 'none' }
  const distance = second - first
  const count = Math.floor((now - first) / distance) + 1
  let mostRecent: number | undefined
  // One distance further back than needed, where schedules are not regular.
  let candidate = nextCronTime(schedule, first + (count - 2) * distance, UTC)
  while (candidate !== undefined && candidate <= now) {
    mostRecent = candidate
    candidate = nextCronTime(schedule, candidate, UTC)
  }
  const missed = count > MANY_MISSED ? 'many' : 'few'
  return mostRecent === undefined ? { earliest, missed } : { earliest, mostRecent, missed }
}

/** From now until the next run, and a little more. */
export function secondsUntilNext(anchor: Anchor, now: number, schedule: CronSchedule): number {
  const { earliest, mostRecent, missed, error } = mostRecentSchedule(
    anchor,
    now,
    schedule,
    'without deadline',
  )
  const fallback = error === undefined && missed === 'none' ? earliest : now
  const next = nextCronTime(schedule, mostRecent ?? fallback, UTC)
  return next === undefined ? LEAST_DELAY_SECONDS : next + PADDING_SECONDS - now
}
