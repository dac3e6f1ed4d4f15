/**
 * Requests to the eviction API: each is answered with an HTTP code, which is reported. When two requests
 * write one budget at the same time the API server tries the later one again by itself, so its answer comes
 * half a second later. Request and answer take the request latency each.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go (1.36), as kubectl calls it.
 * Simplified: nothing known.
 */
import type { EvictionApi, EvictionOptions } from '../apiserver/eviction.js'
import { answerText, type EvictionAnswer } from '../apiserver/eviction-answer.js'
import type { EventKind } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { OperationName } from '../model/operations.js'
import { type NamespaceId, NONE, type PodId } from '../state/ids.js'
import type { OperatorContext } from './operation.js'

/**
 * Called with the code (201 the pod is being deleted, 404 it is gone, everything else is a refusal) and the
 * message.
 */
export type Answered = (code: number, message: string) => void

interface Request {
  readonly namespace: string
  readonly name: string
  /** Empty: the pod has none. */
  readonly node: string
  readonly options: EvictionOptions
  readonly answered: Answered
  readonly arrived: (answer: EvictionAnswer) => void
  answer?: EvictionAnswer
}

export class EvictionRequests {
  readonly #context: OperatorContext
  readonly #evictions: EvictionApi
  readonly #arrive: EventKind
  readonly #answer: EventKind
  readonly #requests: Request[] = []

  constructor(context: OperatorContext, operation: OperationName, evictions: EvictionApi) {
    this.#context = context
    this.#evictions = evictions
    this.#arrive = context.on(`${operation}-eviction`, index => this.#evict(index))
    this.#answer = context.on(`${operation}-answer`, index => this.#answered(this.#requests[index]))
  }

  /** A request that can be sent, and sent again after a refusal; answers its number. */
  open(pod: PodId, uid: number, answered: Answered, options: EvictionOptions = {}): number {
    const { kernel, api, model } = this.#context
    const { pods, nodes, namespaces } = api.state
    const isThere = pods.uid[pod] === uid && pods.exists(pod)
    const node = isThere && pods.node[pod] !== NONE ? (nodes.name[pods.node[pod]] ?? '') : ''
    const name = isThere ? (pods.name[pod] as string) : ''
    const namespace = isThere ? namespaces.get(pods.namespace[pod] as NamespaceId) : ''
    const index = this.#requests.length
    const arrived = (answer: EvictionAnswer): void => {
      this.#requests[index].answer = answer
      kernel.schedule(kernel.now + model.controlPlane.requestLatency, this.#answer, index)
    }
    this.#requests.push({ namespace, name, node, options: { ...options, uid, row: pod }, answered, arrived })
    return index
  }

  /** Sends it after a wait. */
  send(request: number, wait: SimTime = 0): void {
    const { kernel, model } = this.#context
    kernel.schedule(kernel.now + wait + model.controlPlane.requestLatency, this.#arrive, request)
  }

  #evict(index: number): void {
    const { namespace, name, options, arrived } = this.#requests[index]
    this.#evictions.request(namespace, name, arrived, options)
  }

  #answered({ namespace, name: pod, node, answered, answer }: Request): void {
    const { code } = answer as EvictionAnswer
    const message = answerText(answer as EvictionAnswer)
    const { report } = this.#context
    if (message === '')
      report('evict', 'RESULT', namespace, node === '' ? { pod, code } : { pod, code, node })
    else if (node === '') report('evict', 'RESULT', namespace, { pod, code, message })
    else report('evict', 'RESULT', namespace, { pod, code, node, message })
    answered(code, message)
  }
}
