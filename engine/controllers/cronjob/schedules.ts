import { type CronSchedule, cronSpecOf, type FindZone, parseCron } from '../../model/cron.js'
import type { CronJobSpec } from '../../model/jobs.js'

type Parsed = CronSchedule | { readonly error: string }

/** Schedules in the zone of their CronJob, each text read once. */
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
