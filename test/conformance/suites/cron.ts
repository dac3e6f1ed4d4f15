import { cronSpecOf, parseCron } from '../../../engine/model/cron.js'
import { nextCronTime } from '../../../engine/model/cron-next.js'
import { cronErrors } from '../../../engine/model/cron-validation.js'
import { UTC } from '../../../engine/model/zone-table.js'
import { isTimeZoneName, zoneFinder } from '../../../scenarios/time-zones.js'
import { compare, type Suite } from '../suite.js'

const findZone = zoneFinder({ first: 2017, last: 2100 })

/** Cron schedules: what validation and the controller say, and the next five times. */
export const cronSuite: Suite = {
  name: 'cron',
  run({ schedule, timeZone, start, ...want }: Readonly<Record<string, string>>) {
    const zone = timeZone === '' ? undefined : timeZone
    const parsed = parseCron(cronSpecOf(schedule, zone, findZone), findZone)
    const times: Record<string, string> = {}
    let moment: number | undefined = Date.parse(start) / 1000
    for (const column of ['next1', 'next2', 'next3', 'next4', 'next5']) {
      if ('error' in parsed) times[column] = ''
      else {
        moment = moment === undefined ? undefined : nextCronTime(parsed, moment, UTC)
        times[column] = moment === undefined ? 'never' : textOf(moment)
      }
    }
    return compare(want, {
      validationErrors: cronErrors(schedule, zone, findZone, isTimeZoneName).join(' | '),
      parseError: 'error' in parsed ? parsed.error : '',
      ...times,
    })
  },
}

function textOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
