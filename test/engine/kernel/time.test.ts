import test from 'ava'
import { formatDuration, parseDuration } from '../../../engine/kernel/time.js'

test('a duration is read as Go reads it, to the microsecond', t => {
  const rows: [string, number | undefined][] = [
    ['0', 0],
    ['90s', 90_000_000],
    ['1h30m', 5_400_000_000],
    ['1.5s', 1_500_000],
    ['250ms', 250_000],
    ['2d', 172_800_000_000],
    ['1500ns', 2],
    ['-5s', -5_000_000],
    ['5', undefined],
    ['5 s', undefined],
    ['', undefined],
    ['s', undefined],
    ['1e3s', undefined],
    ['99999999999h', undefined],
  ]
  for (const [text, micros] of rows) t.is(parseDuration(text), micros, text)
})

test('a printed duration reads back as the same', t => {
  for (const time of [0, 1, 999, 1_000, 1_500, 999_999, 1_000_000, 61_000_001, 3_600_000_000, -90_000_000]) {
    t.is(parseDuration(formatDuration(time)), time)
  }
  t.is(formatDuration(5_400_000_000), '1h30m0s')
})
