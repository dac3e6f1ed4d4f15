/**
 * Taints nodes that are not Ready so that their pods are evicted: one queue a zone, each with a rate limit that follows
 * the zone's state. A pass looks at all queues every 100 ms; only passes that have a token to spend are events.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go doNoExecuteTaintingPass, markNodeForTainting;
 * scheduler/rate_limited_queue.go (1.36).
 * Simplified: a deleted node leaves its queue at once and costs no token.
 */
import { NO_EVENT } from '../../kernel/event-queue.js'
import type { EventKind } from '../../kernel/kernel.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import { TokenBucket } from '../../kernel/token-bucket.js'
import { NO_EXECUTE_PASS_PERIOD, NODE_EVICTION_BURST } from '../../model/defaults.js'
import { hasTaint } from '../../model/taints.js'
import { type NodeId, Status } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { PassGrid } from '../pass-grid.js'
import { RequestLanes, type Step } from '../request-lanes.js'
import { NOT_READY, swapTaints, taintsOf, UNREACHABLE } from './node-taints.js'

interface ZoneQueue {
  rate: number
  /** Undefined: nothing is let through. */
  limiter: TokenBucket | undefined
  readonly waiting: Set<NodeId>
  /** Had their turn, and get no other before they have been taken out. */
  readonly done: Set<NodeId>
}

/** Hundredths of a microsecond that divisions may be off by. */
const ROUNDING = 0.01

export class NoExecuteTainter {
  readonly #context: ControllerContext
  readonly #initialRate: number
  /** Which of the waiting nodes was queued first by the latest monitor pass. */
  readonly #order: (a: NodeId, b: NodeId) => number
  readonly #grid: PassGrid
  readonly #lanes: RequestLanes
  readonly #passKind: EventKind
  #pass = NO_EVENT
  readonly #zones: ZoneQueue[] = []
  readonly #zoneByKey = new Map<string, ZoneQueue>()
  readonly #zoneOf = new Map<NodeId, ZoneQueue>()

  constructor(
    context: ControllerContext,
    initialRate: number,
    firstPassAt: SimTime,
    order: (a: NodeId, b: NodeId) => number,
  ) {
    this.#context = context
    this.#initialRate = initialRate
    this.#order = order
    this.#grid = new PassGrid(firstPassAt, NO_EXECUTE_PASS_PERIOD)
    this.#lanes = new RequestLanes(context, 'no-execute-taint')
    this.#passKind = context.on('no-execute-pass', () => this.#makePass())
  }

  /** A zone that was not there gets a queue of its own, with a token to begin with. */
  addZone(zone: string): void {
    const old = this.#zoneByKey.get(zone)
    if (old !== undefined) {
      for (const node of [...old.waiting, ...old.done]) this.unmark(node)
      this.#zones.splice(this.#zones.indexOf(old), 1)
    }
    const queue = {
      rate: this.#initialRate,
      limiter: new TokenBucket(this.#initialRate, NODE_EVICTION_BURST),
      waiting: new Set<NodeId>(),
      done: new Set<NodeId>(),
    }
    this.#zoneByKey.set(zone, queue)
    this.#zones.push(queue)
  }

  /** The node is not Ready: it is to be tainted when its turn comes. */
  mark(node: NodeId, zone: string): void {
    const { state } = this.#context
    const wanted = state.nodes.ready[node] === Status.False ? NOT_READY : UNREACHABLE
    if (!hasTaint(taintsOf(state, node), wanted)) this.unmark(node)
    if (this.#zoneOf.has(node)) return
    const queue = this.#zoneByKey.get(zone) as ZoneQueue
    queue.waiting.add(node)
    this.#zoneOf.set(node, queue)
    this.plan()
  }

  unmark(node: NodeId): void {
    const queue = this.#zoneOf.get(node)
    if (queue === undefined) return
    queue.waiting.delete(node)
    queue.done.delete(node)
    this.#zoneOf.delete(node)
  }

  /** Changes a zone's limit. A queue that waits for a token goes on waiting under the new one. */
  setRate(zone: string, rate: number): void {
    const queue = this.#zoneByKey.get(zone)
    if (queue === undefined || queue.rate === rate) return
    const { now } = this.#context.kernel
    const hadToken = queue.limiter?.take(now) ?? false
    queue.rate = rate
    queue.limiter = rate > 0 ? new TokenBucket(rate, NODE_EVICTION_BURST) : undefined
    if (!hadToken) queue.limiter?.take(now)
    this.plan()
  }

  /** Schedules the next pass that has something to do. */
  plan(): void {
    const { kernel } = this.#context
    if (this.#grid.isRunning) return
    kernel.cancel(this.#pass)
    this.#pass = NO_EVENT
    let earliest: SimTime | undefined
    for (const queue of this.#zones) {
      const at = this.#tokenAt(queue)
      if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at
    }
    if (earliest === undefined) return
    const at = this.#grid.nextFrom(earliest)
    if (at !== undefined) this.#pass = kernel.schedule(at, this.#passKind)
  }

  /** When a queue with nodes in it may take the next one. */
  #tokenAt({ waiting, limiter, rate }: ZoneQueue): SimTime | undefined {
    if (waiting.size === 0 || limiter === undefined) return undefined
    const { now } = this.#context.kernel
    const missing = 1 - limiter.tokens(now)
    return missing <= 0 ? now : now + Math.ceil((missing * SECOND) / rate - ROUNDING)
  }

  #makePass(): void {
    this.#pass = NO_EVENT
    const { kernel } = this.#context
    this.#grid.begin(kernel.now)
    const zones = [...this.#zones]
    const begin = (zone: number, steps: Step[]): void => this.#tryNext(zones[zone], steps)
    const done = (): void => {
      this.#grid.end(kernel.now + NO_EXECUTE_PASS_PERIOD)
      this.plan()
    }
    this.#lanes.run(1, [...zones.keys()], begin, done)
  }

  /** Takes the queue's first node, if there is a token for it, and the next one after it. */
  #tryNext(queue: ZoneQueue, steps: Step[]): void {
    const { kernel, api, state } = this.#context
    while (queue.waiting.size > 0) {
      if (!(queue.limiter?.take(kernel.now) ?? false)) return
      const node = this.#head(queue)
      queue.waiting.delete(node)
      queue.done.add(node)
      const { ready } = state.nodes
      // Ready again before its turn came: the token is spent all the same.
      if (ready[node] === Status.True) continue
      if (ready[node] === Status.False) swapTaints(api, node, NOT_READY, UNREACHABLE, steps)
      else swapTaints(api, node, UNREACHABLE, NOT_READY, steps)
      steps.push({ requests: 0, accepted: later => this.#tryNext(queue, later) })
      return
    }
  }

  #head({ waiting }: ZoneQueue): NodeId {
    let head: NodeId | undefined
    for (const node of waiting) {
      if (head === undefined || this.#order(node, head) < 0) head = node
    }
    return head as NodeId
  }
}
