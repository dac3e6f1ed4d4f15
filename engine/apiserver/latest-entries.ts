/**
 * A map of limited size in which the entry used longest ago makes room for a new one: each look-up counts as a use.
 * Values lie in an array by slot, so that an entry used again costs one look-up and no move.
 *
 * Upstream: the cache of github.com/golang/groupcache/lru, as client-go's events use it (1.36).
 * Simplified: nothing known.
 */
const NONE = -1

export class LatestEntries<Key, Value> {
  /** By slot; undefined in one that was just given to a key. */
  readonly values: (Value | undefined)[] = []
  readonly #limit: number
  readonly #slots = new Map<Key, number>()
  readonly #keys: Key[] = []
  /** The slots used just before and just after each. */
  readonly #older: number[] = []
  readonly #newer: number[] = []
  #oldest = NONE
  #newest = NONE

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The slot of the key, now the one used last; a new one when the key is not known or not any more. */
  use(key: Key): number {
    const known = this.#slots.get(key)
    if (known !== undefined) {
      if (known !== this.#newest) {
        this.#unlink(known)
        this.#append(known)
      }
      return known
    }
    const slot = this.#keys.length < this.#limit ? this.#keys.length : this.#free()
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.values[slot] = undefined
    this.#append(slot)
    return slot
  }

  /** Takes the slot of the entry used longest ago. */
  #free(): number {
    const slot = this.#oldest
    this.#slots.delete(this.#keys[slot])
    this.#unlink(slot)
    return slot
  }

  #append(slot: number): void {
    const before = this.#newest
    this.#older[slot] = before
    this.#newer[slot] = NONE
    if (before === NONE) this.#oldest = slot
    else this.#newer[before] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const older = this.#older[slot]
    const newer = this.#newer[slot]
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
  }
}
