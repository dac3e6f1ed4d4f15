import test from 'ava'
import { SECOND } from '../../../engine/kernel/time.js'
import { WallClock } from '../../../engine/model/wall-clock.js'

test('a whole second is the last multiple of a second of the day, to the microsecond', t => {
  // 2026, the turn of the century, 1970 itself and the time before it, with and without a part of a second.
  for (const epochSeconds of [1_780_000_000, 1_780_000_000.25, 946_684_800, 0, -1.5, 253_402_300_799]) {
    const clock = new WallClock(epochSeconds)
    for (const second of [-2, -1, 0, 1, 59, 86_400, 604_799, 31_536_000]) {
      for (const micros of [-2, -1, 0, 1, 499_999, 500_000, 999_998, 999_999]) {
        const time = second * SECOND + micros
        const whole = clock.wholeSecond(time)
        const of = BigInt(clock.epochMicros + whole)
        t.is(of % BigInt(SECOND), 0n, `${epochSeconds} ${time}`)
        t.true(whole <= time && time - whole < SECOND, `${epochSeconds} ${time}`)
      }
    }
  }
})
