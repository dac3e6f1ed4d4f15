import test from 'ava'
import { compareDigests, firstDivergence } from '../../../engine/kernel/digest.js'
import { createDistribution } from '../../../engine/kernel/distributions.js'
import type { EventHandle } from '../../../engine/kernel/event-queue.js'
import { InvariantViolation } from '../../../engine/kernel/invariant.js'
import { Kernel, type KernelOptions, Rank } from '../../../engine/kernel/kernel.js'
import { Streams } from '../../../engine/kernel/rng.js'
import { SECOND } from '../../../engine/kernel/time.js'

/** A kernel with one kind per rank, noting `rank:subject` of what runs. */
function ranked(options?: KernelOptions): {
  kernel: Kernel
  ran: string[]
  schedule: (at: number, rank: Rank, subject: number) => EventHandle
} {
  const kernel = new Kernel(options)
  const ran: string[] = []
  const kinds = Object.entries(Rank).map(([name, rank]) =>
    kernel.on(name, rank, subject => {
      ran.push(`${rank}:${subject}`)
    }),
  )
  return { kernel, ran, schedule: (at, rank, subject) => kernel.schedule(at, kinds[rank], subject) }
}

test('events run by time, then rank, then the order of scheduling', t => {
  const { kernel, ran, schedule } = ranked()
  schedule(5, Rank.Measure, 1)
  schedule(5, Rank.Scheduler, 2)
  schedule(5, Rank.Failure, 3)
  schedule(5, Rank.Scheduler, 4)
  schedule(1, Rank.Autoscaler, 5)
  kernel.run()
  t.deepEqual(ran, ['5:5', '0:3', '4:2', '4:4', '6:1'])
  t.is(kernel.now, 5)
  t.is(kernel.executed, 5)
})

test('an event may schedule another at its own time, and a lower rank then goes first', t => {
  const kernel = new Kernel()
  const ran: string[] = []
  const late = kernel.on('late', Rank.Controller, subject => {
    ran.push(`late ${subject}`)
  })
  const early = kernel.on('early', Rank.Kubelet, () => {
    ran.push('early')
  })
  const first = kernel.on('first', Rank.Controller, () => {
    kernel.schedule(kernel.now, late, 2)
    kernel.schedule(kernel.now, early)
  })
  kernel.schedule(3, first)
  kernel.schedule(3, late, 1)
  kernel.run()
  t.deepEqual(ran, ['early', 'late 1', 'late 2'])
})

test('a run stops at its limits, says why, and goes on where it stopped', t => {
  const { kernel, ran, schedule } = ranked()
  for (let at = 10; at <= 50; at += 10) schedule(at, Rank.Watch, at)
  t.deepEqual(kernel.run({ maxEvents: 2 }), { reason: 'maxEvents', events: 2, now: 20 })
  t.deepEqual(kernel.run({ until: 35 }), { reason: 'until', events: 1, now: 35 })
  t.is(kernel.pending, 2)
  // An event exactly at the limit still runs, and one may be scheduled between.
  schedule(36, Rank.Watch, 36)
  t.deepEqual(kernel.run({ until: 40 }), { reason: 'until', events: 2, now: 40 })
  t.deepEqual(kernel.run(), { reason: 'drained', events: 1, now: 50 })
  t.deepEqual(kernel.run({ until: 70 }), { reason: 'drained', events: 0, now: 70 })
  t.deepEqual(ran, ['2:10', '2:20', '2:30', '2:36', '2:40', '2:50'])
})

test('a cancelled event does not run, also if cancelled at its own instant', t => {
  const { kernel, ran, schedule } = ranked()
  const victim = schedule(5, Rank.Scheduler, 1)
  const canceller = kernel.on('cancel', Rank.Failure, () => {
    t.true(kernel.isPending(victim))
    t.true(kernel.cancel(victim))
  })
  kernel.schedule(5, canceller)
  t.is(kernel.timeOf(victim), 5)
  kernel.run()
  t.deepEqual(ran, [])
  t.false(kernel.cancel(victim))
})

test('mistakes are refused', t => {
  const kernel = new Kernel()
  const kind = kernel.on('a', Rank.Watch, () => {})
  kernel.run({ until: 10 })
  t.throws(() => kernel.on('a', Rank.Watch, () => {}), {
    instanceOf: InvariantViolation,
    message: /a is registered twice/,
  })
  for (const at of [9, 10.5, NaN, Infinity])
    t.throws(() => kernel.schedule(at, kind), { instanceOf: InvariantViolation })
})

