/**
 * The Deployment controller: claims the ReplicaSets its selector matches, then scales them, or takes the next step of
 * a rollout.
 *
 * Upstream: pkg/controller/deployment/deployment_controller.go syncDeployment (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { CONTROLLER_WORKERS, DEPLOYMENT_ANSWER_DELAY } from '../../model/defaults.js'
import type { DeploymentSpec } from '../../model/workloads.js'
import { Change, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  defineController,
  RETRY,
  type ReconcileResult,
  type Reconciler,
} from '../controller.js'
import { controllerOf } from '../owned-objects.js'
import { claimReplicaSets } from './claim-replica-sets.js'
import { DeploymentSync } from './deployment-sync.js'
import { syncRevision } from './new-replica-set.js'
import { checkPausedConditions, writeStatusIfChanged } from './progress.js'
import { rolloutRecreate, somePod } from './recreate.js'
import { rollback, rollbackRevision } from './rollback.js'
import { rolloutRolling } from './rolling.js'
import { isScalingEvent, scaleOnly } from './scaling.js'
import { SettledSyncs } from './settled-syncs.js'

const OBJECT_CHANGES =
  Change.Added |
  Change.Deleted |
  Change.Deleting |
  Change.Labels |
  Change.Annotations |
  Change.Ownership |
  Change.Spec |
  Change.Status

export const deployment = defineController({
  name: 'deployment',
  source: 'deployment-controller',
  args: {},
  workers: CONTROLLER_WORKERS.deployment,
  maxRetries: 15,
  answerDelay: DEPLOYMENT_ANSWER_DELAY,
  watches: [
    { source: Source.Objects, kind: 'Deployment', fields: OBJECT_CHANGES, key: (_, row) => row },
    { source: Source.Objects, kind: 'ReplicaSet', fields: OBJECT_CHANGES },
    { source: Source.Pods, fields: Change.Deleted, onlyWith: 'Deployment' },
  ],
  create: context => new DeploymentReconciler(context),
})

class DeploymentReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #settled: SettledSyncs

  constructor(context: ControllerContext) {
    this.#context = context
    this.#settled = new SettledSyncs(context)
  }

  changed(source: Source, row: number, fields: number): void {
    if (source === Source.Pods) this.#podDeleted(row)
    else this.#replicaSetChanged(row as ObjectId, fields)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { objects } = this.#context.state
    const id = key as ObjectId
    if (!objects.exists(id) || objects.get(id).kind !== 'Deployment') return DONE
    if (this.#settled.repeat(id)) return DONE
    const sync = new DeploymentSync(this.#context, id, now)
    this.#sync(sync)
    if (sync.failed) return RETRY
    if (sync.outlook !== 'open') this.#settled.keep(sync)
    return DONE
  }

  #sync(sync: DeploymentSync): void {
    const { spec } = sync
    const matcher = this.#context.labels.of(spec.selector)
    if (matcher.isEverything) {
      selectsEverything(sync)
      return
    }
    const replicaSets = claimReplicaSets(sync, matcher)
    if (sync.isDeleting) {
      const sets = syncRevision(sync, replicaSets, false)
      if (!sync.failed) writeStatusIfChanged(sync, sets)
      return
    }
    checkPausedConditions(sync)
    if (sync.failed) return
    if (spec.paused) {
      scaleOnly(sync, replicaSets)
      return
    }
    const revision = rollbackRevision(sync)
    if (revision !== undefined) {
      rollback(sync, replicaSets, revision)
      return
    }
    const isScaling = isScalingEvent(sync, replicaSets)
    if (sync.failed) return
    if (isScaling) scaleOnly(sync, replicaSets)
    else if (spec.strategy.type === 'Recreate') rolloutRecreate(sync, replicaSets)
    else rolloutRolling(sync, replicaSets)
  }

  /** Its Deployment looks at it; without one every Deployment that could adopt it does. */
  #replicaSetChanged(id: ObjectId, fields: number): void {
    const { state, queue, labels } = this.#context
    const { meta } = state.objects.get(id)
    const controller = controllerOf(meta.owners)
    if (controller !== undefined) {
      const owner = state.objects.findByUid(controller.uid)
      if (owner !== undefined && controller.kind === 'Deployment') queue.add(owner)
      return
    }
    if ((fields & (Change.Added | Change.Labels | Change.Ownership)) === 0) return
    for (const candidate of state.objects.ofKind('Deployment')) {
      const { meta: other, spec } = state.objects.get<DeploymentSpec>(candidate)
      if (other.namespace !== meta.namespace) continue
      if (labels.of(spec.selector).matchesLabels(meta.labels)) queue.add(candidate)
    }
  }

  /** Recreate goes on when the last of its pods is gone. */
  #podDeleted(row: number): void {
    const { state, queue, owned } = this.#context
    const id = deploymentOf(state, state.pods.owner[row])
    if (id === NONE) return
    const { meta, spec } = state.objects.get<DeploymentSpec>(id as ObjectId)
    if (spec.strategy.type !== 'Recreate') return
    const replicaSets = owned.of(meta.uid, 'ReplicaSet')
    if (!replicaSets.some(replicaSet => somePod(this.#context, replicaSet, () => true))) queue.add(id)
  }
}

/** The Deployment that controls a ReplicaSet row, NONE when there is none. */
function deploymentOf({ objects }: ClusterState, replicaSet: number): number {
  const object = replicaSet === NONE ? undefined : objects.object[replicaSet]
  if (object?.kind !== 'ReplicaSet') return NONE
  const controller = controllerOf(object.meta.owners)
  if (controller?.kind !== 'Deployment') return NONE
  return objects.findByUid(controller.uid) ?? NONE
}

/** An empty selector would take all pods of the namespace: such a Deployment does nothing. */
function selectsEverything(sync: DeploymentSync): void {
  const message = 'This deployment is selecting all pods. A non-empty selector is required.'
  sync.event('Warning', 'SelectingAll', message)
  if (sync.status.observedGeneration >= sync.generation) return
  sync.status = { ...sync.status, observedGeneration: sync.generation }
  sync.writeStatus()
}
