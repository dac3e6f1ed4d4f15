import test from 'ava'
import { DELAYS } from './node-failure-delays.js'
import { medianOf, nodeFailureSpread } from './node-failure-spread.js'

test('over ten seeds node failures spread as the recorded ones do', async t => {
  for (const { delay, recorded, simulated } of await nodeFailureSpread()) {
    const [least, most] = DELAYS[delay]
    t.true(recorded.length > 0 && simulated.length > 0, `${delay}: nothing seen`)
    t.true(
      recorded[0] >= least && (recorded.at(-1) as number) <= most,
      `${delay}: recorded beyond its bounds`,
    )
    const [first, last] = [simulated[0], simulated.at(-1) as number]
    t.true(first >= least && last <= most, `${delay}: ${first} to ${last}`)
    // A median of a few recorded values lies anywhere in the middle half of what the phases allow.
    const off = Math.abs(medianOf(simulated) - medianOf(recorded))
    t.true(off <= Math.max(0.2, (most - least) / 4), `${delay}: medians are ${off} apart`)
  }
})
