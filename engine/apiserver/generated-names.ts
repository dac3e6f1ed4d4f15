/**
 * Names for objects created with `generateName`: the prefix and five random characters. The draw hangs on prefix and
 * running number alone, so the names of one owner's pods are the same whatever else a run does.
 *
 * Upstream: staging/src/k8s.io/apiserver/pkg/storage/names/generate.go (1.36).
 * Simplified: nothing known.
 */
import { type KeyedDraws, Streams } from '../kernel/rng.js'
import { SAFE_ALPHABET } from '../model/template-hash.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type ObjectId } from '../state/ids.js'
import type { AttachedColumn } from '../state/table.js'

const SUFFIX_LENGTH = 5
const LONGEST_PREFIX = 63 - SUFFIX_LENGTH
/** How often the server draws again when a name is taken: registry/rest maxNameGenerationCreateAttempts. */
export const NAME_ATTEMPTS = 8

export class GeneratedNames {
  readonly #state: ClusterState
  readonly #draws: KeyedDraws
  /** Names given to pods of an owner so far. */
  readonly #given: AttachedColumn<Int32Array>

  constructor(seed: string, state: ClusterState) {
    this.#state = state
    this.#draws = new Streams(seed).keyed('apiserver/generated-names')
    this.#given = state.objects.attach(Int32Array, 0)
  }

  /** The next name of a pod of this owner, `<owner>-<suffix>`, or `<owner>-<index>-<suffix>` for one of an index. */
  podOf(owner: ObjectId, index: number = NONE): string {
    const { namespace, name } = this.#state.objects.get(owner).meta
    const ordinal = this.#given.values[owner]++
    const tail = index === NONE ? '-' : `-${index}-`
    return this.generate(name.slice(0, LONGEST_PREFIX - tail.length) + tail, `${namespace}/${name}`, ordinal)
  }

  /** The prefix, cut so that the name stays legal, and the suffix that `about` draws for its `ordinal`-th name. */
  generate(prefix: string, about: string, ordinal: number): string {
    let draw = Math.floor(this.#draws.atName(about, ordinal) * SAFE_ALPHABET.length ** SUFFIX_LENGTH)
    let suffix = ''
    for (let i = 0; i < SUFFIX_LENGTH; i++) {
      suffix += SAFE_ALPHABET[draw % SAFE_ALPHABET.length]
      draw = Math.floor(draw / SAFE_ALPHABET.length)
    }
    return prefix.slice(0, LONGEST_PREFIX) + suffix
  }
}
