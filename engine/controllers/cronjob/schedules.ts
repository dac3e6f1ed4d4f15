/**
 * Schedules in the zone of their CronJob, each text read once, and the times their runs are counted from.
 * Upstream: pkg/controller/cronjob/cronjob_controllerv2.go formatSchedule, utils.go mostRecentScheduleTime
 * (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { type CronSchedule, cronSpecOf, type FindZone, parseCron } from '../../model/cron.js'
import type { CronJobSpec } from '../../model/jobs.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { StoredObject } from '../../state/objects.js'
import type { Anchor } from './missed-schedules.js'

type Parsed = CronSchedule | { readonly error: string }

export class Schedules {
  readonly #zones: FindZone
  readonly #parsed = new Map<string, Parsed>()

  constructor(zones: FindZone) {
    this.#zones = zones
  }

  of({ schedule, timeZone }: CronJobSpec): Parsed {
    const text = cronSpecOf(schedule, timeZone, this.#zones)
    let parsed = this.#parsed.get(text)
    if (parsed === undefined) {
      parsed = parseCron(text, this.#zones)
      this.#parsed.set(text, parsed)
    }
    return parsed
  }
}

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
