/**
 * Why kubelets end pods that nobody deletes, kept while their containers stop: the status says it when they are down.
 *
 * Upstream: mergePodStatus of pkg/kubelet/status/status_manager.go (1.36), which holds a final phase back, and with it
 * reason, message and DisruptionTarget, until the containers have ended.
 * Simplified: nothing known.
 */
import type { PodId } from '../state/ids.js'

/** The status of a pod that its kubelet ends or does not take. */
export interface PodEnding {
  readonly reason: string
  readonly message: string
  /** Ended for the node's sake: the pod gets the DisruptionTarget condition. */
  readonly isDisruption: boolean
}

export class PodEndings {
  readonly #byPod = new Map<PodId, { readonly uid: number; readonly ending: PodEnding }>()

  set(pod: PodId, uid: number, ending: PodEnding): void {
    this.#byPod.set(pod, { uid, ending })
  }

  /** Answers it once. */
  take(pod: PodId, uid: number): PodEnding | undefined {
    if (this.#byPod.size === 0) return undefined
    const kept = this.#byPod.get(pod)
    if (kept === undefined) return undefined
    this.#byPod.delete(pod)
    return kept.uid === uid ? kept.ending : undefined
  }
}
