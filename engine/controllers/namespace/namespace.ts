/**
 * The namespace controller: empties a namespace that is being deleted, round by round, and lets it go.
 *
 * Upstream: pkg/controller/namespace/namespace_controller.go and deletion/namespaced_resources_deleter.go (1.36).
 * Simplified: see namespace-content.ts.
 */
import { Result } from '../../apiserver/result.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { Condition } from '../../model/conditions.js'
import {
  CONTROLLER_WORKERS,
  NAMESPACE_CLIENT,
  NAMESPACE_DELETION_GRACE,
  NAMESPACE_RETRY_DELAY,
  NAMESPACE_ROUND_REQUESTS,
} from '../../model/defaults.js'
import { NAMESPACE_FINALIZER } from '../../model/new-workload.js'
import { ANY_CHANGE, Change, Source } from '../../state/change-log.js'
import type { ObjectId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  defineController,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '../controller.js'
import { namespaceConditions } from './namespace-conditions.js'
import { deleteContent } from './namespace-content.js'

interface NamespaceSpec {
  readonly finalizers?: readonly string[]
}

interface NamespaceStatus {
  readonly phase?: string
  readonly conditions?: readonly Condition[]
}

class NamespaceReconciler implements Reconciler {
  readonly #context: ControllerContext
  /** Found empty; they go when the requests of the round have been answered. */
  readonly #empty = new Set<number>()

  constructor(context: ControllerContext) {
    this.#context = context
  }

  changed(_: Source, row: number): void {
    const { state, queue } = this.#context
    const id = row as ObjectId
    if (state.objects.exists(id) && state.objects.isTerminating(id))
      queue.addAfter(row, NAMESPACE_DELETION_GRACE)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const context = this.#context
    const { objects } = context.state
    const id = key as ObjectId
    const wasEmpty = this.#empty.delete(key)
    if (!objects.exists(id) || objects.get(id).kind !== 'Namespace' || !objects.isTerminating(id)) return DONE
    const { meta, spec, status } = objects.get<NamespaceSpec, NamespaceStatus>(id)
    const { finalizers = [] } = spec
    if (!finalizers.includes(NAMESPACE_FINALIZER)) return DONE
    if (wasEmpty) return this.#finalize(id, spec, finalizers)
    context.charge(NAMESPACE_ROUND_REQUESTS)
    const remains = deleteContent(context, meta.name, meta.deletionAt, now)
    const before = status.conditions ?? []
    const conditions = namespaceConditions(before, remains, context.clock.wholeSecond(now))
    if (
      conditions !== before &&
      context.api.objects.updateStatus(id, { ...status, conditions }) !== Result.Ok
    ) {
      return RETRY
    }
    if (remains.failures.length > 0) return RETRY
    if (remains.estimateSeconds > 0) {
      return requeueAfter((Math.floor(remains.estimateSeconds / 2) + 1) * SECOND)
    }
    this.#empty.add(key)
    return requeueAfter(1)
  }

  #finalize(id: ObjectId, spec: NamespaceSpec, finalizers: readonly string[]): ReconcileResult {
    this.#context.charge()
    const left = finalizers.filter(name => name !== NAMESPACE_FINALIZER)
    const result = this.#context.api.objects.updateSpec(id, { ...spec, finalizers: left })
    return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
  }
}

export const namespace = defineController({
  name: 'namespace',
  source: 'namespace-controller',
  args: {},
  workers: CONTROLLER_WORKERS.namespace,
  retryDelay: NAMESPACE_RETRY_DELAY,
  clientScale: NAMESPACE_CLIENT,
  watches: [{ source: Source.Objects, kind: 'Namespace', fields: ANY_CHANGE & ~Change.Deleted }],
  create: context => new NamespaceReconciler(context),
})
