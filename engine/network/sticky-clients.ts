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

export class StickyClients {
  readonly #draws: KeyedDraws
  readonly #podOf: Int32Array
  /** How often each client has been given a pod. */
  readonly #turns: Int32Array

  constructor(clients: number, draws: KeyedDraws) {
    this.#draws = draws
    this.#podOf = new Int32Array(clients).fill(NONE)
    this.#turns = new Int32Array(clients)
  }

  /** Shares of the endpoints; clients whose pod is none any more are given another one. */
  split(targets: readonly Target[]): Float64Array {
    const shares = new Float64Array(targets.length)
    if (targets.length === 0) {
      this.#podOf.fill(NONE)
      return shares
    }
    const places = new Map<number, number>()
    targets.forEach(({ pod }, i) => places.set(pod, i))
    const clients = this.#podOf.length
    for (let client = 0; client < clients; client++) {
      let place = this.#podOf[client] === NONE ? undefined : places.get(this.#podOf[client])
      if (place === undefined) {
        place = Math.floor(this.#draws.at(client, this.#turns[client]++) * targets.length)
        this.#podOf[client] = targets[place].pod
      }
      shares[place] += 1 / clients
    }
    return shares
  }
}
