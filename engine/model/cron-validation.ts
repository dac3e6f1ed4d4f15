/**
 * What the API server refuses in the schedule and time zone of a new CronJob.
 * Upstream: pkg/apis/batch/validation/validation.go (schedule and time zone), release 1.36.
 * Simplified: nothing known.
 */
import { type FindZone, parseCron } from './cron.js'
import { invalidField, requiredField } from './field-error.js'

/**
 * `findZone` decides about the prefix of a schedule, as the library would; `isTimeZoneName` about the field, for
 * which only the names of the time zone database pass, in their spelling.
 */
export function cronErrors(
  schedule: string,
  timeZone: string | null | undefined,
  findZone: FindZone,
  isTimeZoneName: (name: string) => boolean,
): string[] {
  return [...scheduleErrors(schedule, findZone), ...timeZoneErrors(timeZone, isTimeZoneName)]
}

function scheduleErrors(schedule: string, findZone: FindZone): string[] {
  const path = 'spec.schedule'
  if (schedule === '') return [requiredField(path, '')]
  const errors: string[] = []
  const parsed = parseCron(schedule, findZone)
  if ('error' in parsed) errors.push(invalidField(path, schedule, parsed.error))
  if (schedule.includes('TZ')) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    errors.push(invalidField(path, schedule, detail))
  }
  return errors
}

function timeZoneErrors(
  timeZone: string | null | undefined,
  isTimeZoneName: (name: string) => boolean,
): string[] {
  const path = 'spec.timeZone'
  if (timeZone === null || timeZone === undefined) return []
  if (timeZone === '') return [invalidField(path, timeZone, 'timeZone must be nil or non-empty string')]
  const errors: string[] = []
  if (timeZone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    errors.push(invalidField(path, timeZone, detail))
  }
  // In this spelling it is a name to Go, the machine's own zone, and so no unknown one.
  if (timeZone !== 'Local' && !isTimeZoneName(timeZone)) {
    errors.push(invalidField(path, timeZone, `unknown time zone ${timeZone}`))
  }
  return errors
}
