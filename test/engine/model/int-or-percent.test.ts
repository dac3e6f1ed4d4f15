import test from 'ava'
import * as fc from 'fast-check'
import { type IntOrPercent, Rounding, resolveIntOrPercent } from '../../../engine/model/int-or-percent.js'

test('a percentage is that share of the total, rounded as asked; a number is itself', t => {
  const rows: [IntOrPercent, number, number | undefined, number | undefined][] = [
    // given, total, up, down
    ['25%', 10, 3, 2], // 2.5
    ['25%', 4, 1, 1],
    ['100%', 7, 7, 7],
    ['-5%', 7, 0, -1], // -0.35
    [3, 100, 3, 3],
    ['3', 100, undefined, undefined],
    ['1.5%', 100, undefined, undefined],
  ]
  for (const [given, total, up, down] of rows) {
    t.is(resolveIntOrPercent(given, total, Rounding.Up), up, String(given))
    t.is(resolveIntOrPercent(given, total, Rounding.Down), down, String(given))
  }
})

test('rounding up and down differ by one exactly when the share is broken', t => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(10_000), (percent, total) => {
      const up = resolveIntOrPercent(`${percent}%`, total, Rounding.Up)!
      const down = resolveIntOrPercent(`${percent}%`, total, Rounding.Down)!
      return up - down === ((percent * total) % 100 === 0 ? 0 : 1)
    }),
    { seed: 5 },
  )
  t.pass()
})
