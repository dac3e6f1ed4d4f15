/**
 * Finalizers of the pods that have any.
 *
 * Upstream: metadata.finalizers of staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go (1.36).
 * Simplified: nothing known.
 */
import type { PodId } from '../state/ids.js'
import { deletionFinalizers, type Propagation } from './deletion-finalizers.js'

const NO_FINALIZERS: readonly string[] = []

export class PodFinalizers {
  readonly #byPod = new Map<PodId, readonly string[]>()

  of(pod: PodId): readonly string[] {
    return this.#byPod.get(pod) ?? NO_FINALIZERS
  }

  has(pod: PodId): boolean {
    return this.#byPod.has(pod)
  }

  set(pod: PodId, finalizers: readonly string[]): void {
    if (finalizers.length > 0) this.#byPod.set(pod, finalizers)
    else this.#byPod.delete(pod)
  }

  /** Answers whether there were any. */
  delete(pod: PodId): boolean {
    return this.#byPod.delete(pod)
  }

  /** Those that a deletion with this propagation asks for. */
  propagate(pod: PodId, propagation: Propagation | undefined): void {
    if (propagation !== undefined) this.set(pod, deletionFinalizers(this.of(pod), propagation))
  }
}
