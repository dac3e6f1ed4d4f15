import test from 'ava'
import * as fc from 'fast-check'
import { MILLISECOND, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { Action } from '../../../engine/scheduler/framework/interface.js'
import type { RejectionId } from '../../../engine/scheduler/framework/status.js'
import type { QueueEntry } from '../../../engine/scheduler/queue/queue-entry.js'
import type { PodId } from '../../../engine/state/ids.js'
import { QueueStage } from '../../support/queue-stage.js'

const OPERATIONS = [
  'add',
  'add',
  'pop',
  'pop',
  'pop',
  'fail',
  'fail',
  'done',
  'delete',
  'activate',
  'move',
] as const

interface Step {
  readonly operation: (typeof OPERATIONS)[number]
  readonly waitMilliseconds: number
  /** Which of the pods in question, and how important a new one is. */
  readonly pick: number
  readonly plugins: readonly string[]
  readonly pending: readonly string[]
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  waitMilliseconds: fc.oneof(fc.nat(3000), fc.nat(100_000)),
  pick: fc.nat(99),
  plugins: fc.subarray(['Fit', 'Gone']),
  pending: fc.subarray(['Fit']),
})

/** A queue and what a reader of its promises would expect it to hold. */
class Play {
  readonly stage = new QueueStage({
    events: {
      Fit: [{ resource: 'Node', actions: Action.Add }],
      Gone: [{ resource: 'Pod', actions: Action.Delete }],
      Gate: [{ resource: 'Pod', actions: Action.Delete }],
    },
    // One pod in four is gated for ever.
    preEnqueue: { Gate: pod => (pod % 4 === 3 ? (1 as RejectionId) : 0) },
  })
  readonly alive = new Map<string, PodId>()
  readonly flying = new Map<string, QueueEntry>()
  readonly popped: string[] = []
  #flushesOften: boolean
  #now: SimTime = 0

  constructor(flushesOften: boolean) {
    this.#flushesOften = flushesOften
  }

  /** Answers where every pod is. */
  play(step: Step): ReadonlyMap<string, number> {
    const next = this.#now + step.waitMilliseconds * MILLISECOND
    const firstTick = this.#now - (this.#now % SECOND) + SECOND
    if (this.#flushesOften) for (let t = firstTick; t <= next; t += SECOND) this.stage.queue.flush(t)
    // A step that finds no pod to be about calls nothing.
    this.stage.queue.flush(next)
    this.#now = next
    this[step.operation](step)
    const places = this.stage.places()
    const expected = new Set([...this.alive.keys(), ...this.flying.keys()])
    const missing = [...expected].filter(name => !places.has(name))
    if (missing.length > 0) throw new Error(`${missing.join()} is nowhere`)
    if (places.size > expected.size) throw new Error(`too many: ${[...places.keys()].join()}`)
    if (this.stage.queue.nextFlushAt() <= this.#now) throw new Error('a flush that is due was not made')
    return places
  }

  add({ pick }: Step): void {
    const name = `p${this.stage.state.pods.size}`
    const pod = this.stage.make(name, pick % 3)
    this.alive.set(name, pod)
    this.stage.queue.add(pod, this.#now)
  }

  pop(): void {
    const entry = this.stage.queue.pop(this.#now)
    if (entry === undefined) return
    const name = this.stage.nameOf(entry.pod)
    this.flying.set(name, entry)
    this.popped.push(name)
  }

  fail({ pick, plugins, pending }: Step): void {
    const [, entry] = [...this.flying][pick % this.flying.size] ?? []
    if (entry === undefined) return
    this.flying.delete(this.stage.nameOf(entry.pod))
    const rejectors = { unschedulable: new Set(plugins), pending: new Set(pending) }
    this.stage.queue.fail(entry, rejectors, this.#now)
  }

  done({ pick }: Step): void {
    const [name, entry] = [...this.flying][pick % this.flying.size] ?? []
    if (name === undefined || entry === undefined) return
    this.flying.delete(name)
    this.alive.delete(name)
    this.stage.queue.done(entry)
  }

  delete({ pick }: Step): void {
    const [name, pod] = [...this.alive][pick % this.alive.size] ?? []
    if (name === undefined || pod === undefined) return
    this.alive.delete(name)
    this.stage.state.pods.deletedSequence[pod] = 1
    this.stage.queue.delete(pod, this.#now)
  }

  activate({ pick }: Step): void {
    const [, pod] = [...this.alive][pick % this.alive.size] ?? []
    if (pod !== undefined) this.stage.queue.activate([pod], this.#now)
  }

  move({ pick }: Step): void {
    const isNode = pick % 2 === 0
    const resource = isNode ? 'Node' : 'AssignedPod'
    this.stage.queue.moveAll({ resource, action: isNode ? Action.Add : Action.Delete }, this.#now)
  }
}

test('every pod is in exactly one place, and flushing late is the same as flushing every second', t => {
  const property = fc.property(fc.array(anyStep, { maxLength: 80, size: 'max' }), steps => {
    const often = new Play(true)
    const late = new Play(false)
    for (const each of steps) t.deepEqual(late.play(each), often.play(each))
    t.deepEqual(late.popped, often.popped)
  })
  fc.assert(property, { numRuns: 200 })
  t.pass()
})
