import test from 'ava'
import * as fc from 'fast-check'
import { cronSpecOf, parseCron } from '../../../engine/model/cron.js'
import { nextCronTime } from '../../../engine/model/cron-next.js'
import { cronErrors } from '../../../engine/model/cron-validation.js'
import { parseGoDuration } from '../../../engine/model/go-duration.js'
import { instantOf, localTime, offsetAt, UTC, type ZoneTable } from '../../../engine/model/zone-table.js'
import { isTimeZoneName, zoneFinder } from '../../../scenarios/time-zones.js'

const findZone = zoneFinder({ first: 2009, last: 2035 })

function seconds(text: string): number {
  return Date.parse(text) / 1000
}

function next(schedule: string, after: string, zone = 'UTC'): string {
  const parsed = parseCron(schedule, findZone)
  if ('error' in parsed) return parsed.error
  const found = nextCronTime(parsed, seconds(after), findZone(zone)!)
  return found === undefined ? 'never' : new Date(found * 1000).toISOString().replace('.000Z', 'Z')
}

test('the two day fields must both match when one is a plain star, else either', t => {
  // 1 February 2026 is a Sunday.
  t.is(next('0 0 10 * MON', '2026-02-01T00:00:00Z'), '2026-02-02T00:00:00Z')
  t.is(next('0 0 10 * *', '2026-02-01T00:00:00Z'), '2026-02-10T00:00:00Z')
  t.is(next('0 0 */1 * MON', '2026-02-01T00:00:00Z'), '2026-02-02T00:00:00Z')
  // A step above one clears the star: days 1, 11, 21, 31 or Sundays.
  t.is(next('0 0 */10 * SUN', '2026-02-01T00:00:00Z'), '2026-02-08T00:00:00Z')
})

test('ranges with a lone start and a step run to the end; empty items of a list are dropped', t => {
  t.is(next('5/20 * * * *', '2026-01-01T00:26:00Z'), '2026-01-01T00:45:00Z')
  t.is(next('1,,2 * * * *', '2026-01-01T00:01:30Z'), '2026-01-01T00:02:00Z')
  t.is(next(', * * * *', '2026-01-01T00:00:00Z'), 'never')
})

test('a time that does not exist is passed over, one that exists twice is due twice', t => {
  // Berlin skips 02:00 to 03:00 on 29 March 2026 and repeats it on 25 October.
  t.is(next('30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin'), '2026-03-30T00:30:00Z')
  t.is(next('30 2 * * *', '2026-10-24T12:00:00Z', 'Europe/Berlin'), '2026-10-25T00:30:00Z')
  t.is(next('30 2 * * *', '2026-10-25T00:30:00Z', 'Europe/Berlin'), '2026-10-25T01:30:00Z')
})

test('a search over a skipped day ends', t => {
  // Apia had no 30 December 2011; 1 January 2012 began there at 10:00 UTC on 31 December.
  t.is(next('0 0 1 * *', '2011-12-28T12:00:00Z', 'Pacific/Apia'), '2011-12-31T10:00:00Z')
  t.is(next('0 0 * * *', '2011-12-29T12:00:00Z', 'Pacific/Apia'), '2011-12-30T10:00:00Z')
})

test('a day that comes less often than every five years is never due', t => {
  t.is(next('0 0 30 2 *', '2026-01-01T00:00:00Z'), 'never')
  t.is(next('0 0 29 2 *', '2026-01-01T00:00:00Z'), '2028-02-29T00:00:00Z')
})

test('@every counts whole seconds from the time asked, at least one', t => {
  t.is(next('@every 90s', '2026-01-01T00:00:00.700Z'), '2026-01-01T00:01:30Z')
  t.is(next('@every 100ms', '2026-01-01T00:00:00Z'), '2026-01-01T00:00:01Z')
})

test('errors are those of the library', t => {
  const rows: [string, string][] = [
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['22-2 * * * *', 'beginning of range (22) beyond end of range (2): 22-2'],
    ['TZ=Mars/Phobos * * * * *', 'provided bad location Mars/Phobos: unknown time zone Mars/Phobos'],
    ['@every 5', 'failed to parse duration @every 5: time: missing unit in duration "5"'],
  ]
  for (const [schedule, error] of rows) t.deepEqual(parseCron(schedule, findZone), { error }, schedule)
})

