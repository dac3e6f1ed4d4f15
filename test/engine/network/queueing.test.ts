import test from 'ava'
import { Streams } from '../../../engine/kernel/rng.js'
import { latencyParts, latencyQuantile, longerThan } from '../../../engine/network/latency.js'
import { type Station, stationState } from '../../../engine/network/queueing.js'

const POISSON = { arrivalVariation: 1, capacity: Infinity, discipline: 'queue' } as const

function station(own: Partial<Station>): Station {
  return { ...POISSON, arrivalsPerSecond: 1, serviceSeconds: 1, servers: 1, variation: 1, ...own }
}

const near = (value: number, wanted: number): boolean =>
  Math.abs(value - wanted) <= 1e-9 * Math.max(1, wanted)

test('M/M/1: L = rho / (1 - rho), T exponential with mean 1 / (mu - lambda)', t => {
  for (const rho of [0.1, 0.5, 0.9, 0.99]) {
    const one = station({ arrivalsPerSecond: rho })
    const state = stationState(one)
    t.true(near(state.present, rho / (1 - rho)))
    t.true(near(state.waitProbability, rho))
    // The quantile of an exponential time: -ln(1 - q) / (mu - lambda).
    const p99 = latencyQuantile(latencyParts(one, state), 0.99)
    t.true(Math.abs(p99 - Math.log(100) / (1 - rho)) < 1e-5 * p99)
  }
})

test('M/M/c: the wait follows the formula of Erlang C', t => {
  // Two servers, offered load 1.5: C = (1.5^2 / 2 / (1 - 0.75)) / (1 + 1.5 + 1.5^2 / 2 / (1 - 0.75)) = 4.5 / 7.
  const two = stationState(station({ arrivalsPerSecond: 1.5, servers: 2 }))
  t.true(near(two.waitProbability, 4.5 / 7))
  // W = C / (c mu - lambda) = (4.5 / 7) / 0.5.
  t.true(near(two.waitMeanSeconds, 9 / 7))
  t.true(near(two.present, 1.5 + (1.5 * 9) / 7))
})

test('M/M/c/K: refusals follow the truncated distribution, and a station without room is that of Erlang B', t => {
  // M/M/1/3 at rho 0.5: p3 = 0.5^3 / (1 + 0.5 + 0.25 + 0.125) = 1 / 15.
  const three = stationState(station({ arrivalsPerSecond: 0.5, capacity: 3 }))
  t.true(near(three.refusedPerSecond, 0.5 / 15))
  t.true(near(three.present, (8 * 0 + 4 * 1 + 2 * 2 + 1 * 3) / 15))
  // Erlang B, two servers, offered 2: (4 / 2) / (1 + 2 + 2) = 0.4.
  t.true(near(stationState(station({ arrivalsPerSecond: 2, servers: 2, capacity: 2 })).refusedPerSecond, 0.8))
  // Far above capacity what is not served is refused, and the room is full but for a moment.
  const flooded = stationState(station({ arrivalsPerSecond: 1000, capacity: 101 }))
  t.true(Math.abs(flooded.servedPerSecond - 1) < 1e-6)
  t.true(Math.abs(flooded.present - 101) < 0.01)
})

test('M/G/1: the mean wait follows Pollaczek and Khinchine, and a shared CPU does not care', t => {
  for (const variation of [0, 0.5, 1, 2]) {
    const state = stationState(station({ arrivalsPerSecond: 0.8, variation }))
    // W = lambda E[S^2] / (2 (1 - rho)) = 0.8 (1 + c^2) / 0.4.
    t.true(near(state.waitMeanSeconds, (0.8 * (1 + variation ** 2)) / 0.4))
    const shared = stationState(station({ arrivalsPerSecond: 0.8, variation, discipline: 'share' }))
    t.true(near(shared.present, 4))
  }
})

test("Little's law holds whatever the station: present = served per second times time spent", t => {
  const streams = new Streams('little').stream('stations')
  for (let i = 0; i < 500; i++) {
    const servers = 1 + streams.double() * 20
    const one = station({
      arrivalsPerSecond: streams.double() * servers * 1.5,
      servers,
      capacity: Math.ceil(servers) + Math.floor(streams.double() * 50),
      variation: streams.double() * 2,
      discipline: streams.double() < 0.5 ? 'queue' : 'share',
    })
    const state = stationState(one)
    const time = state.waitMeanSeconds + one.serviceSeconds
    t.true(Math.abs(state.present - state.servedPerSecond * time) < 1e-6 * (1 + state.present))
    t.true(Math.abs(state.servedPerSecond + state.refusedPerSecond - one.arrivalsPerSecond) < 1e-6)
    t.true(state.refusedPerSecond >= 0 && state.waitProbability <= 1 && state.waiting >= 0)
    // The mean of the distribution of times is that of the state: the integral of its tail.
    const parts = latencyParts(one, state)
    const mean = parts.reduce(
      (sum, { share, shift, first, second }) => sum + share * (shift + first + second),
      0,
    )
    t.true(Math.abs(mean - time) < 1e-6 * (1 + time), JSON.stringify(one))
    t.true(longerThan(parts, 0) <= 1 + 1e-9)
  }
})
