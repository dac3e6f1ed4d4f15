/**
 * The Job of one run: named by the minute it was scheduled for, so that no run is made twice, with the time
 * as an annotation on the clock of the schedule's zone.
 *
 * Upstream: pkg/controller/cronjob/utils.go getJobFromTemplate2, getTimeHashInMinutes (1.36).
 * Simplified: nothing known.
 */
import type { ObjectDraft } from '../../apiserver/object-registry.js'
import type { CronJobSpec } from '../../model/jobs.js'
import { NEW_JOB_STATUS } from '../../model/jobs.js'
import { localTime, offsetAt, type ZoneTable } from '../../model/zone-table.js'
import type { StoredObject } from '../../state/objects.js'

export const SCHEDULED_TIMESTAMP = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

export function runName(cronJob: string, scheduledAt: number): string {
  return `${cronJob}-${Math.floor(scheduledAt / 60)}`
}

export function runOf({ meta, spec }: StoredObject<CronJobSpec>, at: number, zone: ZoneTable): ObjectDraft {
  const { metadata, spec: jobSpec } = spec.jobTemplate
  return {
    kind: 'Job',
    namespace: meta.namespace,
    name: runName(meta.name, at),
    labels: metadata.labels,
    annotations: { ...metadata.annotations, [SCHEDULED_TIMESTAMP]: rfc3339(at, zone) },
    owners: [
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        name: meta.name,
        uid: meta.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    spec: jobSpec,
    status: NEW_JOB_STATUS,
  }
}

/** As in `2027-09-16T02:00:00+01:00`. */
function rfc3339(at: number, zone: ZoneTable): string {
  const { year, month, day, hour, minute, second } = localTime(zone, at)
  const offset = Math.trunc(offsetAt(zone, at) / 60)
  const size = Math.abs(offset)
  const shift =
    offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${shift}`
}

/** As in `Thu, 16 Sep 2027 01:00:00 +0000`. */
export function rfc1123(at: number, utc: ZoneTable): string {
  const { year, month, day, weekday, hour, minute, second } = localTime(utc, at)
  const time = `${two(hour)}:${two(minute)}:${two(second)}`
  return `${WEEKDAYS[weekday]}, ${two(day)} ${MONTHS[month - 1]} ${year} ${time} +0000`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
