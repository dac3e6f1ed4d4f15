/**
 * Whether pods are ready: as their containers are, or as somebody forces it.
 *
 * Upstream: pkg/kubelet/status/generate.go (1.36); forced readiness is of the recorded runs.
 * Simplified: readiness gates are not waited for.
 */
import type { PodId } from '../state/ids.js'
import type { PodTable } from '../state/pods.js'
import type { AttachedColumn } from '../state/table.js'

const Forced = { No: 0, NotReady: 1, Ready: 2 } as const

export class PodReadiness {
  /** 1: the containers are ready by themselves. */
  readonly #own: AttachedColumn<Uint8Array>
  readonly #forced: AttachedColumn<Uint8Array>

  constructor(pods: PodTable) {
    this.#own = pods.attach(Uint8Array, 0)
    this.#forced = pods.attach(Uint8Array, Forced.No)
  }

  handOver(from: PodId, to: PodId): void {
    this.#own.values[to] = this.#own.values[from]
    this.#forced.values[to] = this.#forced.values[from]
  }

  setOwn(pod: PodId, isReady: boolean): void {
    this.#own.values[pod] = isReady ? 1 : 0
  }

  /** Undefined gives it back to the containers. */
  force(pod: PodId, isReady: boolean | undefined): void {
    const forced = isReady ? Forced.Ready : Forced.NotReady
    this.#forced.values[pod] = isReady === undefined ? Forced.No : forced
  }

  of(pod: PodId): boolean {
    const forced = this.#forced.values[pod]
    return forced === Forced.No ? this.#own.values[pod] === 1 : forced === Forced.Ready
  }
}
