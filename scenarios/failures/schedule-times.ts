import { NEVER, nextCronTime, parseCron, SECOND, type SimTime, UTC } from '../../engine/index.js'

/** Virtual times at which a cron schedule (UTC) is due before `until`; a text says what is wrong with it. */
export function timesOfSchedule(
  text: string,
  epochSeconds: number,
  until: SimTime,
): readonly SimTime[] | string {
  const schedule = parseCron(text, () => undefined)
  if ('error' in schedule) return schedule.error
  if (until === NEVER) return 'a schedule needs the "duration" of the scenario'
  const times: SimTime[] = []
  const end = epochSeconds + until / SECOND
  for (let at = nextCronTime(schedule, epochSeconds, UTC); at !== undefined && at < end; ) {
    times.push((at - epochSeconds) * SECOND)
    at = nextCronTime(schedule, at, UTC)
  }
  return times
}
