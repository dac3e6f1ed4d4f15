/**
 * Random numbers: named streams from (seed, name), and keyed draws from (seed, name, ordinal).
 * Every component draws from streams of its own, so changing one leaves the draws of all others untouched,
 * and runs of two policies can be compared in pairs. A keyed draw has no state at all: what is drawn about
 * one pod or node never depends on how many others were drawn before it.
 */
import seedrandom from 'seedrandom'
import { invariant } from './invariant.js'

/** Where a stream stands: plain data, restored exactly. */
export type StreamState = Readonly<Record<'c' | 's0' | 's1' | 's2', number>>

const TWO_32 = 2 ** 32
const TWO_53 = 2 ** 53

/** One sequence of random numbers (Alea), the same for the same key on every machine. */
export class Stream {
  #generator: seedrandom.StatefulPRNG<seedrandom.State.Alea>

  constructor(key: string) {
    this.#generator = seedrandom.alea(key, { state: true })
  }

  /** Uniform in [0, 1) with 32 random bits: enough for choices, too coarse for tails. */
  next(): number {
    return this.#generator()
  }

  /** Uniform in [0, 1) with 53 random bits. */
  double(): number {
    return this.#generator.double()
  }

  /** Uniform integer in [0, n), without bias: draws in the incomplete last block are thrown away. */
  integer(n: number): number {
    invariant(Number.isSafeInteger(n) && n > 0, 'integer() needs a positive integer')
    const range = n <= TWO_32 ? TWO_32 : TWO_53
    const limit = range - (range % n)
    for (;;) {
      const drawn = (n <= TWO_32 ? this.next() : this.double()) * range
      if (drawn < limit) return drawn % n
    }
  }

  /** One of the items, each equally likely. */
  pick<Item>(items: ArrayLike<Item>): Item {
    return items[this.integer(items.length)]
  }

  get state(): StreamState {
    return this.#generator.state()
  }

  /** Continues from where the state was taken. */
  restore(state: StreamState): void {
    this.#generator = seedrandom.alea('', { state: { ...state } })
  }
}

/** Stateless draws about numbered or named things: the same ordinal always draws the same number. */
export class KeyedDraws {
  readonly #low: number
  readonly #high: number

  constructor(key: string) {
    this.#low = hashText(key, 0x9e3779b9)
    this.#high = hashText(key, 0x85ebca6b)
  }

  /** Uniform in [0, 1) with 53 random bits; `index` tells several draws about one thing apart. */
  at(ordinal: number, index = 0): number {
    const low = ordinal | 0
    const high = Math.floor(ordinal / TWO_32) | 0
    const first = mix(mix(mix(this.#low ^ low) + high) + Math.imul(index, 0x9e3779b1))
    const second = mix(mix(mix(this.#high ^ first) + low) + index)
    return ((first >>> 0) * 0x200000 + (second >>> 11)) / TWO_53
  }

  /** The draw about a thing that has a name rather than a number. */
  atName(name: string, index = 0): number {
    // Two hashes of the name in one pass.
    let high = mix(1 ^ name.length)
    let low = mix(2 ^ name.length)
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i)
      high = addCode(high, code)
      low = addCode(low, code)
    }
    return this.at((mix(high) & 0x1fffff) * TWO_32 + (mix(low) >>> 0), index)
  }
}

/** All randomness of one run. The same name always gives the same stream, where it stands. */
export class Streams {
  readonly seed: string
  readonly #streams = new Map<string, Stream>()

  constructor(seed: string) {
    this.seed = seed
  }

  stream(name: string): Stream {
    let stream = this.#streams.get(name)
    if (stream === undefined) {
      stream = new Stream(streamKey(this.seed, name))
      this.#streams.set(name, stream)
    }
    return stream
  }

  keyed(name: string): KeyedDraws {
    return new KeyedDraws(streamKey(this.seed, name))
  }
}

/** The length in front keeps seed "a" with name "b/c" apart from seed "a/b" with name "c". */
function streamKey(seed: string, name: string): string {
  return `${seed.length}:${seed}/${name}`
}

/** MurmurHash3's finaliser: a bijection of 32 bits in which each bit of input moves half of the output. */
function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** A 32-bit hash of a text, another for each salt. */
export function hashText(text: string, salt: number): number {
  let hash = mix(salt ^ text.length)
  for (let index = 0; index < text.length; index++) hash = addCode(hash, text.charCodeAt(index))
  return mix(hash)
}

function addCode(before: number, code: number): number {
  const hash = Math.imul(before ^ code, 0x01000193)
  return hash ^ (hash >>> 15)
}
