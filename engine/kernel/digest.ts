/**
 * A rolling hash of the executed events, with checkpoints to find where two runs first part.
 * Two lanes of 32 bits take in time, kind, subject and argument. Checkpoints are kept every N events; when
 * their list is full every second one is dropped and N doubles, so the list stays short in a run of any
 * length. Comparing two logs gives a window of event numbers; replaying both runs with a trace of that window
 * names the first event that differs.
 */
import type { SimTime } from './time.js'

/** The hash after `events` events, the last of them at `time`. */
export interface Checkpoint {
  readonly events: number
  readonly time: SimTime
  readonly hash: string
}

/** What a run leaves behind for comparison: plain data. */
export interface DigestLog {
  readonly events: number
  readonly time: SimTime
  readonly hash: string
  readonly checkpoints: readonly Checkpoint[]
}

/** The runs agree up to event number `from` and no longer at `to`; numbers count executed events from 0. */
export interface DivergenceWindow {
  readonly from: number
  readonly to: number
  readonly fromTime: SimTime
  readonly toTime: SimTime
}

/** One executed event as a trace keeps it. */
export interface TracedEvent {
  readonly number: number
  readonly time: SimTime
  readonly kind: string
  readonly subject: number
  readonly argument: number
}

const CHECKPOINTS_MAX = 1024

/** Events a trail covers; a longer run is compared by its checkpoints from there on. */
const TRAIL_MAX = 2 ** 22

export class Digest {
  #low = 0x811c9dc5 | 0
  #high = 0x2f0b4c47 | 0
  #events = 0
  #time: SimTime = 0
  #interval = 64
  #untilCheckpoint = 64
  #checkpoints: Checkpoint[] = []
  #trail: Uint16Array | undefined

  /** Events taken in so far. */
  get events(): number {
    return this.#events
  }

  /** Takes in one event; subject and argument count with their integer parts. */
  add(time: SimTime, kindHash: number, subject: number, argument: number): void {
    let low = this.#low
    let high = this.#high
    low = Math.imul(low ^ (time | 0), 0x85ebca6b)
    high = Math.imul(high ^ ((time / 4294967296) | 0) ^ kindHash, 0xc2b2ae35)
    low ^= (high >>> 15) ^ (subject | 0)
    high ^= (low >>> 13) ^ (argument | 0)
    low = Math.imul(low, 0x27d4eb2f)
    high = Math.imul(high, 0x165667b1)
    if (subject !== (subject | 0) || argument !== (argument | 0)) {
      low ^= (subject / 4294967296) | 0
      high ^= (argument / 4294967296) | 0
    }
    this.#low = low ^ (high >>> 16)
    this.#high = high ^ (low >>> 17)
    if (this.#trail !== undefined) this.#mark(this.#trail)
    this.#events++
    this.#time = time
    if (--this.#untilCheckpoint === 0) this.#checkpoint()
  }

  /** The hash of all events so far, as 16 hexadecimal digits. */
  get hash(): string {
    return hex(this.#low) + hex(this.#high)
  }

  log(): DigestLog {
    return { events: this.#events, time: this.#time, hash: this.hash, checkpoints: [...this.#checkpoints] }
  }

  /**
   * Keeps 16 bits of the rolling hash after every event from now on, up to about four million: two bytes an event
   * that name the first event in which two runs differ.
   */
  keepTrail(): void {
    this.#trail ??= new Uint16Array(4096)
  }

  /** One entry an event since the start; empty when no trail was kept. */
  trail(): Uint16Array {
    return this.#trail?.slice(0, Math.min(this.#events, this.#trail.length)) ?? new Uint16Array(0)
  }

  #mark(trail: Uint16Array): void {
    if (this.#events >= TRAIL_MAX) return
    let room = trail
    if (this.#events >= room.length) {
      room = new Uint16Array(Math.max(this.#events + 1, room.length * 2))
      room.set(trail)
      this.#trail = room
    }
    room[this.#events] = this.#low ^ this.#high
  }

  #checkpoint(): void {
    this.#checkpoints.push({ events: this.#events, time: this.#time, hash: this.hash })
    if (this.#checkpoints.length === CHECKPOINTS_MAX) {
      this.#interval *= 2
      this.#checkpoints = this.#checkpoints.filter(point => point.events % this.#interval === 0)
    }
    this.#untilCheckpoint = this.#interval
  }
}

/** The window in which two runs first differ, or undefined when their digests agree to the end. */
export function compareDigests(left: DigestLog, right: DigestLog): DivergenceWindow | undefined {
  if (left.events === right.events && left.hash === right.hash) return undefined
  const others = new Map(right.checkpoints.map(point => [point.events, point]))
  let from = 0
  let fromTime = 0
  for (const point of left.checkpoints) {
    const other = others.get(point.events)
    if (other === undefined) continue
    if (other.hash !== point.hash) {
      return { from, to: point.events, fromTime, toTime: Math.max(point.time, other.time) }
    }
    from = point.events
    fromTime = point.time
  }
  const to = Math.max(left.events, right.events)
  return { from, to, fromTime, toTime: Math.max(left.time, right.time) }
}

/** The first events that differ in two traces of one window; undefined stands where a run ended. */
export function firstDivergence(
  left: readonly TracedEvent[],
  right: readonly TracedEvent[],
): { left: TracedEvent | undefined; right: TracedEvent | undefined } | undefined {
  const length = Math.max(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const one = left[index]
    const other = right[index]
    const same =
      one !== undefined &&
      other !== undefined &&
      one.time === other.time &&
      one.kind === other.kind &&
      one.subject === other.subject &&
      one.argument === other.argument
    if (!same) return { left: one, right: other }
  }
  return undefined
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0')
}
