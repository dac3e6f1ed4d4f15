/**
 * Entries under a number and a text, so many at most: the one used longest ago makes room for a new one, and each
 * look-up counts as a use. Own hash table, as a Map would compare the texts it passes, and these are long and cold:
 * here an entry that is not there is told from the numbers alone.
 *
 * Upstream: the cache of github.com/golang/groupcache/lru, as client-go's events use it (1.36).
 * Simplified: nothing known.
 */
import { hashText } from '../kernel/rng.js'

const NONE = -1
const FIRST_ROOM = 16

/** The numbers of a slot, side by side: the next slot of its bucket, the slots used before and after it, its hash. */
const NEXT = 0
const OLDER = 1
const NEWER = 2
const HASH = 3
const WIDTH = 4

export class LatestEntries<Value> {
  /** By slot; undefined in one that was just given to an entry. */
  readonly values: (Value | undefined)[] = []
  readonly #limit: number
  readonly #numbers: number[] = []
  readonly #texts: string[] = []
  #slots = new Int32Array(FIRST_ROOM * WIDTH)
  /** First slot of each bucket; twice as many as slots, a power of two. */
  #buckets = new Int32Array(FIRST_ROOM * 2).fill(NONE)
  #oldest = NONE
  #newest = NONE

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The slot of the entry, now the one used last; a new one when it is not known or not any more. */
  use(number: number, text: string): number {
    const hash = hashText(text, number | 0)
    const known = this.#find(hash, number, text)
    if (known !== NONE) {
      if (known !== this.#newest) {
        this.#unlink(known)
        this.#append(known)
      }
      return known
    }
    const slot = this.#texts.length < this.#limit ? this.#texts.length : this.#takeOldest()
    if (slot * WIDTH === this.#slots.length) this.#grow()
    this.#numbers[slot] = number
    this.#texts[slot] = text
    this.values[slot] = undefined
    this.#slots[slot * WIDTH + HASH] = hash
    this.#enter(slot)
    this.#append(slot)
    return slot
  }

  #find(hash: number, number: number, text: string): number {
    const slots = this.#slots
    let slot = this.#buckets[hash & (this.#buckets.length - 1)]
    while (slot !== NONE) {
      const isSame = slots[slot * WIDTH + HASH] === hash && this.#numbers[slot] === number
      if (isSame && this.#texts[slot] === text) return slot
      slot = slots[slot * WIDTH + NEXT]
    }
    return NONE
  }

  #enter(slot: number): void {
    const bucket = this.#slots[slot * WIDTH + HASH] & (this.#buckets.length - 1)
    this.#slots[slot * WIDTH + NEXT] = this.#buckets[bucket]
    this.#buckets[bucket] = slot
  }

  /** Takes the slot that was used longest ago out of its bucket. */
  #takeOldest(): number {
    const slots = this.#slots
    const slot = this.#oldest
    const next = slots[slot * WIDTH + NEXT]
    const bucket = slots[slot * WIDTH + HASH] & (this.#buckets.length - 1)
    let before = this.#buckets[bucket]
    if (before === slot) {
      this.#buckets[bucket] = next
    } else {
      while (slots[before * WIDTH + NEXT] !== slot) before = slots[before * WIDTH + NEXT]
      slots[before * WIDTH + NEXT] = next
    }
    this.#unlink(slot)
    return slot
  }

  #append(slot: number): void {
    const before = this.#newest
    this.#slots[slot * WIDTH + OLDER] = before
    this.#slots[slot * WIDTH + NEWER] = NONE
    if (before === NONE) this.#oldest = slot
    else this.#slots[before * WIDTH + NEWER] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const older = this.#slots[slot * WIDTH + OLDER]
    const newer = this.#slots[slot * WIDTH + NEWER]
    if (older === NONE) this.#oldest = newer
    else this.#slots[older * WIDTH + NEWER] = newer
    if (newer === NONE) this.#newest = older
    else this.#slots[newer * WIDTH + OLDER] = older
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    slots.set(this.#slots)
    this.#slots = slots
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(NONE)
    for (let slot = 0; slot < this.#texts.length; slot++) this.#enter(slot)
  }
}
