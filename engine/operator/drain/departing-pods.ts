/**
 * Tells when pods that are waited for have gone, in the moment it happens: a client that looks at fixed times
 * computes from it which of its looks will find them gone.
 *
 * Upstream: waitForDelete of staging/src/k8s.io/kubectl/pkg/drain/drain.go (1.36) polls.
 * Simplified: nothing known.
 */
import { Change, type LogListener, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { PodId } from '../../state/ids.js'

export class DepartingPods implements LogListener {
  readonly #state: ClusterState
  readonly #gone: (waiter: number) => void
  /** Who waits for each pod. */
  readonly #waiters = new Map<PodId, number[]>()
  #isListening = false

  constructor(state: ClusterState, gone: (waiter: number) => void) {
    this.#state = state
    this.#gone = gone
  }

  /** Waits for a pod that is still there. */
  watch(pod: PodId, waiter: number): void {
    if (!this.#isListening) this.#state.log.listen(this, [{ source: Source.Pods, fields: Change.Deleted }])
    this.#isListening = true
    const others = this.#waiters.get(pod)
    if (others === undefined) this.#waiters.set(pod, [waiter])
    else others.push(waiter)
  }

  forget(pod: PodId, waiter: number): void {
    const left = (this.#waiters.get(pod) ?? []).filter(other => other !== waiter)
    if (left.length === 0) this.#waiters.delete(pod)
    else this.#waiters.set(pod, left)
  }

  /** It hears at once, so it never keeps a row from being reused. */
  get cursor(): number {
    return this.#state.log.end
  }

  appended(_source: Source, row: number): void {
    const waiters = this.#waiters.get(row as PodId)
    if (waiters === undefined) return
    this.#waiters.delete(row as PodId)
    for (const waiter of waiters) this.#gone(waiter)
  }
}