test('the zone of the spec goes in front unless the schedule has one or the zone is unknown', t => {
  t.is(cronSpecOf('@daily', 'Asia/Tokyo', findZone), 'TZ=Asia/Tokyo @daily')
  t.is(cronSpecOf('TZ=UTC @daily', 'Asia/Tokyo', findZone), 'TZ=UTC @daily')
  t.is(cronSpecOf('@daily', 'asia/tokyo', findZone), '@daily')
  t.is(cronSpecOf('@daily', null, findZone), '@daily')
})

test('an empty time zone is refused', t => {
  const errors = cronErrors('@daily', '', findZone, isTimeZoneName)
  t.deepEqual(errors, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'])
})

test('zones are found by their exact names only, links included', t => {
  for (const name of [
    'Europe/Berlin',
    'EST',
    'Asia/Calcutta',
    'America/Argentina/ComodRivadavia',
    'UTC',
    '',
  ]) {
    t.not(findZone(name), undefined, name)
  }
  for (const name of ['est', 'europe/berlin', 'Berlin', '+02:00', 'Z', '../etc', '/UTC']) {
    t.is(findZone(name), undefined, name)
  }
})

test('durations are read to the nanosecond, in Go’s words when they are none', t => {
  const rows: [string, bigint | { error: string }][] = [
    ['1h30m', 5_400_000_000_000n],
    ['-1.5s', -1_500_000_000n],
    ['0', 0n],
    ['.5us', 500n],
    ['1d', { error: 'time: unknown unit "d" in duration "1d"' }],
    ['.s', { error: 'time: invalid duration ".s"' }],
    ['', { error: 'time: invalid duration ""' }],
    ['9223372036.9s', { error: 'time: invalid duration "9223372036.9s"' }], // beyond 2^63 ns
  ]
  for (const [text, expected] of rows) t.deepEqual(parseGoDuration(text), expected, text)
})

test('local times agree with the calendar over 800 years', t => {
  fc.assert(
    fc.property(fc.integer({ min: -12e9, max: 13e9 }), instant => {
      const local = localTime(UTC, instant)
      const date = new Date(instant * 1000)
      const expected = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay()]
      const found = [local.year, local.month, local.day, local.weekday]
      return expected.join() === found.join() && instantOf(UTC, local) === instant
    }),
    { seed: 6 },
  )
  t.pass()
})

test('where a local time exists once, the instant comes back', t => {
  const zone = findZone('America/New_York')!
  fc.assert(
    fc.property(fc.integer({ min: seconds('2010-01-01'), max: seconds('2034-12-31') }), instant => {
      const isRepeated = zone.transitions.some(change => Math.abs(change - instant) <= 3600)
      return isRepeated || instantOf(zone, localTime(zone, instant)) === instant
    }),
    { seed: 7 },
  )
  t.pass()
})

test('an offset holds from its transition on', t => {
  const zone: ZoneTable = { transitions: [100, 200], offsets: [0, 60, 120] }
  t.deepEqual(
    [99, 100, 199, 200].map(instant => offsetAt(zone, instant)),
    [0, 60, 60, 120],
  )
})

test('every answer lies after the question, on a minute the schedule names', t => {
  const zone = findZone('Australia/Lord_Howe')!
  fc.assert(
    fc.property(
      fc.nat(59),
      fc.nat(23),
      fc.integer({ min: seconds('2015-01-01'), max: seconds('2030-01-01') }),
      (minute, hour, after) => {
        const parsed = parseCron(`${minute} ${hour} * * *`, findZone)
        if ('error' in parsed) return false
        const found = nextCronTime(parsed, after, zone)!
        const local = localTime(zone, found)
        return found > after && local.minute === minute && local.hour === hour && local.second === 0
      },
    ),
    { seed: 8 },
  )
  t.pass()
})