test('an error in a handler tells time, event and how to see it again, and the kernel stays usable', t => {
  const kernel = new Kernel({ seed: 'blue' })
  const cause = new RangeError('out of nodes')
  const kind = kernel.on('scheduler/bind', Rank.Scheduler, () => {
    throw cause
  })
  kernel.schedule(90 * SECOND, kind, 7, 3)
  const error = t.throws(() => kernel.run(), { instanceOf: InvariantViolation })
  t.is(
    error.message,
    'out of nodes (at 1m30s in event 1, scheduler/bind(7, 3)); reproduce: --seed blue --until 1m30s',
  )
  t.is(error.cause, cause)
  t.is(kernel.run().reason, 'drained')
})

test('run() is not called from within an event', t => {
  const kernel = new Kernel()
  const kind = kernel.on('a', Rank.Watch, () => {
    kernel.run()
  })
  kernel.schedule(1, kind)
  t.throws(() => kernel.run(), { message: /within an event/ })
})

test('shuffled ties keep time and rank, change with the seed, and only then', t => {
  const order = (options: KernelOptions): string => {
    const { kernel, ran, schedule } = ranked(options)
    for (let subject = 0; subject < 12; subject++) schedule(5, Rank.Scheduler, subject)
    schedule(5, Rank.Failure, 99)
    schedule(4, Rank.Measure, 98)
    kernel.run()
    t.deepEqual(ran.slice(0, 2), ['6:98', '0:99'])
    return ran.join()
  }
  const one = order({ ties: 'shuffled', seed: '1' })
  t.is(order({ ties: 'shuffled', seed: '1' }), one)
  t.not(order({ ties: 'shuffled', seed: '2' }), one)
  t.not(order({ ties: 'sequence', seed: '1' }), one)
  t.is(order({ ties: 'sequence', seed: '1' }), order({ ties: 'sequence', seed: '2' }))
})

/** A little model of random walkers; walker 0 behaves otherwise from a given event on. */
function walk(
  options: {
    oddFrom?: number
    measure?: boolean
    ties?: 'shuffled'
    extraKind?: boolean
    window?: [number, number]
    trail?: boolean
  } = {},
): Kernel {
  const kernel = new Kernel({ ...(options.ties === undefined ? {} : { ties: options.ties }), capacity: 1 })
  const stream = new Streams('5').stream('walk')
  if (options.extraKind === true) kernel.on('unused', Rank.Watch, () => {})
  let events = 0
  const step = kernel.on('walk/step', Rank.Watch, (walker, steps) => {
    events++
    const odd = events === options.oddFrom ? 1 : 0
    if (steps < 4000) kernel.schedule(kernel.now + 1 + stream.integer(20) + odd, step, walker, steps + 1)
  })
  const look = kernel.on('measure/look', Rank.Measure, () => {
    if (kernel.pending > 1) kernel.schedule(kernel.now + 10, look)
  })
  if (options.measure === true) kernel.schedule(0, look)
  for (let walker = 0; walker < 5; walker++) kernel.schedule(walker, step, walker)
  if (options.window !== undefined) kernel.trace(...options.window)
  if (options.trail === true) kernel.keepTrail()
  kernel.run()
  return kernel
}

test('the digest is that of the events: not of observers, nor of kinds nobody uses', t => {
  const { digest } = walk()
  t.regex(digest, /^[0-9a-f]{16}$/)
  t.is(walk().digest, digest)
  t.is(walk({ measure: true }).digest, digest)
  t.is(walk({ extraKind: true }).digest, digest)
  t.is(walk({ ties: 'shuffled', measure: true }).digest, walk({ ties: 'shuffled' }).digest)
  t.not(walk({ ties: 'shuffled' }).digest, digest)
  t.not(walk({ oddFrom: 20_000 }).digest, digest)
})

test('the digest tells every part of an event apart', t => {
  const digestOf = (time: number, name: string, subject: number, argument: number): string => {
    const kernel = new Kernel()
    kernel.schedule(
      time,
      kernel.on(name, Rank.Watch, () => {}),
      subject,
      argument,
    )
    kernel.run()
    return kernel.digest
  }
  const digests = [
    digestOf(1, 'a', 2, 3),
    digestOf(2, 'a', 2, 3),
    digestOf(1 + 2 ** 32, 'a', 2, 3),
    digestOf(1, 'b', 2, 3),
    digestOf(1, 'a', 3, 3),
    digestOf(1, 'a', 3, 2),
    digestOf(1, 'a', 2 + 2 ** 32, 3),
    digestOf(1, 'a', 2, 3 + 2 ** 32),
    digestOf(1, 'a', -2, 3),
  ]
  t.is(new Set(digests).size, digests.length)
})

