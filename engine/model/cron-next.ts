/**
 * The next time a cron schedule is due, on the wall clock of a time zone.
 * Upstream: robfig/cron v3.0.1 (spec.go, constantdelay.go), the version of Kubernetes 1.36.
 * Simplified: where a zone skips a whole day the library may search for ever; here the search goes on after it.
 */
import type { CronSchedule, FieldSchedule } from './cron.js'
import { instantOf, type LocalTime, localTime, nextTransition, type ZoneTable } from './zone-table.js'

const SEARCHED_YEARS = 5
const HOUR = 3600

/**
 * The first time after `after` at which the schedule is due, both in seconds since 1970; undefined when there is
 * none within five years. A local time that does not exist is passed over, one that exists twice is due twice.
 */
export function nextCronTime(schedule: CronSchedule, after: number, zone: ZoneTable): number | undefined {
  const whole = Math.floor(after)
  if (schedule.kind === 'delay') return whole + schedule.seconds
  let answers = remembered.get(schedule)
  if (answers === undefined) {
    answers = new RecentAnswers()
    remembered.set(schedule, answers)
  }
  return answers.of(schedule, schedule.zone ?? zone, whole)
}

/** Answers kept of one schedule. */
const RECENT = 8

/**
 * The latest answers of a schedule. The same few questions come again and again: from one CronJob when it is looked
 * at, and from all that share a schedule in the same minute.
 */
class RecentAnswers {
  readonly #zones: (ZoneTable | undefined)[] = []
  readonly #after = new Float64Array(RECENT).fill(Number.NaN)
  readonly #found: (number | undefined)[] = []
  #oldest = 0

  of(schedule: FieldSchedule, zone: ZoneTable, after: number): number | undefined {
    for (let i = 0; i < RECENT; i++) {
      if (this.#after[i] === after && this.#zones[i] === zone) return this.#found[i]
    }
    const slot = this.#oldest
    this.#oldest = (slot + 1) % RECENT
    this.#zones[slot] = zone
    this.#after[slot] = after
    this.#found[slot] = search(schedule, zone, after)
    return this.#found[slot]
  }
}

const remembered = new WeakMap<FieldSchedule, RecentAnswers>()

function search(schedule: FieldSchedule, zone: ZoneTable, after: number): number | undefined {
  // Without an hour or a minute the search would only walk through the five years.
  if (!schedule.hours.includes(true) || !schedule.minutes.includes(true)) return undefined
  return new CronSearch(schedule, zone, after + 1).find()
}

/**
 * The library's search, field by field from the month down: a field that does not match is raised until it does,
 * and when it runs over, the search starts again with the month. Where clocks change, what this finds depends on
 * the steps taken, so they are taken alike.
 */
class CronSearch {
  private readonly schedule: FieldSchedule
  private readonly zone: ZoneTable
  private instant: number
  private local: LocalTime
  /** Lower fields are reset once, when the first field is raised. */
  private isReset = false

  constructor(schedule: FieldSchedule, zone: ZoneTable, from: number) {
    this.schedule = schedule
    this.zone = zone
    this.instant = from
    this.local = localTime(zone, from)
  }

  find(): number | undefined {
    const lastYear = this.local.year + SEARCHED_YEARS
    while (this.local.year <= lastYear) {
      if (this.findMonth() && this.findDay() && this.findHour() && this.findMinute() && this.findSecond()) {
        return this.instant
      }
    }
    return undefined
  }

  /** False, as for the fields below, when the field ran over. */
  private findMonth(): boolean {
    while (!this.schedule.months[this.local.month]) {
      this.reset({ day: 1, hour: 0, minute: 0, second: 0 })
      this.moveTo(instantOf(this.zone, { ...this.local, month: this.local.month + 1 }))
      if (this.local.month === 1) return false
    }
    return true
  }

  private findDay(): boolean {
    while (!this.isDayMatching()) {
      this.reset({ hour: 0, minute: 0, second: 0 })
      const before = this.instant
      this.moveTo(instantOf(this.zone, { ...this.local, day: this.local.day + 1 }))
      // Where midnight does not exist the step lands an hour beside it.
      const { hour } = this.local
      if (hour !== 0) this.moveTo(this.instant + (hour > 12 ? 24 - hour : -hour) * HOUR)
      if (this.instant <= before) this.moveTo(this.afterSkippedDay(before))
      if (this.local.day === 1) return false
    }
    return true
  }

  /** A day that does not exist leads back to the day before; the change of the clocks is where it would end. */
  private afterSkippedDay(before: number): number {
    return nextTransition(this.zone, before) ?? before + 24 * HOUR
  }

  private isDayMatching(): boolean {
    const { daysOfMonth, daysOfWeek, needsBothDays } = this.schedule
    const isDayOfMonth = daysOfMonth[this.local.day]
    const isDayOfWeek = daysOfWeek[this.local.weekday]
    return needsBothDays ? isDayOfMonth && isDayOfWeek : isDayOfMonth || isDayOfWeek
  }

  private findHour(): boolean {
    while (!this.schedule.hours[this.local.hour]) {
      this.reset({ minute: 0, second: 0 })
      this.moveTo(this.instant + HOUR)
      if (this.local.hour === 0) return false
    }
    return true
  }

  private findMinute(): boolean {
    while (!this.schedule.minutes[this.local.minute]) {
      if (!this.isReset) this.moveTo(Math.floor(this.instant / 60) * 60)
      this.isReset = true
      this.moveTo(this.instant + 60)
      if (this.local.minute === 0) return false
    }
    return true
  }

  private findSecond(): boolean {
    if (this.local.second === 0) return true
    this.isReset = true
    this.moveTo(this.instant + 60 - this.local.second)
    return false
  }

  private reset(lower: Partial<LocalTime>): void {
    if (!this.isReset) this.moveTo(instantOf(this.zone, { ...this.local, ...lower }))
    this.isReset = true
  }

  private moveTo(instant: number): void {
    this.instant = instant
    this.local = localTime(this.zone, instant)
  }
}
