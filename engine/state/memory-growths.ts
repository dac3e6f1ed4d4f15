import type { SimTime } from '../kernel/time.js'
import { amountAfter, type Growth } from '../model/pod-usage.js'
import type { PodId } from './ids.js'

/** Memory of a running container that grows from a time on, as a manifest or a leak has it. */
export interface MemoryGrowth {
  readonly container: string
  readonly growth: Growth
  readonly since: SimTime
}

const NONE: readonly MemoryGrowth[] = []

/**
 * Memory that containers use beside their loads: written by the kubelet as containers start and end, read by it and by
 * metrics-server. Only pods of which something is said are in it.
 */
export class MemoryGrowths {
  readonly #byPod = new Map<PodId, readonly MemoryGrowth[]>()
  /** Counts every change of a pod's growths. */
  changes = 0

  of(pod: PodId): readonly MemoryGrowth[] {
    return this.#byPod.size === 0 ? NONE : (this.#byPod.get(pod) ?? NONE)
  }

  set(pod: PodId, growths: readonly MemoryGrowth[]): void {
    if (growths.length > 0) this.#byPod.set(pod, growths)
    else if (!this.#byPod.delete(pod)) return
    this.changes++
  }

  /** Whether the pod uses another amount after `since` than at that time. */
  isGrowing(pod: PodId, since: SimTime): boolean {
    return this.of(pod).some(one => one.since + one.growth.over > since)
  }

  /** Mean bytes of a container over (from, to], as far as it ran. */
  mean(pod: PodId, container: string, from: SimTime, to: SimTime): number {
    let sum = 0
    for (const { container: name, growth, since } of this.of(pod)) {
      if (name === container) sum += integral(growth, Math.max(from, since) - since, to - since)
    }
    return sum / (to - from)
  }
}

/** Over ages; a growth is a line and then stays. */
function integral(growth: Growth, from: SimTime, to: SimTime): number {
  if (to <= from) return 0
  const turn = Math.min(Math.max(growth.over, from), to)
  const rising = ((amountAfter(growth, from) + amountAfter(growth, turn)) / 2) * (turn - from)
  return rising + growth.to * (to - turn)
}
