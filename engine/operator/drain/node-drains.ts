/**
 * Drains of single nodes, as `kubectl drain` makes them: a node is cordoned, its pods are listed, and those
 * that leave are evicted at the same time. Each pod goes its own way: after a refusal it is tried again,
 * after an accepted eviction it is looked at every second until it is gone. Without evictions pods are
 * deleted one after another, and then waited for together. A look that would find the pod where it was is no
 * event.
 *
 * Upstream: staging/src/k8s.io/kubectl/pkg/drain/drain.go evictPods, deletePods, waitForDelete (1.36).
 * Simplified: a client's own wait before it repeats a request, which servers may ask for, is not made.
 */
import { EvictionApi } from '../../apiserver/eviction.js'
import { type EventHandle, NO_EVENT } from '../../kernel/event-queue.js'
import type { EventKind } from '../../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { DrainSettings } from '../../model/node-operations.js'
import { WallClock } from '../../model/wall-clock.js'
import type { DrainOutcome } from '../../record/disruption/observed-drain.js'
import type { NamespaceId, NodeId, PodId } from '../../state/ids.js'
import { EvictionRequests } from '../eviction-requests.js'
import type { Drainer, DrainRequest, OperatorContext } from '../operation.js'
import { DepartingPods } from './departing-pods.js'
import { isOverdue, podsToDrain } from './drain-filters.js'
import { Foresight } from './foresight.js'

/** kubectl looks every second whether a pod is gone. */
const POLL: SimTime = 1 * SECOND

interface Course {
  readonly index: number
  readonly request: DrainRequest
  readonly name: string
  readonly uid: number
  readonly startedAt: SimTime
  /** From here on the timeout counts. */
  listedAt: SimTime
  /** Pods that are not through. */
  open: number
  /** Without evictions: pods that are deleted one after another, and those that have been. */
  queue: readonly PodId[]
  readonly deleted: number[]
  outcome: DrainOutcome
  errors: string[]
  /** Pods that were given up. */
  readonly left: string[]
}

/** One pod on its way out. */
interface Leaving {
  readonly course: Course
  readonly pod: PodId
  readonly uid: number
  readonly key: string
  /** When it is looked at for the first time, and then every second. */
  firstLookAt: SimTime
  look: EventHandle
  /** Of its eviction; -1: it is deleted. */
  request: number
}

export class NodeDrains implements Drainer {
  readonly #context: OperatorContext
  readonly #evictions: EvictionRequests
  readonly #departing: DepartingPods
  readonly #foresight: Foresight
  readonly #leaving: Leaving[] = []
  readonly #courses: Course[] = []
  readonly #giveUpKind: EventKind
  readonly #look: EventKind
  readonly #delete: EventKind
  /** The node's pods are listed, and the node is done: the answers of the requests before. */
  readonly #list: EventKind
  readonly #end: EventKind

  constructor(context: OperatorContext) {
    const { kernel, api, model } = context
    this.#context = context
    const evictions = new EvictionApi(kernel, api, new WallClock(model.epochSeconds), 'operator/drain')
    this.#evictions = new EvictionRequests(context, 'drain', evictions)
    this.#foresight = new Foresight(api.state, model, evictions.budgets)
    this.#departing = new DepartingPods(api.state, index => this.#departed(index))
    this.#giveUpKind = context.on('drain-give-up', index => this.#giveUp(index, 'timed out'))
    this.#look = context.on('drain-poll', index => this.#looked(index))
    this.#delete = context.on('drain-delete', course => this.#deleteNext(this.#courses[course]))
    this.#list = context.on('drain-list', course => this.#listPods(this.#courses[course]))
    this.#end = context.on('drain-next', course => this.#ended(this.#courses[course]))
  }

  foresee(nodes: readonly NodeId[], settings: DrainSettings, areCordoned: boolean): void {
    const { kernel, api, drains } = this.#context
    const together = new Set(areCordoned ? nodes : [])
    for (const node of nodes) {
      const blockers = this.#foresight.of(node, settings, kernel.now, together)
      if (blockers.length > 0)
        drains?.drainForeseen(api.state.nodes.name[node] as string, blockers, kernel.now)
    }
  }

