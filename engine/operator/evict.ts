import { EvictionApi } from '../apiserver/eviction.js'
import type { EventKind } from '../kernel/kernel.js'
import { notFoundMessage } from '../model/kinds.js'
import type { OperationOf } from '../model/operations.js'
import { WallClock } from '../model/wall-clock.js'
import { EvictionRequests } from './eviction-requests.js'
import { defineOperation, type OperatorContext } from './operation.js'
import { selectedNames } from './selected-names.js'

/**
 * One eviction a pod, in order of name, one after another, no retry.
 * Upstream: the pods/eviction subresource, pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: nothing known.
 */
export const evict = defineOperation('evict', context => {
  const series = new EvictionSeries(context)
  return operation => {
    const { namespace, names, selector } = operation
    const found =
      selector === undefined ? names : selectedNames(context.api.state, 'Pod', namespace, selector)
    series.begin(operation, found)
    return { pods: found.length }
  }
})

class EvictionSeries {
  readonly #context: OperatorContext
  readonly #requests: EvictionRequests
  readonly #next: EventKind
  readonly #series: { readonly namespace: string; readonly names: readonly string[]; position: number }[] = []

  constructor(context: OperatorContext) {
    this.#context = context
    const { kernel, api, model } = context
    const evictions = new EvictionApi(kernel, api, new WallClock(model.epochSeconds), 'operator/evict')
    this.#requests = new EvictionRequests(context, 'evict', evictions)
    this.#next = context.on('evict-next', index => this.#send(index))
  }

  begin({ namespace }: OperationOf<'evict'>, names: readonly string[]): void {
    this.#send(this.#series.push({ namespace, names, position: 0 }) - 1)
  }

  #send(index: number): void {
    const series = this.#series[index]
    const name = series.names[series.position++]
    if (name === undefined) return
    const { api, kernel, report } = this.#context
    const pod = api.state.pods.find(api.state.namespaceId(series.namespace), name)
    if (pod === undefined) {
      report('evict', 'RESULT', series.namespace, {
        pod: name,
        code: 404,
        message: notFoundMessage('Pod', name),
      })
      this.#send(index)
      return
    }
    const answered = (): void => void kernel.schedule(kernel.now, this.#next, index)
    this.#requests.send(this.#requests.open(pod, api.state.pods.uid[pod], answered))
  }
}
