/**
 * The pods/eviction subresource: a pod is deleted if its disruption budget allows it. Pods that are pending,
 * finished or being deleted need no budget. Evictions that look at one budget at the same time collide: the
 * first one to write wins, the others try again by themselves after half a second.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: a UID that is not the pod's is answered with 404, not 409; a pod never changes between the look
 * at it and its deletion, so preconditions on its resource version always hold.
 */
import type { EventKind, Kernel } from '../kernel/kernel.js'
import { Rank } from '../kernel/kernel.js'
import { type Stream, Streams } from '../kernel/rng.js'
import type { SimTime } from '../kernel/time.js'
import {
  EVICTION_ATTEMPTS,
  EVICTION_RETRY_DELAY,
  EVICTION_RETRY_JITTER,
  EVICTION_WRITE_DELAY,
} from '../model/defaults.js'
import { ALWAYS_ALLOW } from '../model/pod-disruption-budget.js'
import type { WallClock } from '../model/wall-clock.js'
import { NONE, type ObjectId, Phase, type PodId } from '../state/ids.js'
import type { ApiServer } from './api-server.js'
import {
  ACCEPTED,
  answerText,
  budgetConflict,
  budgetNotFound,
  type EvictionAnswer,
  podNotFound,
  SEVERAL_BUDGETS,
} from './eviction-answer.js'
import { budgetRefusal, withEvictedPod } from './eviction-budget.js'
import { type Budget, MatchingBudgets } from './matching-budgets.js'
import { Result } from './result.js'

export interface EvictionOptions {
  readonly gracePeriodSeconds?: number
  /** Checks everything and writes nothing. */
  readonly dryRun?: boolean
  /** This pod only: 404 when another has taken its name. */
  readonly uid?: number
  /** Where that pod was found: saves looking for its name. */
  readonly row?: PodId
}

export type EvictionListener = (answer: EvictionAnswer) => void

/** An eviction under way. */
interface Request {
  readonly namespace: string
  readonly pod: string
  readonly options: EvictionOptions
  readonly answered: EvictionListener
  attempts: number
  /** The budget it looked at, and the version of it. */
  budget: ObjectId | undefined
  budgetName: string
  /** Node of the pod at the last look; empty: none. */
  node: string
  version: number
}

const EVICTION_BY_API = 'EvictionByEvictionAPI'

export class EvictionApi {
  readonly budgets: MatchingBudgets
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #clock: WallClock
  readonly #jitter: Stream
  readonly #look: EventKind
  readonly #write: EventKind
  readonly #requests = new Map<number, Request>()
  #lastRequest = 0

  /** @param name tells the events and draws of several instances apart. */
  constructor(kernel: Kernel, api: ApiServer, clock: WallClock, name = 'apiserver') {
    this.#kernel = kernel
    this.#api = api
    this.budgets = new MatchingBudgets(api.state)
    this.#clock = clock
    this.#jitter = new Streams(kernel.seed).stream(`${name}/eviction-conflicts`)
    this.#look = kernel.on(`${name}/eviction-look`, Rank.Failure, id => this.#lookAt(this.#take(id)))
    this.#write = kernel.on(`${name}/eviction-write`, Rank.Failure, id => this.#writeFor(this.#take(id)))
  }

  /** Evicts at once: one eviction after another, so that none collides with another. */
  evict(namespace: string, name: string, options: EvictionOptions = {}): EvictionAnswer {
    const pod = this.#find(namespace, name, options)
    const node = pod === undefined ? '' : this.#nodeNameOf(pod)
    const budget = pod === undefined ? undefined : this.#budgetToAsk(pod)
    const answer = pod === undefined ? podNotFound(name) : this.#evictNow(pod, name, budget, options)
    const budgetName = typeof budget === 'object' ? budget.meta.name : ''
    this.#tell(namespace, name, node, budgetName, answer)
    return answer
  }

