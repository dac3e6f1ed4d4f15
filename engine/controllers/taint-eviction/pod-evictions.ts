/**
 * Pods on their way out because of a taint: first a timer, which can be cancelled, then the requests that read the pod,
 * mark it as disrupted and delete it. All pods go at the same time, held up by the client's limit alone.
 *
 * Upstream: pkg/controller/tainteviction/timed_workers.go, taint_eviction.go addConditionAndDeletePod (1.36).
 * Simplified: nothing known.
 */
import { NO_EVENT } from '../../kernel/event-queue.js'
import type { EventHandle } from '../../kernel/event-slots.js'
import type { EventKind } from '../../kernel/kernel.js'
import type { SimTime } from '../../kernel/time.js'
import { TAINT_EVICTION_ATTEMPTS, TAINT_EVICTION_RETRY_DELAY } from '../../model/defaults.js'
import type { PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'

const DISRUPTION = 'DeletionByTaintManager'

interface Eviction {
  readonly uid: number
  readonly createdAt: SimTime
  /** The timer; NO_EVENT once the requests are under way. */
  timer: EventHandle
  attempts: number
}

export class PodEvictions {
  readonly #context: ControllerContext
  readonly #evictions = new Map<PodId, Eviction>()
  readonly #due: EventKind
  readonly #read: EventKind
  readonly #mark: EventKind
  readonly #delete: EventKind

  constructor(context: ControllerContext) {
    this.#context = context
    this.#due = context.on('eviction-due', pod => this.#begin(pod as PodId))
    this.#read = context.on('eviction-read', (pod, uid) => this.#podRead(pod as PodId, uid))
    this.#mark = context.on('eviction-mark', (pod, uid) => this.#podMarked(pod as PodId, uid))
    this.#delete = context.on('eviction-delete', (pod, uid) => this.#podDeleted(pod as PodId, uid))
  }

  /** When the pod's timer was set; undefined without a timer. */
  scheduledAt(pod: PodId): SimTime | undefined {
    const eviction = this.#evictions.get(pod)
    return eviction === undefined || eviction.timer === NO_EVENT ? undefined : eviction.createdAt
  }

  /** Evicts the pod at a time, or now; unless that is under way already. */
  add(pod: PodId, createdAt: SimTime, at: SimTime): void {
    if (this.#evictions.has(pod)) return
    const { kernel, state } = this.#context
    const eviction = { uid: state.pods.uid[pod], createdAt, timer: NO_EVENT, attempts: 0 }
    this.#evictions.set(pod, eviction)
    if (at > createdAt) eviction.timer = kernel.schedule(Math.max(at, kernel.now), this.#due, pod)
    else this.#begin(pod)
  }

  /** Requests under way go on. */
  cancel(pod: PodId): void {
    const eviction = this.#evictions.get(pod)
    if (eviction === undefined) return
    this.#evictions.delete(pod)
    if (eviction.timer === NO_EVENT) return
    this.#context.kernel.cancel(eviction.timer)
    this.#report(pod, eviction.uid, 'Cancelling deletion of Pod')
  }

  #begin(pod: PodId): void {
    const eviction = this.#evictions.get(pod) as Eviction
    const { client, kernel } = this.#context
    eviction.timer = NO_EVENT
    this.#report(pod, eviction.uid, 'Marking for deletion Pod')
    client.send(kernel.now, this.#read, pod, eviction.uid)
  }

  #podRead(pod: PodId, uid: number): void {
    const { client, kernel, state } = this.#context
    if (!this.#isThere(pod, uid)) {
      this.#tryAgain(pod, uid)
      return
    }
    const isMarked = state.pods.disruption[pod] === state.reasonId(DISRUPTION)
    client.send(kernel.now, isMarked ? this.#delete : this.#mark, pod, uid)
  }

  #podMarked(pod: PodId, uid: number): void {
    const { api, client, kernel, state } = this.#context
    if (!this.#isThere(pod, uid)) {
      this.#tryAgain(pod, uid)
      return
    }
    api.pods.patchDisruption(pod, state.reasonId(DISRUPTION))
    client.send(kernel.now, this.#delete, pod, uid)
  }

  #podDeleted(pod: PodId, uid: number): void {
    if (!this.#isThere(pod, uid)) {
      this.#tryAgain(pod, uid)
      return
    }
    this.#context.api.pods.delete(pod, uid)
    this.#finish(pod, uid)
  }

  /** Upstream tries again after any error, also when the pod is gone. */
  #tryAgain(pod: PodId, uid: number): void {
    const eviction = this.#evictions.get(pod)
    if (eviction?.uid !== uid) return
    const { client, kernel } = this.#context
    if (++eviction.attempts >= TAINT_EVICTION_ATTEMPTS) this.#finish(pod, uid)
    else client.send(kernel.now + TAINT_EVICTION_RETRY_DELAY, this.#read, pod, uid)
  }

  #finish(pod: PodId, uid: number): void {
    if (this.#evictions.get(pod)?.uid === uid) this.#evictions.delete(pod)
  }

  #isThere(pod: PodId, uid: number): boolean {
    const { pods } = this.#context.state
    return pods.uid[pod] === uid && pods.exists(pod)
  }

  #report(pod: PodId, uid: number, what: string): void {
    const { events, state } = this.#context
    const { pods } = state
    const namespace = state.namespaces.get(pods.namespaceOf(pod))
    const name = pods.name[pod] as string
    const subject = { kind: 'Pod', namespace, name, uid }
    events.record(subject, 'Normal', 'TaintManagerEviction', `${what} ${namespace}/${name}`)
  }
}
