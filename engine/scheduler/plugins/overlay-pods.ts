import type { PodId } from '../../state/ids.js'

/**
 * How the pods of the overlay row differ from those of the node it was copied from, for plugins that look at
 * pods one by one.
 * Upstream: the copy of a NodeInfo that preemption and nominated pods work on,
 * pkg/scheduler/framework/types.go (1.36).
 * Simplified: nothing known.
 */
export class OverlayPods {
  readonly added: PodId[] = []
  readonly removed: PodId[] = []

  reset(): void {
    this.added.length = 0
    this.removed.length = 0
  }

  add(pod: PodId): void {
    if (!takeOut(this.removed, pod)) this.added.push(pod)
  }

  remove(pod: PodId): void {
    if (!takeOut(this.added, pod)) this.removed.push(pod)
  }
}

function takeOut(pods: PodId[], pod: PodId): boolean {
  const at = pods.indexOf(pod)
  if (at >= 0) pods.splice(at, 1)
  return at >= 0
}
