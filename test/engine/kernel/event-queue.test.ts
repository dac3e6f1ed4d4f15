import test from 'ava'
import * as fc from 'fast-check'
import { EMPTY, type EventHandle, EventQueue, LATER, NO_EVENT } from '../../../engine/kernel/event-queue.js'

const FOREVER = Number.MAX_SAFE_INTEGER

/** What the queue must do, written as slowly and plainly as possible. */
class SortedModel {
  readonly events: { time: number; order: number; subject: number; handle: EventHandle }[] = []

  push(time: number, order: number, subject: number, handle: EventHandle): void {
    this.events.push({ time, order, subject, handle })
    this.events.sort((left, right) => left.time - right.time || left.order - right.order)
  }

  cancel(handle: EventHandle): boolean {
    const index = this.events.findIndex(event => event.handle === handle)
    if (index >= 0) this.events.splice(index, 1)
    return index >= 0
  }
}

function drain(queue: EventQueue): number[] {
  const subjects: number[] = []
  for (;;) {
    const slot = queue.pop(FOREVER)
    if (slot === EMPTY) return subjects
    subjects.push(queue.slots.subjects[slot])
    queue.release(slot)
  }
}

test('events come out by time, then by order', t => {
  const queue = new EventQueue(1)
  queue.push(5, 2, 0, 52, 0)
  queue.push(5, 1, 0, 51, 0)
  queue.push(3, 9, 0, 39, 0)
  queue.push(FOREVER, 3, 0, 99, 0)
  queue.push(0, 4, 0, 4, 0)
  t.deepEqual(drain(queue), [4, 39, 51, 52, 99])
})

test('an event later than the limit stays', t => {
  const queue = new EventQueue()
  queue.push(10, 0, 3, 7, 8)
  t.is(queue.pop(9), LATER)
  const slot = queue.pop(10)
  t.deepEqual(
    [
      queue.slots.times[slot],
      queue.slots.kinds[slot],
      queue.slots.subjects[slot],
      queue.slots.arguments[slot],
    ],
    [10, 3, 7, 8],
  )
  t.is(queue.length, 0)
})

test('a handle is stale once its event was popped or cancelled, also when the slot is used again', t => {
  const queue = new EventQueue(1)
  const first = queue.push(1, 0, 0, 1, 0)
  queue.release(queue.pop(FOREVER))
  const second = queue.push(1, 1, 0, 2, 0)
  t.not(first, second)
  t.false(queue.cancel(first))
  t.is(queue.timeOf(first), undefined)
  t.is(queue.timeOf(second), 1)
  t.true(queue.cancel(second))
  t.false(queue.cancel(second))
  t.false(queue.cancel(NO_EVENT))
  t.is(queue.timeOf(second), undefined)
  t.is(queue.pop(FOREVER), EMPTY)
})

/** Times that cluster, tie, and leap far ahead, so that all tiers and their borders are met. */
const time = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 100_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 40 }) },
  { weight: 1, arbitrary: fc.constant(FOREVER) },
)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('push' as const), time, many: fc.integer({ min: 1, max: 90 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pop' as const), many: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('cancel' as const), many: fc.integer({ min: 1, max: 80 }) }),
  },
)

test('the queue agrees with a sorted array whatever is pushed, popped and cancelled', t => {
  const property = fc.property(
    fc.array(step, { maxLength: 60 }),
    fc.integer({ min: 1, max: 64 }),
    (steps, capacity) => {
      const queue = new EventQueue(capacity)
      const model = new SortedModel()
      const handles: EventHandle[] = []
      let now = 0
      let order = 0
      for (const { do: what, many, ...rest } of steps) {
        for (let index = 0; index < many; index++) {
          if (what === 'push') {
            const ahead = 'time' in rest ? rest.time : 0
            const at = Math.min(FOREVER, now + (ahead % (index + 1)) + (index % 3 === 0 ? ahead : 0))
            const handle = queue.push(at, order, 0, order, 0)
            model.push(at, order, order, handle)
            handles.push(handle)
            order++
          } else if (what === 'pop') {
            const slot = queue.pop(FOREVER)
            const expected = model.events.shift()
            if (expected === undefined) {
              t.is(slot, EMPTY)
              break
            }
            if (queue.slots.subjects[slot] !== expected.subject) return false
            now = queue.slots.times[slot]
            queue.release(slot)
          } else if (handles.length > 0) {
            const handle = handles[(index * 7919) % handles.length]
            if (queue.cancel(handle) !== model.cancel(handle)) return false
          }
        }
        if (queue.length !== model.events.length) return false
      }
      const rest = model.events.map(event => event.subject)
      return JSON.stringify(drain(queue)) === JSON.stringify(rest)
    },
  )
  t.notThrows(() => fc.assert(property, { numRuns: 400, seed: 20_260_101 }))
})

test('events scheduled and cancelled by the million leave nothing behind', t => {
  const queue = new EventQueue(64)
  const spreads = [1, 1_000, 10_000_000]
  let order = 0
  let cancelled = 0
  for (let index = 0; index < 1000; index++) queue.push(index * 50, order++, 0, index, 0)
  for (let round = 0; round < 2_000_000; round++) {
    const handle = queue.push(1_000 + (round % 97) * spreads[round % 3], order++, 0, 0, 0)
    if (queue.cancel(handle)) cancelled++
    if (round % 4096 === 0) t.true(queue.occupied <= 2 * queue.length + 100)
  }
  t.is(cancelled, 2_000_000)
  t.is(queue.length, 1000)
  t.true(queue.slots.capacity <= 4096, `columns grew to ${queue.slots.capacity}`)
  t.is(drain(queue).length, 1000)
  t.is(queue.occupied, 0)
})

test('a timer that is always put off costs no memory', t => {
  const queue = new EventQueue(1)
  let handle = queue.push(100, 0, 0, 0, 0)
  for (let round = 1; round < 500_000; round++) {
    t.context = queue.cancel(handle)
    handle = queue.push(100 + round, round, 0, round, 0)
  }
  t.is(queue.length, 1)
  t.true(queue.slots.capacity <= 256, `columns grew to ${queue.slots.capacity}`)
  t.deepEqual(drain(queue), [499_999])
})