test('two runs that part are compared down to the first event that differs', t => {
  for (const oddFrom of [1, 63, 64, 65, 12_345, 19_000]) {
    t.is(compareDigests(walk().digestLog(), walk().digestLog()), undefined)
    const window = compareDigests(walk().digestLog(), walk({ oddFrom }).digestLog())
    if (window === undefined) {
      t.fail('no divergence found')
      return
    }
    t.true(window.from <= oddFrom + 10 && window.to >= oddFrom, `${oddFrom}: ${window.from} to ${window.to}`)
    const left = walk({ window: [window.from, window.to] }).traced
    const right = walk({ oddFrom, window: [window.from, window.to] }).traced
    const found = firstDivergence(left, right)
    // The odd event itself, number oddFrom - 1, is the same; soon after it comes the first to differ.
    const number = found?.left?.number ?? -1
    t.true(number >= oddFrom && number < oddFrom + 60, `${oddFrom}: found ${number}`)
    t.is(found?.left?.kind, 'walk/step')
    t.true((found?.left?.time ?? -1) >= window.fromTime && (found?.left?.time ?? NaN) <= window.toTime)
    t.deepEqual(left.slice(0, number - window.from), right.slice(0, number - window.from))
  }
})

test('a trail has one entry an event, changes no digest and differs from the first event that does', t => {
  t.is(walk().trail().length, 0)
  const kernel = walk({ trail: true })
  const trail = kernel.trail()
  t.is(trail.length, kernel.digestLog().events)
  t.is(kernel.digest, walk().digest)
  t.deepEqual(walk({ trail: true, measure: true }).trail(), trail)
  const oddFrom = 12_345
  const other = walk({ trail: true, oddFrom }).trail()
  const all: [number, number] = [0, trail.length]
  const found = firstDivergence(walk({ window: all }).traced, walk({ oddFrom, window: all }).traced)
  t.is(
    trail.findIndex((mark, i) => mark !== other[i]),
    found?.left?.number ?? -2,
  )
})

test('checkpoints stay few in a long run, and runs of different length still compare', t => {
  const long = (events: number): Kernel => {
    const kernel = new Kernel()
    const tick = kernel.on('tick', Rank.Watch, () => {
      kernel.schedule(kernel.now + 7, tick)
    })
    kernel.schedule(0, tick)
    kernel.run({ maxEvents: events })
    return kernel
  }
  const shorter = long(60_000).digestLog()
  const longer = long(300_000).digestLog()
  t.true(longer.checkpoints.length < 1024)
  t.is(longer.checkpoints.at(-1)?.events, 299_520)
  const window = compareDigests(shorter, longer)
  t.true(window !== undefined && window.from > 59_000 && window.from <= 60_000 && window.to === 300_000)
})

test('M/M/1 waits as theory says', t => {
  // Load 0.5: mean time in the system = mean service / (1 - 0.5) = 2 * 500 = 1000 us.
  const kernel = new Kernel()
  const streams = new Streams('3')
  const gaps = streams.stream('gaps')
  const services = streams.stream('services')
  const gap = createDistribution({ exponential: { mean: 1000 } })
  const service = createDistribution({ exponential: { mean: 500 } })
  const arrivals: number[] = []
  let served = 0
  let spent = 0
  const serve = (): void => {
    kernel.schedule(kernel.now + Math.round(service.draw(() => services.double())), departure)
  }
  const departure = kernel.on('departure', Rank.Kubelet, () => {
    spent += kernel.now - arrivals[served++]
    if (served < arrivals.length) serve()
  })
  const arrival = kernel.on('arrival', Rank.Watch, () => {
    if (served === arrivals.push(kernel.now) - 1) serve()
    if (arrivals.length < 200_000)
      kernel.schedule(kernel.now + Math.round(gap.draw(() => gaps.double())), arrival)
  })
  kernel.schedule(0, arrival)
  kernel.run()
  t.is(served, 200_000)
  t.true(Math.abs(spent / served / 1000 - 1) < 0.03, `mean time in the system ${spent / served} us`)
})
