/**
 * Pods in the order in which they are tried: the largest first. One that fails goes to the end, and all is over when a
 * pod comes round again with as many pods waiting as when it went.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/queue.go.
 * Simplified: nothing known.
 */
import { requestsOf, type SchedulingPod } from './scheduling-pod.js'

export class PodQueue {
  #pods: SchedulingPod[]
  #first = 0
  readonly #lengthWhenPut = new Map<string, number>()

  constructor(pods: readonly SchedulingPod[]) {
    this.#pods = pods.toSorted(bySize)
  }

  /** The next pod; undefined when there is none or no progress any more. */
  take(): SchedulingPod | undefined {
    const pod = this.#pods[this.#first]
    if (pod === undefined || this.#lengthWhenPut.get(pod.uid) === this.#length) return undefined
    this.#first++
    if (this.#first > this.#length) {
      this.#pods = this.#pods.slice(this.#first)
      this.#first = 0
    }
    return pod
  }

  putBack(pod: SchedulingPod): void {
    this.#pods.push(pod)
    this.#lengthWhenPut.set(pod.uid, this.#length)
  }

  get #length(): number {
    return this.#pods.length - this.#first
  }
}

/** By cpu, then memory, most first, then the oldest, then by uid. */
function bySize(a: SchedulingPod, b: SchedulingPod): number {
  const requests = requestsOf(a.spec)
  const others = requestsOf(b.spec)
  for (const name of ['cpu', 'memory']) {
    const difference = (others.get(name) ?? 0) - (requests.get(name) ?? 0)
    if (difference !== 0) return difference
  }
  if (a.createdAtSeconds !== b.createdAtSeconds) return a.createdAtSeconds - b.createdAtSeconds
  if (a.uid === b.uid) return 0
  return a.uid < b.uid ? -1 : 1
}
