import test from 'ava'
import { Kernel, Rank } from '../../../engine/kernel/kernel.js'
import { MILLISECOND, SECOND } from '../../../engine/kernel/time.js'
import { WorkQueue, type WorkQueueOptions } from '../../../engine/kernel/work-queue.js'

interface Bench {
  kernel: Kernel
  queue: WorkQueue
  /** [key, milliseconds] in the order in which workers took them. */
  taken: [number, number][]
  at: (milliseconds: number, act: () => void) => void
}

/** A queue whose workers take `workMs` per key; 0 is done within the call, -1 never by itself. */
function bench(workMs = 0, options: Partial<WorkQueueOptions> = {}): Bench {
  const kernel = new Kernel()
  const taken: [number, number][] = []
  const acts: (() => void)[] = []
  const finished = kernel.on('test/finished', Rank.Controller, key => queue.done(key))
  const act = kernel.on('test/act', Rank.Watch, index => acts[index]())
  const queue: WorkQueue = new WorkQueue(kernel, {
    name: 'test',
    rank: Rank.Controller,
    process: key => {
      taken.push([key, kernel.now / MILLISECOND])
      if (workMs === 0) queue.done(key)
      else if (workMs > 0) kernel.schedule(kernel.now + workMs * MILLISECOND, finished, key)
    },
    ...options,
  })
  return {
    kernel,
    queue,
    taken,
    at: (milliseconds, what) => {
      kernel.schedule(milliseconds * MILLISECOND, act, acts.push(what) - 1)
    },
  }
}

test('keys are worked on in the order of their first add, each once', t => {
  const { kernel, queue, taken } = bench()
  for (const key of [3, 1, 3, 2, 1]) queue.add(key)
  t.is(queue.length, 3)
  kernel.run()
  t.deepEqual(taken, [
    [3, 0],
    [1, 0],
    [2, 0],
  ])
})

test('a key added while it is worked on comes again after done, behind those waiting', t => {
  const { kernel, queue, taken, at } = bench(10)
  queue.add(1)
  at(5, () => {
    queue.add(1)
    queue.add(1)
    queue.add(2)
  })
  kernel.run()
  // Key 1 runs 0-10. At 10 it queues up again behind key 2, which came into the queue at 5.
  t.deepEqual(taken, [
    [1, 0],
    [2, 10],
    [1, 20],
  ])
})

test('workers run in parallel, but never two on one key', t => {
  const { kernel, queue, taken, at } = bench(10, { workers: 2 })
  for (const key of [1, 2, 3]) queue.add(key)
  at(5, () => queue.add(1))
  kernel.run()
  // 1 and 2 run 0-10; both are done at 10, where 3 was waiting and 1 re-enters.
  t.deepEqual(taken, [
    [1, 0],
    [2, 0],
    [3, 10],
    [1, 10],
  ])
})

test('a worker is busy until done, however late', t => {
  const { kernel, queue, taken, at } = bench(-1)
  queue.add(1)
  queue.add(2)
  at(700, () => queue.done(1))
  kernel.run()
  t.deepEqual(taken, [
    [1, 0],
    [2, 700],
  ])
  t.true(queue.isProcessing(2))
})

test('of several delays for one key the earliest end counts, and no delay adds at once', t => {
  const rows: { delays: number[]; taken: number[] }[] = [
    { delays: [50, 20], taken: [20] },
    { delays: [20, 50], taken: [20] },
    { delays: [30, 30], taken: [30] },
    { delays: [0], taken: [0] },
    { delays: [-5], taken: [0] },
    // The add at once does not end the delay under way, as in client-go.
    { delays: [40, 0], taken: [0, 40] },
  ]
  for (const { delays, taken: expected } of rows) {
    const { kernel, queue, taken } = bench()
    for (const delay of delays) queue.addAfter(7, delay * MILLISECOND)
    kernel.run()
    t.deepEqual(
      taken.map(([, time]) => time),
      expected,
      `delays ${delays.join()}`,
    )
    t.is(queue.waiting, 0)
  }
})

test('back-off doubles from 5 ms to 1000 s, and starts over after forget', t => {
  const { kernel, queue } = bench()
  const delays: number[] = []
  const fail = (): void => {
    const before = kernel.now
    queue.addRateLimited(1)
    kernel.run()
    delays.push((kernel.now - before) / MILLISECOND)
  }
  for (let failure = 0; failure < 20; failure++) fail()
  // 5 ms * 2^17 = 655.36 s; 5 ms * 2^18 would be 1310.72 s, over the limit.
  t.deepEqual(delays.slice(0, 4), [5, 10, 20, 40])
  t.deepEqual(delays.slice(17), [655_360, 1_000_000, 1_000_000])
  t.is(queue.numRequeues(1), 20)
  queue.forget(1)
  t.is(queue.numRequeues(1), 0)
  fail()
  t.is(delays[20], 5)
})

test('retries of many keys are limited to a burst of 100 and 10 a second after it', t => {
  const { kernel, queue, taken } = bench()
  for (let key = 0; key < 103; key++) queue.addRateLimited(key)
  kernel.run()
  t.is(taken.filter(([, time]) => time === 5).length, 100)
  t.deepEqual(taken.slice(100), [
    [100, 100],
    [101, 200],
    [102, 300],
  ])
})

test('clear drops queue, delays, work in progress and back-offs', t => {
  const { kernel, queue, taken, at } = bench(-1)
  queue.addRateLimited(9)
  queue.addAfter(8, SECOND)
  queue.add(1)
  queue.add(2)
  at(1, () => {
    queue.clear()
    t.is(queue.length, 0)
    t.is(queue.numRequeues(9), 0)
    queue.add(1)
  })
  kernel.run()
  t.deepEqual(taken, [
    [1, 0],
    [1, 1],
  ])
  // The work of before is gone: its late end frees nobody else's worker.
  queue.done(2)
  t.true(queue.isProcessing(1))
})
