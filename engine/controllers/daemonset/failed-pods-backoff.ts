/**
 * How soon after one failed pod of a DaemonSet the next one on the same node is deleted: 1 s, doubling to
 * 15 minutes, from 1 s again after twice that in peace. A DaemonSet with a new spec starts anew.
 *
 * Upstream: staging/src/k8s.io/client-go/util/flowcontrol/backoff.go,
 * cmd/kube-controller-manager/app/apps.go (1.36).
 * Simplified: nothing known.
 */
import { MINUTE, SECOND, type SimTime } from '../../kernel/time.js'

const INITIAL: SimTime = 1 * SECOND
const MAXIMUM: SimTime = 15 * MINUTE

interface Entry {
  delay: SimTime
  at: SimTime
}

export class FailedPodsBackoff {
  readonly #entries = new Map<string, Entry>()

  /** The delay that still holds the key back; undefined when it may go on. */
  delayOf(key: string, now: SimTime): SimTime | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && now - entry.at < entry.delay ? entry.delay : undefined
  }

  /** One more failure. */
  next(key: string, now: SimTime): void {
    const entry = this.#entries.get(key)
    if (entry === undefined || now - entry.at > 2 * MAXIMUM) {
      this.#entries.set(key, { delay: INITIAL, at: now })
      return
    }
    entry.delay = Math.min(2 * entry.delay, MAXIMUM)
    entry.at = now
  }

  /** Forgets what has been in peace for long enough. */
  forgetOld(now: SimTime): void {
    for (const [key, { at }] of this.#entries) if (now - at > 2 * MAXIMUM) this.#entries.delete(key)
  }
}
