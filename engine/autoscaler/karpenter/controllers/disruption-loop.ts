/**
 * Looks for nodes to disrupt every ten seconds; one method at a time may act, and most commands are looked at again
 * fifteen seconds later before they are carried out. A look that would find what the last one found is left out: the
 * next one is on the grid after a change, or when waiting alone changes something.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/controller.go, and ConsolidationState of
 * pkg/controllers/state/cluster.go, by which a method that found nothing rests for five minutes if nothing changes.
 * Simplified: a look takes no time.
 */
import type { EventHandle } from '../../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import { MINUTE, NEVER, SECOND, type SimTime } from '../../../kernel/time.js'
import type { Consolidation } from '../consolidation.js'
import type { ClaimLifecycle } from './claim-lifecycle.js'
import { DisruptionLook, type LookSettings } from './disruption-look.js'
import { eligibleFor, type Looking, METHODS, type Method } from './disruption-methods.js'
import type { DisruptionQueue } from './disruption-queue.js'

const POLL = 10 * SECOND
const CONFIRMATION_DELAY = 15 * SECOND
/** While a launch is not answered, the loop asks again so soon. */
const UNSETTLED_POLL = SECOND
const LONGEST_REST = 5 * MINUTE

export interface LoopSettings extends LookSettings {
  readonly kernel: Kernel
  readonly lifecycle: ClaimLifecycle
  readonly queue: DisruptionQueue
  readonly spotToSpot: boolean
}

/** What a method has found last. */
interface Rest {
  /** The state of the cluster in which it has found nothing. */
  state: SimTime
  readonly lookedAt: SimTime
}

export class DisruptionLoop {
  readonly #settings: LoopSettings
  readonly #loop: EventKind
  readonly #confirm: EventKind
  readonly #rests = new Map<Method, Rest>()
  #next: { readonly at: SimTime; readonly handle: EventHandle } | undefined
  #lastLoop: SimTime = 0
  /** When room for consolidation was last made. */
  #state: SimTime = 0
  #changedAt: SimTime = 0
  #turnAt: SimTime = NEVER
  /** A command that is to be looked at again; no loop runs until then. */
  #unconfirmed: { readonly index: number; readonly command: Consolidation } | undefined

  constructor(settings: LoopSettings) {
    const { kernel } = settings
    this.#settings = settings
    this.#loop = kernel.on('karpenter/Disruption', Rank.Autoscaler, () => {
      this.#next = undefined
      this.#run()
    })
    this.#confirm = kernel.on('karpenter/Confirm', Rank.Autoscaler, () => this.#confirmNow())
  }

  /** Something that a look may see is different. */
  changed(): void {
    const { now } = this.#settings.kernel
    this.#changedAt = now
    this.#request(this.#onGrid(now))
  }

  /** The same, and methods that rest are to look again. */
  unconsolidated(): void {
    this.#state = this.#settings.kernel.now
    this.changed()
  }

  /** The first time at which a look would come by itself. */
  #onGrid(at: SimTime): SimTime {
    return this.#lastLoop + Math.max(1, Math.ceil((at - this.#lastLoop) / POLL)) * POLL
  }

  #request(at: SimTime): void {
    if (this.#unconfirmed !== undefined || (this.#next !== undefined && this.#next.at <= at)) return
    const { kernel } = this.#settings
    if (this.#next !== undefined) kernel.cancel(this.#next.handle)
    this.#next = { at, handle: kernel.schedule(at, this.#loop) }
  }

  #run(): void {
    const { kernel, lifecycle, tracker } = this.#settings
    const { now } = kernel
    if (now >= this.#turnAt) this.#changedAt = now
    if (!lifecycle.isSettled) {
      this.#request(now + UNSETTLED_POLL)
      return
    }
    if ([...tracker.claims].length > 0) this.#tryFrom(0)
    else this.#lastLoop = now
  }

  #tryFrom(first: number): void {
    const { kernel } = this.#settings
    const { now } = kernel
    const looking = this.#look()
    for (let index = first; index < METHODS.length; index++) {
      const method = METHODS[index]
      const command = this.#find(method, looking)
      if (command === undefined) continue
      if (method.confirm === undefined) {
        this.#start(command, method)
        return
      }
      this.#unconfirmed = { index, command }
      kernel.schedule(now + CONFIRMATION_DELAY, this.#confirm)
      return
    }
    this.#lastLoop = now
    this.#planNext(looking.look, now)
  }

  #look(): Looking {
    const { kernel, events, scheduling, spotToSpot } = this.#settings
    const look = new DisruptionLook(this.#settings, kernel.now)
    return { look, events, spotToSpot, wellKnown: scheduling.wellKnown }
  }

  #find(method: Method, looking: Looking): Consolidation | undefined {
    const { now } = this.#settings.kernel
    const candidates = eligibleFor(method, looking)
    if (candidates.length === 0) return undefined
    const state = this.#stateAt(now)
    if (method.rests && this.#rests.get(method)?.state === state) return undefined
    const { command, isSettled } = method.find(candidates, looking.look.allowances(method.reason), looking)
    if (isSettled) this.#rests.set(method, { state, lookedAt: now })
    else this.#rests.delete(method)
    return command
  }

  #confirmNow(): void {
    const { kernel } = this.#settings
    if (this.#unconfirmed === undefined) return
    const { index, command } = this.#unconfirmed
    const method = METHODS[index]
    this.#unconfirmed = undefined
    if (kernel.now >= this.#turnAt) this.#changedAt = kernel.now
    const confirmed = method.confirm?.(command, this.#look()) ?? command
    if (typeof confirmed !== 'string') {
      this.#start(confirmed, method)
      return
    }
    this.#tryFrom(index + 1)
    // The methods before this one have not seen what has changed meanwhile.
    this.#request(this.#onGrid(kernel.now + 1))
  }

  #start(command: Consolidation, { reason }: Method): void {
    const { kernel, queue } = this.#settings
    this.#lastLoop = kernel.now
    this.#turnAt = NEVER
    if (queue.start(command, reason)) this.#request(kernel.now)
    else this.#request(this.#onGrid(kernel.now + 1))
  }

  #planNext(look: DisruptionLook, now: SimTime): void {
    this.#turnAt = look.nextTurn() ?? NEVER
    if (this.#turnAt !== NEVER) this.#request(this.#onGrid(this.#turnAt))
    const state = this.#stateAt(now)
    for (const rest of this.#rests.values()) {
      if (rest.state !== state || rest.lookedAt >= this.#changedAt) continue
      this.#request(this.#onGrid(Math.max(state + LONGEST_REST, now + 1)))
    }
  }

  /**
   * The state of the cluster as methods compare it: every five minutes another one, so that they look at what no change
   * tells. Where nothing has changed at all they would have found nothing again.
   */
  #stateAt(now: SimTime): SimTime {
    if (now - this.#state < LONGEST_REST) return this.#state
    const first = this.#onGrid(this.#state + LONGEST_REST)
    if (first > now) return this.#state
    const refreshed = first + Math.floor((now - first) / LONGEST_REST) * LONGEST_REST
    for (const rest of this.#rests.values()) {
      if (rest.state === this.#state && refreshed < now) rest.state = refreshed
    }
    this.#state = refreshed
    return refreshed
  }
}
