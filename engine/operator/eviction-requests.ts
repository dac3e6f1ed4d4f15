/**
 * Requests to the eviction API: each is answered with an HTTP code, which is reported. When two requests
 * write one budget at the same time the API server tries the later one again by itself, so its answer comes
 * half a second later.
 *
 * Upstream: EvictionsRetry of pkg/registry/core/pod/storage/eviction.go (1.36): 20 steps of 500 ms, 10 %
 * jitter.
 * Simplified: nothing known.
 */
import { budgetVersion, evict } from '../apiserver/eviction.js'
import type { EventKind } from '../kernel/kernel.js'
import { type KeyedDraws, Streams } from '../kernel/rng.js'
import { MILLISECOND } from '../kernel/time.js'
import type { OperationName } from '../model/operations.js'
import type { NamespaceId, PodId } from '../state/ids.js'
import type { OperatorContext } from './operation.js'

const RETRY = 500 * MILLISECOND
const RETRY_JITTER = 0.1
const ATTEMPTS = 20

/** Called with the code: 201 the pod is being deleted, 404 it is gone, everything else is a refusal. */
export type Answered = (code: number) => void

interface Request {
  readonly pod: PodId
  readonly uid: number
  readonly answered: Answered
  attempts: number
  /** Of the budget, as the request has read it. */
  version: number
}

export class EvictionRequests {
  readonly #context: OperatorContext
  readonly #draws: KeyedDraws
  readonly #read: EventKind
  readonly #write: EventKind
  readonly #requests: Request[] = []

  constructor(context: OperatorContext, operation: OperationName) {
    this.#context = context
    this.#draws = new Streams(context.kernel.seed).keyed(`operator/${operation}-conflicts`)
    this.#read = context.on(`${operation}-eviction`, index => this.#look(index))
    this.#write = context.on(`${operation}-eviction-write`, index => this.#evict(index))
  }

  send(pod: PodId, uid: number, answered: Answered): void {
    this.#look(this.#requests.push({ pod, uid, answered, attempts: 0, version: 0 }) - 1)
  }

  #look(index: number): void {
    const { kernel, api, model } = this.#context
    const request = this.#requests[index]
    const isThere = api.state.pods.uid[request.pod] === request.uid && api.state.pods.exists(request.pod)
    request.version = isThere ? budgetVersion(api.state, request.pod) : 0
    kernel.schedule(kernel.now + model.controlPlane.requestLatency, this.#write, index)
  }

  #evict(index: number): void {
    const { api, kernel, report } = this.#context
    const request = this.#requests[index]
    const { pod, uid, answered, version } = request
    const { pods, nodes, namespaces } = api.state
    const isThere = pods.uid[pod] === uid && pods.exists(pod)
    const name = isThere ? pods.name[pod] : ''
    const node = isThere ? nodes.name[pods.node[pod]] : undefined
    const namespace = isThere ? namespaces.get(pods.namespace[pod] as NamespaceId) : ''
    const { code, message } = evict(api, pod, kernel.now, version, uid)
    if (code === 409 && ++request.attempts < ATTEMPTS) {
      const jitter = 1 + RETRY_JITTER * this.#draws.at(uid, request.attempts)
      kernel.schedule(kernel.now + Math.round(RETRY * jitter), this.#read, index)
      return
    }
    report('evict', 'RESULT', namespace, {
      pod: name,
      code,
      ...(node === undefined ? {} : { node }),
      ...(message === '' ? {} : { message }),
    })
    answered(code)
  }
}
