import type { EventHandle } from '../kernel/event-queue.js'
import type { EventKind, Kernel } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import { TokenBucket } from '../kernel/token-bucket.js'
import type { ClientLimit } from '../model/defaults.js'

/**
 * One component's connection to the API server: a request waits for the client's token bucket, then takes the
 * request latency, then its handler runs and makes the write. Requests are events, so a slow client is seen as a real
 * one is: work piles up before it.
 *
 * Upstream: staging/src/k8s.io/client-go/util/flowcontrol and rest/request.go (1.36).
 * Simplified: API priority and fairness never queues; the server answers every request after the same latency.
 */
export class ApiClient {
  #kernel: Kernel
  #bucket: TokenBucket
  readonly latency: SimTime

  constructor(kernel: Kernel, limit: ClientLimit, latency: SimTime) {
    this.#kernel = kernel
    this.#bucket = new TokenBucket(limit.qps, limit.burst)
    this.latency = latency
  }

  /** Sends a request not before `from`: `handler` runs at the time the server accepts it. */
  send(from: SimTime, handler: EventKind, subject: number, argument = 0): EventHandle {
    const granted = this.#bucket.reserve(from)
    return this.#kernel.schedule(granted + this.latency, handler, subject, argument)
  }

  /** Pays for a request whose write has been applied already; answers when its answer would be back. */
  charge(from: SimTime): SimTime {
    return this.#bucket.reserve(from) + this.latency
  }
}
