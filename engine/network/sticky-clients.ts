/**
 * Session affinity: each client stays with the pod it was given first for as long as that is an endpoint, so pods
 * that come later get only clients whose pod went away.
 *
 * Upstream: sessionAffinity ClientIP of the iptables proxier (recent module), ipvs persistence (1.36).
 * Simplified: clients send often enough for their sessions not to end by time.
 */
import type { KeyedDraws } from '../kernel/rng.js'
import { NONE } from '../state/ids.js'
import type { Target } from './service-endpoints.js'
import type { Split } from './traffic-shares.js'

export class StickyClients {
  readonly #draws: KeyedDraws
  /** UIDs. */
  readonly #podOf: Float64Array
  /** How often each client has lost its pod. */
  readonly #turns: Int32Array

  constructor(clients: number, draws: KeyedDraws) {
    this.#draws = draws
    this.#podOf = new Float64Array(clients).fill(NONE)
    this.#turns = new Int32Array(clients)
  }

  /** Clients whose pod is used no more are given another one, as those without session are: by their shares. */
  split(targets: readonly Target[], { shares: wanted }: Split): Split {
    const shares = targets.map(() => 0)
    const places = new Map<number, number>()
    targets.forEach(({ uid }, i) => {
      if (wanted[i] > 0) places.set(uid, i)
    })
    const clients = this.#podOf.length
    let lost = 0
    for (let client = 0; client < clients; client++) {
      const former = this.#podOf[client]
      let place = former === NONE ? undefined : places.get(former)
      if (place === undefined) {
        if (former !== NONE) this.#turns[client]++
        place = placeOf(wanted, this.#draws.at(client, this.#turns[client]))
        this.#podOf[client] = place === undefined ? NONE : targets[place].uid
      }
      if (place === undefined) lost += 1 / clients
      else shares[place] += 1 / clients
    }
    return { shares, lost }
  }
}

/** The place whose share of [0, 1) a draw lies in; undefined: in none. */
function placeOf(shares: readonly number[], draw: number): number | undefined {
  let end = 0
  let last: number | undefined
  for (let i = 0; i < shares.length; i++) {
    if (shares[i] === 0) continue
    end += shares[i]
    last = i
    if (draw < end) return i
  }
  // Rounding leaves a little above the last share when nothing is to be lost.
  return end > 1 - 1e-9 ? last : undefined
}
