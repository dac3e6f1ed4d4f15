/**
 * What a controller has asked for and not yet seen: so many creations and these deletions. Until they are seen, or five
 * minutes have passed, its cache is older than its own writes and must not be counted.
 *
 * Upstream: pkg/controller/controller_utils.go ControllerExpectations, UIDTrackingControllerExpectations (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { EXPECTATIONS_TIMEOUT } from '../model/defaults.js'

interface Expected {
  creations: number
  /** UIDs. */
  deletions: number[]
  /** Deletions of which only the number is known. */
  deletionCount: number
  setAt: SimTime
}

const NONE = -1

export class Expectations {
  readonly #byKey = new Map<number, Expected>()

  /** Replaces what was expected of the key: so many pods will appear. */
  expectCreations(key: number, count: number, now: SimTime): void {
    this.#byKey.set(key, { creations: count, deletions: [], deletionCount: 0, setAt: now })
  }

  /** Replaces what was expected of the key: the pods of these UIDs will go. */
  expectDeletions(key: number, uids: readonly number[], now: SimTime): void {
    this.#byKey.set(key, { creations: 0, deletions: [...uids], deletionCount: 0, setAt: now })
  }

  /** Replaces what was expected of the key by both at once, as the DaemonSet controller does. */
  expect(key: number, creations: number, deletedUids: readonly number[], now: SimTime): void {
    this.#byKey.set(key, { creations, deletions: [...deletedUids], deletionCount: 0, setAt: now })
  }

  /**
   * Replaces what was expected of the key: so many deletions, whichever. Every change of a pod that is being deleted
   * counts as one, as the Job controller does it.
   */
  expectDeletionCount(key: number, count: number, now: SimTime): void {
    this.#byKey.set(key, { creations: 0, deletions: [], deletionCount: count, setAt: now })
  }

  /** One creation was seen, or will never be. */
  creationObserved(key: number): void {
    const expected = this.#byKey.get(key)
    if (expected !== undefined) expected.creations--
  }

  /** The deletion of this pod was seen, or will never be. Seeing it twice counts once. */
  deletionObserved(key: number, uid: number): void {
    const deletions = this.#byKey.get(key)?.deletions
    const place = deletions?.indexOf(uid) ?? NONE
    if (deletions !== undefined && place !== NONE) deletions.splice(place, 1)
  }

  /** A deletion was seen, whichever. */
  deletionCounted(key: number): void {
    const expected = this.#byKey.get(key)
    if (expected !== undefined) expected.deletionCount--
  }

  /** Whether the cache shows all own writes; true also when nothing was ever expected, or too long ago. */
  satisfied(key: number, now: SimTime): boolean {
    const expected = this.#byKey.get(key)
    if (expected === undefined) return true
    const { creations, deletions, deletionCount } = expected
    if (creations <= 0 && deletions.length === 0 && deletionCount <= 0) return true
    return now - expected.setAt > EXPECTATIONS_TIMEOUT
  }

  delete(key: number): void {
    this.#byKey.delete(key)
  }
}