  drain(request: DrainRequest): void {
    const { api, kernel, report, drains } = this.#context
    const { nodes } = api.state
    const { node, operation, settings } = request
    const course: Course = {
      index: this.#courses.length,
      request,
      name: nodes.name[node] as string,
      uid: nodes.uid[node],
      startedAt: kernel.now,
      listedAt: kernel.now,
      open: 0,
      queue: [],
      deleted: [],
      outcome: 'drained',
      errors: [],
      left: [],
    }
    this.#courses.push(course)
    report('drain', 'START', '', { node: course.name })
    const blockers = this.#foresight.of(node, settings, kernel.now)
    drains?.drainBegan(course.index, course.name, operation, blockers, kernel.now)
    if (nodes.exists(node)) api.nodes.patchUnschedulable(node, true)
    kernel.schedule(kernel.now + 2 * this.#latency, this.#list, course.index)
  }

  /** What a request needs to get to the API server, and its answer to get back. */
  get #latency(): SimTime {
    return this.#context.model.controlPlane.requestLatency
  }

  #listPods(course: Course): void {
    const { api, kernel, report } = this.#context
    const { state } = api
    const { node, settings } = course.request
    const isThere = state.nodes.exists(node) && state.nodes.uid[node] === course.uid
    const { leaving, ignored, obstacles } = podsToDrain(state, node, settings, kernel.now)
    course.listedAt = kernel.now
    if (isThere && obstacles.size > 0) {
      course.outcome = 'refused'
      for (const [wrong, pods] of obstacles) {
        const keys = pods.map(pod => state.podKey(pod))
        course.errors.push(`cannot delete ${wrong}: ${keys.join(', ')}`)
        course.left.push(...keys)
      }
    }
    if (isThere) {
      for (const { pod, daemonSet } of ignored) {
        const namespace = state.namespaces.get(state.pods.namespace[pod] as NamespaceId)
        report('drain', 'SKIP', namespace, { pod: state.pods.name[pod], owner: `DaemonSet/${daemonSet}` })
      }
    }
    course.open = isThere ? leaving.length : 0
    if (course.open === 0) kernel.schedule(kernel.now + this.#latency, this.#end, course.index)
    else if (settings.disableEviction === true) {
      course.queue = leaving
      kernel.schedule(kernel.now + 2 * this.#latency, this.#delete, course.index)
    } else {
      for (const pod of leaving) {
        const index = this.#add(course, pod)
        this.#leaving[index].request = this.#open(index)
        this.#tryAfter(index, this.#latency)
      }
    }
  }

  #add(course: Course, pod: PodId): number {
    const { state } = this.#context.api
    const leaving: Leaving = {
      course,
      pod,
      uid: state.pods.uid[pod],
      key: state.podKey(pod),
      firstLookAt: NEVER,
      look: NO_EVENT,
      request: -1,
    }
    return this.#leaving.push(leaving) - 1
  }

  /** One request a pod, each after the answer to the last; then all are waited for. */
  #deleteNext(course: Course): void {
    const { api, kernel } = this.#context
    const [pod, ...others] = course.queue
    course.queue = others
    const index = this.#add(course, pod)
    const { uid } = this.#leaving[index]
    course.deleted.push(index)
    api.pods.delete(pod, uid, course.request.settings.gracePeriodSeconds)
    if (others.length > 0) {
      kernel.schedule(kernel.now + 2 * this.#latency, this.#delete, course.index)
      return
    }
    course.listedAt = kernel.now
    for (const deleted of course.deleted) this.#waitFor(deleted, kernel.now + 2 * this.#latency)
  }

