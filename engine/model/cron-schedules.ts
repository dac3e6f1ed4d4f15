/**
 * Schedules of CronJobs in their zones, each text read once.
 * Upstream: pkg/controller/cronjob/cronjob_controllerv2.go formatSchedule (1.36).
 * Simplified: nothing known.
 */
import { type CronSchedule, cronSpecOf, type FindZone, parseCron } from './cron.js'
import type { CronJobSpec } from './jobs.js'

type Parsed = CronSchedule | { readonly error: string }

export class CronSchedules {
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
