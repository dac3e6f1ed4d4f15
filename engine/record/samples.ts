/**
 * All values of one measured quantity, for exact quantiles: eight bytes each, sorted once at the end.
 */
export class Samples {
  #values = new Float64Array(1024)
  #length = 0
  #sorted = true

  get length(): number {
    return this.#length
  }

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
    this.#sorted = false
  }

  /**
   * The smallest value that at least the share `q` of all values do not exceed (nearest rank), so every quantile is
   * a value that occurred. NaN without values.
   */
  quantile(q: number): number {
    if (this.#length === 0) return Number.NaN
    const values = this.#values.subarray(0, this.#length)
    if (!this.#sorted) {
      values.sort()
      this.#sorted = true
    }
    return values[Math.max(0, Math.ceil(q * this.#length) - 1)]
  }
}
