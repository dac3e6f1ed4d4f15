/**
 * The yardstick of the kernel benches: a 4-ary heap in parallel typed arrays, ordered by time and sequence,
 * written for speed alone. No cancelling, no ranks, no digest, no growth.
 */
export class ReferenceHeap {
  readonly times: Float64Array
  readonly sequences: Float64Array
  readonly subjects: Int32Array
  length = 0
  #sequence = 0

  constructor(capacity: number) {
    this.times = new Float64Array(capacity)
    this.sequences = new Float64Array(capacity)
    this.subjects = new Int32Array(capacity)
  }

  push(time: number, subject: number): void {
    const { times, sequences, subjects } = this
    const sequence = this.#sequence++
    let hole = this.length++
    while (hole > 0) {
      const parent = (hole - 1) >> 2
      // A later sequence never rises past an equal time.
      if (times[parent] <= time) break
      times[hole] = times[parent]
      sequences[hole] = sequences[parent]
      subjects[hole] = subjects[parent]
      hole = parent
    }
    times[hole] = time
    sequences[hole] = sequence
    subjects[hole] = subject
  }

  /** Takes out the first event and answers its subject; read `times[0]` before. */
  pop(): number {
    const { times, sequences, subjects } = this
    const popped = subjects[0]
    const last = --this.length
    const time = times[last]
    const sequence = sequences[last]
    const subject = subjects[last]
    let hole = 0
    for (;;) {
      const first = 4 * hole + 1
      if (first >= last) break
      const end = first + 4 < last ? first + 4 : last
      let least = first
      for (let child = first + 1; child < end; child++) {
        const earlier = times[child] - times[least]
        if (earlier < 0 || (earlier === 0 && sequences[child] < sequences[least])) least = child
      }
      if (time < times[least] || (time === times[least] && sequence < sequences[least])) break
      times[hole] = times[least]
      sequences[hole] = sequences[least]
      subjects[hole] = subjects[least]
      hole = least
    }
    times[hole] = time
    sequences[hole] = sequence
    subjects[hole] = subject
    return popped
  }
}

/** A fast, plain generator in [0, 1), so that both sides of a comparison spend the same on randomness. */
export function plainRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 4294967296
  }
}
