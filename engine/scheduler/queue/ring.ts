/**
 * A list that grows at its end and is dropped from its start; items keep their number, which counts from 0 for ever.
 *
 * Upstream: container/list as pkg/scheduler/backend/queue/active_queue.go uses it (1.36).
 * Simplified: nothing known.
 */
export class Ring<Item> {
  #items: (Item | undefined)[] = []
  /** Number of `#items[0]`. */
  #base = 0
  /** Number of the first item kept. */
  first = 0

  /** Number the next item will get. */
  get end(): number {
    return this.#base + this.#items.length
  }

  push(item: Item): number {
    return this.#base + this.#items.push(item) - 1
  }

  get(number: number): Item {
    return this.#items[number - this.#base] as Item
  }

  set(number: number, item: Item): void {
    this.#items[number - this.#base] = item
  }

  /** Drops the items before a number; room is given back when half of it is of no use. */
  dropTo(number: number): void {
    for (; this.first < number; this.first++) this.#items[this.first - this.#base] = undefined
    const unused = this.first - this.#base
    if (unused === 0 || unused * 2 < this.#items.length) return
    this.#items.splice(0, unused)
    this.#base = this.first
  }
}
