/**
 * The resource quota controller: counts what a namespace uses when a quota changes, when something that is counted
 * goes or finishes, and every five minutes. What is created is added by admission.
 *
 * Upstream: pkg/controller/resourcequota/resource_quota_controller.go, resource_quota_monitor.go (1.36).
 * Simplified: one queue for new and for known quotas.
 */
import type { ResourceQuotaSpec, ResourceQuotaStatus } from '../../apiserver/admission/quota-admission.js'
import { Result } from '../../apiserver/result.js'
import type { EventKind } from '../../kernel/kernel.js'
import type { SimTime } from '../../kernel/time.js'
import { CONTROLLER_WORKERS, RESOURCE_QUOTA_RESYNC } from '../../model/defaults.js'
import { amountsOf, resourceListOf, sameAmounts } from '../../model/resource-list.js'
import { Change, Source } from '../../state/change-log.js'
import type { NamespaceId, ObjectId, PodId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  defineController,
  RETRY,
  type ReconcileResult,
  type Reconciler,
} from '../controller.js'
import { usageOfNamespace } from './quota-usage-of-namespace.js'

const KIND = 'ResourceQuota'

class ResourceQuotaReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #resync: EventKind
  #isResyncing = false

  constructor(context: ControllerContext) {
    this.#context = context
    this.#resync = context.on('resync', () => this.#resyncAll())
  }

  changed(source: Source, row: number, fields: number, now: SimTime): void {
    const { state, queue } = this.#context
    if (source === Source.Pods) {
      if (state.objects.countOfKind(KIND) === 0) return
      const isOver = (fields & Change.Deleted) !== 0 || state.pods.isFinished(row as PodId)
      if (isOver) this.#replenish(state.namespaces.get(state.pods.namespace[row] as NamespaceId))
      return
    }
    const { kind, meta } = state.objects.get(row as ObjectId)
    if ((fields & Change.Deleted) !== 0) {
      if (meta.namespace !== '') this.#replenish(meta.namespace)
    } else if (kind === KIND) {
      queue.add(row)
      this.#keepResyncing(now)
    }
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { state, api } = this.#context
    const id = key as ObjectId
    if (!state.objects.exists(id) || state.objects.get(id).kind !== KIND) return DONE
    const { meta, spec, status } = state.objects.get<ResourceQuotaSpec, ResourceQuotaStatus>(id)
    const used = usageOfNamespace(this.#context, meta.namespace, spec, now)
    const isSame =
      status.used !== undefined &&
      sameAmounts(resourceListOf(status.hard), resourceListOf(spec.hard)) &&
      sameAmounts(resourceListOf(status.used), used)
    if (isSame) return DONE
    this.#context.charge()
    const written: ResourceQuotaStatus = { hard: spec.hard ?? {}, used: amountsOf(used) }
    return api.objects.updateStatus(id, written) === Result.Ok ? DONE : RETRY
  }

  /** Something has gone: the quotas of the namespace are counted again. */
  #replenish(namespace: string): void {
    const { objects } = this.#context.state
    for (const id of objects.ofKind(KIND)) {
      if (objects.get(id).meta.namespace === namespace) this.#context.queue.add(id)
    }
  }

  #keepResyncing(now: SimTime): void {
    if (this.#isResyncing) return
    this.#isResyncing = true
    this.#context.kernel.schedule(now + RESOURCE_QUOTA_RESYNC, this.#resync, 0)
  }

  #resyncAll(): void {
    const { objects } = this.#context.state
    this.#isResyncing = false
    for (const id of objects.ofKind(KIND)) this.#context.queue.add(id)
    if (objects.countOfKind(KIND) > 0) this.#keepResyncing(this.#context.kernel.now)
  }
}

const { Added, Deleted, Spec, Phase } = Change

export const resourcequota = defineController({
  name: 'resourcequota',
  source: 'resourcequota-controller',
  args: {},
  workers: CONTROLLER_WORKERS.resourcequota,
  watches: [
    { source: Source.Objects, kind: KIND, fields: Added | Spec },
    { source: Source.Objects, fields: Deleted },
    { source: Source.Pods, fields: Deleted | Phase, onlyWith: KIND },
  ],
  create: context => new ResourceQuotaReconciler(context),
})
