/**
 * Label selectors by a label that each of them asks for, so that finding those that match a set of labels costs a
 * look-up for each label and not a question to every selector.
 */
import { type CompiledSelector, type Labels, requiredLabels } from './labels.js'

interface Entry<T> {
  readonly item: T
  readonly selector: CompiledSelector
  /** Counts up with the entries. */
  readonly order: number
  readonly shelf: Entry<T>[]
}

export class SelectorIndex<T> {
  readonly #entries = new Map<T, Entry<T>>()
  readonly #byLabel = new Map<string, Entry<T>[]>()
  /** Those that ask for no label in particular. */
  readonly #others: Entry<T>[] = []
  #added = 0

  keys(): Iterable<T> {
    return this.#entries.keys()
  }

  /** Gives the item this selector; answers whether it had another one, or none. */
  set(item: T, selector: CompiledSelector): boolean {
    if (this.#entries.get(item)?.selector.key === selector.key) return false
    this.delete(item)
    const shelf = this.#shelfFor(selector)
    const entry = { item, selector, order: this.#added++, shelf }
    this.#entries.set(item, entry)
    shelf.push(entry)
    return true
  }

  /** Answers whether the item was there. */
  delete(item: T): boolean {
    const entry = this.#entries.get(item)
    if (entry === undefined) return false
    this.#entries.delete(item)
    entry.shelf.splice(entry.shelf.indexOf(entry), 1)
    return true
  }

  /** Items whose selectors match, in the order in which they came. */
  selecting(labels: Labels): T[] {
    const found = this.#others.filter(({ selector }) => selector.matches(labels))
    for (const [key, value] of Object.entries(labels))
      for (const entry of this.#byLabel.get(labelText(key, value)) ?? [])
        if (entry.selector.matches(labels)) found.push(entry)
    return found.sort((a, b) => a.order - b.order).map(({ item }) => item)
  }

  /** The emptiest of those where it would be found. */
  #shelfFor(selector: CompiledSelector): Entry<T>[] {
    let shelf: Entry<T>[] | undefined
    for (const [key, value] of requiredLabels(selector)) {
      const text = labelText(key, value)
      let shelfOfLabel = this.#byLabel.get(text)
      if (shelfOfLabel === undefined) {
        shelfOfLabel = []
        this.#byLabel.set(text, shelfOfLabel)
      }
      if (shelf === undefined || shelfOfLabel.length < shelf.length) shelf = shelfOfLabel
    }
    return shelf ?? this.#others
  }
}

/** A label as one text; `=` is in no key. */
export function labelText(key: string, value: string): string {
  return `${key}=${value}`
}
