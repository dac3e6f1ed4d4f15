import { Kernel, Rank } from '../../engine/kernel/kernel.js'
import { type Bench, interleaved, millionsPerSecond, type Row } from './bench.js'
import { plainRandom, ReferenceHeap } from './reference-heap.js'

const EVENTS = 500_000

/** The hold model: every event schedules one other, so the number pending stays the same. */
function hold(pending: number): number {
  const kernel = new Kernel({ capacity: pending + 1 })
  const random = plainRandom(1)
  const spread = pending * 10
  const kind = kernel.on('bench/hold', Rank.Controller, subject => {
    kernel.schedule(kernel.now + Math.floor(random() * spread), kind, subject)
  })
  for (let subject = 0; subject < pending; subject++)
    kernel.schedule(Math.floor(random() * spread), kind, subject)
  kernel.run({ maxEvents: pending })
  return millionsPerSecond(EVENTS, () => kernel.run({ maxEvents: EVENTS }))
}

function referenceHold(pending: number): number {
  const heap = new ReferenceHeap(pending + 1)
  const random = plainRandom(1)
  const spread = pending * 10
  for (let subject = 0; subject < pending; subject++) heap.push(Math.floor(random() * spread), subject)
  const turnOver = (events: number): void => {
    for (let event = 0; event < events; event++) {
      const now = heap.times[0]
      heap.push(now + Math.floor(random() * spread), heap.pop())
    }
  }
  turnOver(pending)
  return millionsPerSecond(EVENTS, () => turnOver(EVENTS))
}

/** Sets a timer and puts it off again and again, as probes, leases and retries do, beside a running model. */
function cancelling(pending: number): number {
  const kernel = new Kernel({ capacity: pending * 2 })
  const random = plainRandom(2)
  const kind = kernel.on('bench/timer', Rank.Kubelet, () => {})
  const handles = Array.from({ length: pending }, (_, subject) =>
    kernel.schedule(1_000_000 + Math.floor(random() * 1_000_000), kind, subject),
  )
  return millionsPerSecond(EVENTS, () => {
    for (let event = 0; event < EVENTS; event++) {
      const subject = event % pending
      kernel.cancel(handles[subject])
      handles[subject] = kernel.schedule(1_000_000 + Math.floor(random() * 1_000_000) + event, kind, subject)
    }
  })
}

/** Arrivals in order, all scheduled beforehand, as from a trace; then run. */
function presorted(): number {
  const kernel = new Kernel({ capacity: EVENTS })
  const kind = kernel.on('bench/arrival', Rank.Controller, () => {})
  return millionsPerSecond(EVENTS, () => {
    for (let event = 0; event < EVENTS; event++) kernel.schedule(event * 100, kind, event)
    kernel.run()
  })
}

function referencePresorted(): number {
  const heap = new ReferenceHeap(EVENTS)
  return millionsPerSecond(EVENTS, () => {
    for (let event = 0; event < EVENTS; event++) heap.push(event * 100, event)
    while (heap.length > 0) heap.pop()
  })
}

export const kernelBench: Bench = {
  name: 'kernel',
  run() {
    const rows: Row[] = []
    const unit = 'M events/s'
    for (const pending of [1_000, 100_000, 1_000_000]) {
      const [value, reference] = interleaved(5, [() => hold(pending), () => referenceHold(pending)])
      const figure = `hold model, ${pending.toLocaleString('en')} pending`
      rows.push({ bench: 'kernel', figure, unit, value, reference, ratio: value / reference, goal: 0.5 })
    }
    const [value, reference] = interleaved(5, [presorted, referencePresorted])
    const ratio = value / reference
    rows.push({
      bench: 'kernel',
      figure: 'sorted arrivals scheduled beforehand',
      unit,
      value,
      reference,
      ratio,
    })
    for (const pending of [1_000, 100_000]) {
      const [timers] = interleaved(5, [() => cancelling(pending)])
      const figure = `cancel and schedule again, ${pending.toLocaleString('en')} pending`
      rows.push({ bench: 'kernel', figure, unit: 'M pairs/s', value: timers })
    }
    return rows
  },
}