  #open(index: number): number {
    const { pod, uid, course } = this.#leaving[index]
    const { gracePeriodSeconds } = course.request.settings
    const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
    return this.#evictions.open(pod, uid, (code, message) => this.#answered(index, code, message), grace)
  }

  /** Asks for the eviction after a wait, unless the time is up by then. */
  #tryAfter(index: number, wait: SimTime): void {
    const { course, request } = this.#leaving[index]
    const { kernel } = this.#context
    if (kernel.now + wait < this.#deadline(course)) this.#evictions.send(request, wait)
    else kernel.schedule(kernel.now + wait, this.#giveUpKind, index)
  }

  #answered(index: number, code: number, message: string): void {
    const { course, key } = this.#leaving[index]
    const { kernel } = this.#context
    if (code === 201) this.#waitFor(index, kernel.now + POLL + this.#latency)
    else if (code === 404) this.#through(course)
    else if (code === 429) this.#tryAfter(index, course.request.settings.retryAfter)
    else {
      course.errors.push(`error when evicting pods/${key}: ${message}`)
      this.#giveUp(index, 'failed')
    }
  }

  /** Looks at the pod from then on every second; only the look that finds something is an event. */
  #waitFor(index: number, firstLookAt: SimTime): void {
    const { kernel, api } = this.#context
    const leaving = this.#leaving[index]
    const { pod, uid, course } = leaving
    const { settings } = course.request
    leaving.firstLookAt = firstLookAt
    const isGone = api.state.pods.uid[pod] !== uid || !api.state.pods.exists(pod)
    // Who skips pods that are overdue has to look at the clock.
    if (isGone || (settings.skipWaitForDeleteTimeoutSeconds ?? 0) > 0) {
      leaving.look = kernel.schedule(firstLookAt, this.#look, index)
      return
    }
    this.#departing.watch(pod, index)
    if (settings.timeout === NEVER) return
    leaving.look = kernel.schedule(lookFrom(leaving, this.#deadline(course)), this.#look, index)
  }

  /** The pod has gone this moment; it is found out at the next look. */
  #departed(index: number): void {
    const { kernel } = this.#context
    const leaving = this.#leaving[index]
    if (leaving.look !== NO_EVENT) kernel.cancel(leaving.look)
    leaving.look = kernel.schedule(lookFrom(leaving, kernel.now + 1), this.#look, index)
  }

  #looked(index: number): void {
    const { kernel, api } = this.#context
    const leaving = this.#leaving[index]
    const { course, pod, uid } = leaving
    const { pods } = api.state
    leaving.look = NO_EVENT
    const isGone = pods.uid[pod] !== uid || !pods.exists(pod)
    if (isGone || isOverdue(api.state, pod, course.request.settings, kernel.now)) this.#through(course)
    else if (this.#isTimeUp(course)) {
      this.#departing.forget(pod, index)
      this.#giveUp(index, 'timed out')
    } else leaving.look = kernel.schedule(kernel.now + POLL, this.#look, index)
  }

  #deadline({ listedAt, request }: Course): SimTime {
    return Math.min(listedAt + request.settings.timeout, NEVER)
  }

  #isTimeUp(course: Course): boolean {
    return this.#context.kernel.now >= this.#deadline(course)
  }

  #giveUp(index: number, outcome: DrainOutcome): void {
    const { course, key } = this.#leaving[index]
    if (course.outcome !== 'timed out') course.outcome = outcome
    course.left.push(key)
    this.#through(course)
  }

  #through(course: Course): void {
    if (--course.open > 0) return
    const { kernel } = this.#context
    kernel.schedule(kernel.now + this.#latency, this.#end, course.index)
  }

  #ended({ index, request, name, startedAt, outcome, errors, left }: Course): void {
    const { kernel, report, drains } = this.#context
    report('drain', 'END', '', {
      node: name,
      seconds: (kernel.now - startedAt) / SECOND,
      timedOut: outcome === 'timed out',
      ...(errors.length === 0 ? {} : { error: errors.join('; ') }),
    })
    drains?.drainEnded(index, outcome, left, kernel.now)
    request.ended?.(outcome)
  }
}

/** The pod's first look at that time or later. */
function lookFrom({ firstLookAt }: Leaving, at: SimTime): SimTime {
  return firstLookAt + Math.max(0, Math.ceil((at - firstLookAt) / POLL)) * POLL
}
