/**
 * Gathers triggers: a window opens with the first one and closes when no new one has come for a while, or when it has
 * been open for long enough.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/batcher.go.
 * Simplified: nothing known.
 */
import type { EventHandle } from '../../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import type { SimTime } from '../../../kernel/time.js'

export interface WindowLengths {
  /** Without a new trigger. */
  readonly batchIdleDuration: SimTime
  /** In all. */
  readonly batchMaxDuration: SimTime
}

export class BatchingWindow {
  readonly #kernel: Kernel
  readonly #lengths: WindowLengths
  readonly #close: EventKind
  readonly #triggers = new Set<number>()
  #openedAt: SimTime = 0
  #closing: EventHandle | undefined

  constructor(kernel: Kernel, lengths: WindowLengths, closed: () => void) {
    this.#kernel = kernel
    this.#lengths = lengths
    this.#close = kernel.on('karpenter/BatchClosed', Rank.Autoscaler, () => {
      this.#closing = undefined
      this.#triggers.clear()
      closed()
    })
  }

  /** A trigger that has come in this window already does not keep it open. */
  trigger(of: number): void {
    const { now } = this.#kernel
    if (this.#triggers.has(of)) return
    if (this.#closing === undefined) this.#openedAt = now
    else this.#kernel.cancel(this.#closing)
    this.#triggers.add(of)
    const { batchIdleDuration, batchMaxDuration } = this.#lengths
    const at = Math.min(now + batchIdleDuration, this.#openedAt + batchMaxDuration)
    this.#closing = this.#kernel.schedule(at, this.#close)
  }
}
