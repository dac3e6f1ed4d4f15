import test from 'ava'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import { TokenBucket } from '../../../engine/kernel/token-bucket.js'

test('a full bucket grants its burst at once, then at its rate', t => {
  const bucket = new TokenBucket(10, 3)
  // Ten a second: one each 100,000 us after the burst of three.
  t.deepEqual(
    [0, 1, 2, 3, 4, 5].map(() => bucket.reserve(0)),
    [0, 0, 0, 100_000, 200_000, 300_000],
  )
  t.is(bucket.tokens(0), -3)
  // At 350,000 us three and a half came in: half a token is there, the next is due in 50,000 us.
  t.is(bucket.tokens(350_000), 0.5)
  t.is(bucket.reserve(350_000), 400_000)
  t.is(bucket.tokens(100 * SECOND), 3)
})

test('a rate that does not divide a second falls on the first whole microsecond', t => {
  const bucket = new TokenBucket(3, 1)
  bucket.reserve(0)
  // Thirds of a second: 333,333.3 and 666,666.7 us, rounded up; then a whole second exactly.
  t.deepEqual([bucket.reserve(0), bucket.reserve(0), bucket.reserve(0)], [333_334, 666_667, 1_000_000])
})

test('a million reservations do not drift', t => {
  for (const rate of [7, 0.3, 1.234567, 50]) {
    const bucket = new TokenBucket(rate, 1)
    let now = bucket.reserve(0)
    for (let taken = 0; taken < 1_000_000; taken++) {
      now = bucket.reserve(now)
      if (taken === 499_999) now = bucket.reserve(now, 0)
    }
    // Each waits for a whole microsecond: never early, and the bucket loses nothing in between.
    t.is(
      now,
      Math.ceil((1_000_000 * 1_000_000 * 1_000_000) / Math.round(rate * 1_000_000)),
      `${rate} a second`,
    )
  }
})

test('the limits of the limits', t => {
  t.is(new TokenBucket(Infinity, 0).reserve(5, 100), 5)
  t.true(new TokenBucket(Infinity, 0).take(5))
  t.is(new TokenBucket(10, 3).reserve(0, 4), NEVER)
  const dry = new TokenBucket(0, 2)
  t.deepEqual([dry.reserve(0), dry.reserve(0), dry.reserve(SECOND)], [0, 0, NEVER])
  t.is(dry.tokens(100 * SECOND), 0)
  t.is(new TokenBucket(10, 0).reserve(0), NEVER)
})

test('take takes only what is there', t => {
  const bucket = new TokenBucket(2, 2)
  t.deepEqual(
    [bucket.take(0, 2), bucket.take(0), bucket.take(499_999), bucket.take(500_000)],
    [true, false, false, true],
  )
})

test('a time before the last counts as the last', t => {
  const bucket = new TokenBucket(1, 1)
  t.is(bucket.reserve(10 * SECOND), 10 * SECOND)
  t.is(bucket.reserve(5 * SECOND), 11 * SECOND)
})
