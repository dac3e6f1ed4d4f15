/**
 * Gives equal values one small id, so that they are compared, cached and stored as integers.
 * Ids count from 0 in order of first appearance and are never given back.
 */
export class Interner<Id extends number, T> {
  #ids = new Map<string, Id>()
  #values: T[] = []

  get size(): number {
    return this.#values.length
  }

  /** The id of the value with this key; `make` builds the value the first time the key is seen. */
  intern(key: string, make: () => T): Id {
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#values.length as Id
      this.#ids.set(key, id)
      this.#values.push(make())
    }
    return id
  }

  /** The id of a key already interned. */
  find(key: string): Id | undefined {
    return this.#ids.get(key)
  }

  get(id: Id): T {
    return this.#values[id]
  }

  values(): readonly T[] {
    return this.#values
  }
}