  #evictNow(
    pod: PodId,
    name: string,
    budget: Budget | 'several' | undefined,
    options: EvictionOptions,
  ): EvictionAnswer {
    if (budget === 'several') return SEVERAL_BUDGETS
    if (budget !== undefined) {
      const refusal = budgetRefusal(budget)
      if (refusal !== undefined) return refusal
      if (options.dryRun !== true) this.#decrement(budget, name)
    }
    return this.#delete(pod, name, options)
  }

  /**
   * Evicts as a server does that handles many evictions at once: the budget is looked at now and written a
   * little later. `answered` is called once, at the time of the answer; retries after collisions are the
   * server's own.
   */
  request(namespace: string, pod: string, answered: EvictionListener, options: EvictionOptions = {}): void {
    this.#lookAt({
      namespace,
      pod,
      options,
      answered,
      attempts: 0,
      budget: undefined,
      budgetName: '',
      node: '',
      version: 0,
    })
  }

  #lookAt(request: Request): void {
    const { namespace, pod: name, options } = request
    const pod = this.#find(namespace, name, options)
    if (pod === undefined) return this.#answer(request, podNotFound(name))
    request.node = this.#nodeNameOf(pod)
    const budget = this.#budgetOf(request, pod)
    if (budget === 'several') return this.#answer(request, SEVERAL_BUDGETS)
    if (budget === 'gone') return this.#answer(request, budgetNotFound(request.budgetName))
    if (budget === undefined) return this.#answer(request, this.#delete(pod, name, options))
    const refusal = budgetRefusal(budget)
    request.budgetName = budget.meta.name
    if (refusal !== undefined) return this.#answer(request, refusal)
    if (options.dryRun === true) return this.#answer(request, ACCEPTED)
    request.attempts++
    request.budget = budget.id
    request.version = budget.meta.resourceVersion
    this.#later(request, EVICTION_WRITE_DELAY, this.#write)
  }

  #later(request: Request, delay: SimTime, kind: EventKind): void {
    const id = ++this.#lastRequest
    this.#requests.set(id, request)
    this.#kernel.schedule(this.#kernel.now + delay, kind, id)
  }

  /** The request that waited under this number. */
  #take(id: number): Request {
    const request = this.#requests.get(id) as Request
    this.#requests.delete(id)
    return request
  }

  #writeFor(request: Request): void {
    const { namespace, pod: name, options, version } = request
    const { objects } = this.#api.state
    const budgetId = request.budget as ObjectId
    if (!objects.exists(budgetId)) return this.#answer(request, budgetNotFound(request.budgetName))
    const budget = objects.get(budgetId) as Budget
    if (budget.meta.resourceVersion === version) {
      this.#decrement(budget, name)
      const pod = this.#find(namespace, name, options)
      return this.#answer(request, pod === undefined ? podNotFound(name) : this.#delete(pod, name, options))
    }
    if (request.attempts === EVICTION_ATTEMPTS) return this.#answer(request, budgetConflict(budget.meta.name))
    const delay = EVICTION_RETRY_DELAY * (1 + EVICTION_RETRY_JITTER * this.#jitter.next())
    this.#later(request, Math.round(delay), this.#look)
  }

  #answer({ answered, namespace, pod, budgetName, node }: Request, answer: EvictionAnswer): void {
    this.#tell(namespace, pod, node, budgetName, answer)
    answered(answer)
  }

  #tell(namespace: string, pod: string, node: string, budget: string, answer: EvictionAnswer): void {
    const { code } = answer
    const message = answerText(answer)
    this.#api.evictionObserver?.({ namespace, pod, node, code, budget, message }, this.#kernel.now)
  }

  /** A retry asks the budget of the first attempt again, and nothing else. */
  #budgetOf(request: Request, pod: PodId): Budget | 'several' | 'gone' | undefined {
    const { budget } = request
    if (budget === undefined) return this.#budgetToAsk(pod)
    const { objects } = this.#api.state
    return objects.exists(budget) ? (objects.get(budget) as Budget) : 'gone'
  }

  #nodeNameOf(pod: PodId): string {
    const { pods, nodes } = this.#api.state
    const node = pods.nodeOf(pod)
    return node === NONE ? '' : (nodes.name[node] ?? '')
  }

  #find(namespace: string, name: string, { uid, row }: EvictionOptions): PodId | undefined {
    const { pods } = this.#api.state
    if (row !== undefined && uid !== undefined)
      return pods.uid[row] === uid && pods.exists(row) ? row : undefined
    const pod = pods.find(this.#api.state.namespaceId(namespace), name)
    return pod !== undefined && uid !== undefined && pods.uid[pod] !== uid ? undefined : pod
  }

  /** The budget that has to allow the eviction; undefined when none has a say. */
  #budgetToAsk(pod: PodId): Budget | 'several' | undefined {
    const { pods, objects } = this.#api.state
    if (pods.phase[pod] === Phase.Pending || pods.isFinished(pod) || pods.isTerminating(pod)) return undefined
    const budgets = this.budgets.of(pods.namespaceOf(pod), pods.labelsOf(pod))
    if (budgets.length === 0) return undefined
    if (budgets.length > 1) return 'several'
    const found = objects.get(budgets[0]) as Budget
    if (pods.ready[pod] === 1) return found
    // A pod that is not ready keeps nobody healthy: it may go while enough others are, or always.
    if (found.spec.unhealthyPodEvictionPolicy === ALWAYS_ALLOW) return undefined
    const { currentHealthy, desiredHealthy } = found.status
    return currentHealthy >= desiredHealthy && desiredHealthy > 0 ? undefined : found
  }

  #decrement(budget: Budget, pod: string): void {
    const now = this.#clock.wholeSecond(this.#kernel.now)
    this.#api.objects.updateStatus(budget.id, withEvictedPod(budget.status, pod, now))
  }

  #delete(pod: PodId, name: string, options: EvictionOptions): EvictionAnswer {
    if (options.dryRun === true) return ACCEPTED
    const { pods, state } = this.#api
    const uid = state.pods.uid[pod]
    pods.patchDisruption(pod, state.reasonId(EVICTION_BY_API))
    const result = pods.delete(pod, uid, options.gracePeriodSeconds)
    return result === Result.NotFound ? podNotFound(name) : ACCEPTED
  }
}
