/**
 * Requests to the eviction API: each is answered with an HTTP code, which is reported. When two requests
 * write one budget at the same time the API server tries the later one again by itself, so its answer comes
 * half a second later. Request and answer take the request latency each.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go (1.36), as kubectl calls it.
 * Simplified: nothing known.
 */
import type { EvictionApi, EvictionOptions } from '../apiserver/eviction.js'
import type { EvictionAnswer } from '../apiserver/eviction-answer.js'
import type { EventKind } from '../kernel/kernel.js'
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
  readonly uid: number
  readonly options: EvictionOptions
  readonly answered: Answered
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

  send(pod: PodId, uid: number, answered: Answered, options: EvictionOptions = {}): void {
    const { kernel, api, model } = this.#context
    const { pods, nodes, namespaces } = api.state
    const isThere = pods.uid[pod] === uid && pods.exists(pod)
    const node = isThere && pods.node[pod] !== NONE ? (nodes.name[pods.node[pod]] ?? '') : ''
    const name = isThere ? (pods.name[pod] as string) : ''
    const namespace = isThere ? namespaces.get(pods.namespace[pod] as NamespaceId) : ''
    const index = this.#requests.push({ namespace, name, node, uid, options, answered }) - 1
    kernel.schedule(kernel.now + model.controlPlane.requestLatency, this.#arrive, index)
  }

  #evict(index: number): void {
    const request = this.#requests[index]
    const { kernel, model } = this.#context
    const { namespace, name, uid, options } = request
    const answered = (answer: EvictionAnswer): void => {
      request.answer = answer
      kernel.schedule(kernel.now + model.controlPlane.requestLatency, this.#answer, index)
    }
    this.#evictions.request(namespace, name, answered, { ...options, uid })
  }

  #answered({ namespace, name, node, answered, answer }: Request): void {
    const { code, message, causes = [] } = answer as EvictionAnswer
    const text = message === undefined ? '' : [message, ...causes].join('; ')
    this.#context.report('evict', 'RESULT', namespace, {
      pod: name,
      code,
      ...(node === '' ? {} : { node }),
      ...(text === '' ? {} : { message: text }),
    })
    answered(code, text)
  }
}
