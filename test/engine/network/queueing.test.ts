import test from 'ava'
import { Streams } from '../../../engine/kernel/rng.js'
import { HOUR, NEVER, SECOND } from '../../../engine/kernel/time.js'
import { Backlog } from '../../../engine/network/backlog.js'
import {
  latencyQuantile,
  longerThanBetween,
  StationLatency,
  serviceParts,
} from '../../../engine/network/latency.js'
import { type Station, type StationState, stationState } from '../../../engine/network/queueing.js'

const POISSON = { arrivalVariation: 1, capacity: Infinity, discipline: 'queue' } as const

function station(own: Partial<Station>): Station {
  return { ...POISSON, arrivalsPerSecond: 1, serviceSeconds: 1, servers: 1, variation: 1, ...own }
}

function timesOf(one: Station, state: StationState): StationLatency {
  const times = new StationLatency()
  times.change(one, state, 1)
  return times
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
    const p99 = latencyQuantile(timesOf(one, state), 0.99)
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

test('among servers without number nobody waits, and none of them is counted one by one', t => {
  const one = station({ arrivalsPerSecond: 8, servers: 1e15 })
  t.like(stationState(one), { servedPerSecond: 8, refusedPerSecond: 0, waiting: 0, waitProbability: 0 })
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
    const times = timesOf(one, state)
    t.true(Math.abs(times.meanSeconds - time) < 1e-6 * (1 + time), JSON.stringify(one))
    t.true(times.longerThan(0) <= 1 + 1e-9)
  }
})

/** The stretches of a span: requests served, and their waits at its beginning and end. */
function stretches(backlog: Backlog, seconds: number): number[][] {
  const found: number[][] = []
  backlog.serve(seconds, (requests, from, to) => found.push([requests, from, to]))
  return found
}

test('a queue without bound grows by what is too much, and those served had come when the line was shorter', t => {
  const backlog = new Backlog(0, 0)
  // 3 a second come, 1 is served: 2 more wait each second.
  t.true(backlog.meet(station({ arrivalsPerSecond: 3 }), 0))
  t.is(backlog.endsAt, NEVER)
  t.is(backlog.requestsAt(60 * SECOND), 120)
  // The 60th request came at 20 s, so it has waited for 40 s: never longer than the line has been there.
  t.deepEqual(stretches(backlog, 60), [[60, 0, 40]])
  // Nothing comes any more, then half of what can be served: 90 left fall by a half a second, for 180 s.
  t.true(backlog.meet(station({ arrivalsPerSecond: 0 }), 60 * SECOND))
  t.is(backlog.endsAt, 180 * SECOND)
  t.deepEqual(stretches(backlog, 30), [[30, 40, 60]])
  t.true(backlog.meet(station({ arrivalsPerSecond: 0.5 }), 90 * SECOND))
  t.is(backlog.requestsAt(90 * SECOND), 90)
  t.is(backlog.endsAt, 270 * SECOND)
  // The 90: the last of them came at 60 s and is served at 180 s. Then the pause is skipped; who came at 90 s, waited
  // for 90 s, and each second served takes two seconds of arrivals.
  t.deepEqual(stretches(backlog, 180), [
    [90, 60, 120],
    [90, 90, 0],
  ])
  t.false(backlog.meet(station({ arrivalsPerSecond: 0.5 }), 270 * SECOND))
})

test('a bounded queue refuses nothing until it is full, then what the stationary state does', t => {
  const flooded = station({ arrivalsPerSecond: 2, capacity: 101 })
  const { waiting, refusedPerSecond } = stationState(flooded)
  // One is free in the mean: the sum of j / 2^j.
  t.true(near(waiting, 99))
  const backlog = new Backlog(0, 0)
  t.true(backlog.meet(flooded, 0))
  t.is(backlog.refusedPerSecond, 0)
  t.is(backlog.endsAt, Math.ceil((waiting / refusedPerSecond) * SECOND))
  t.true(Math.abs(backlog.endsAt - 99 * SECOND) < 10)
  t.true(backlog.meet(flooded, backlog.endsAt))
  t.true(near(backlog.refusedPerSecond, 1) && near(backlog.servedPerSecond, 1))
  t.is(backlog.endsAt, NEVER)
  // Half of what can be served: the 99 fall by a half a second; who is served first has waited for as many services.
  t.true(backlog.meet(station({ arrivalsPerSecond: 0.5, capacity: 101 }), 200 * SECOND))
  t.true(Math.abs(backlog.endsAt - 398 * SECOND) < 10)
  const [[requests, from, to]] = stretches(backlog, 99)
  t.true(Math.abs(requests - 99) < 1e-4 && Math.abs(from - 99) < 1e-4 && Math.abs(to - 99) < 1e-4)
  // A queue without any room has no backlog: it refuses at once.
  const lossy = new Backlog(1, 0)
  t.true(lossy.meet(station({ arrivalsPerSecond: 2, capacity: 1 }), 0))
  t.true(lossy.refusedPerSecond > 1 && lossy.requestsAt(HOUR) === 0)
})

test('a queue that overflows is full whatever the variation, and never holds more than its room', t => {
  for (const variation of [0, 1, 3])
    for (const [arrivalsPerSecond, least] of [
      [0.99, 0],
      [1.5, 50],
      [5, 95],
    ]) {
      const { waiting } = stationState(station({ arrivalsPerSecond, capacity: 101, variation }))
      t.true(waiting <= 100 && waiting >= least, `${variation} ${arrivalsPerSecond} ${waiting}`)
    }
})

test('times behind a line that grows: the mean of the tails over the waits', t => {
  // An exponential second behind a wait of 2 to 4: longer than 5 takes the mean of e^-(5 - w).
  const [exponential, constant] = [serviceParts(1, 1), serviceParts(1, 0)]
  t.true(near(longerThanBetween(exponential, 2, 4, 5), (Math.exp(-1) - Math.exp(-3)) / 2))
  t.true(near(longerThanBetween(exponential, 4, 2, 5), (Math.exp(-1) - Math.exp(-3)) / 2))
  // Those who find more than 3.5 in front of them are longer for sure: a quarter of them, as a second is added.
  t.true(near(longerThanBetween(constant, 2, 4, 4.5), 0.25))
  t.true(near(longerThanBetween(exponential, 3, 3, 5), Math.exp(-2)))
})
