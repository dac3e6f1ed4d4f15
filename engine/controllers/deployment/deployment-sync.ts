/**
 * One sync of one Deployment: the copy it works on, and the writes it may make. Writes are made at once and charged to
 * the controller's client, one after another.
 *
 * Upstream: pkg/controller/deployment/sync.go scaleReplicaSet, cleanupDeployment; deployment_controller.go (1.36).
 * Simplified: updates of a ReplicaSet never conflict, as the store's fields are always fresh.
 */
import { type EventType, subjectOf } from '../../apiserver/event-recorder.js'
import { Result } from '../../apiserver/result.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import { type Condition, type ConditionStatus, withCondition } from '../../model/conditions.js'
import type { Labels } from '../../model/pod-spec.js'
import type { DeploymentSpec, DeploymentStatus, ReplicaSetSpec } from '../../model/workloads.js'
import type { ObjectId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { maxSurgeOf } from './fenceposts.js'
import { type ReplicaSets, type ReplicaSetView, viewOf } from './replica-set-view.js'
import { withSizes } from './revisions.js'

/** A deadline or history limit of this size stands for none. */
const UNLIMITED = 2 ** 31 - 1

/**
 * What a sync would do that finds all as the last one left it: nothing; nothing but ask for a retry in vain; or not
 * known without making it.
 */
export type Outlook = 'nothing' | 'retry in vain' | 'open'

export class DeploymentSync {
  readonly context: ControllerContext
  readonly id: ObjectId
  readonly name: string
  readonly namespace: string
  readonly uid: number
  readonly generation: number
  readonly isDeleting: boolean
  readonly spec: DeploymentSpec
  readonly now: SimTime
  /** As the sync found it: upstream drops what its status updates answer, so a second one in a sync conflicts. */
  readonly #version: number
  /** Changed by the sync before it is written. */
  status: DeploymentStatus
  annotations: Labels
  /** A write was refused: the sync ends, and the key is tried again. */
  failed = false
  /** Asked for so far, refused ones too. */
  writes = 0
  /** The ReplicaSets as {@link syncRevision} found them without having to write anything: so they are still. */
  sets: ReplicaSets | undefined
  /** What the next sync would do if it found what this one left. */
  outlook: Outlook = 'open'

  constructor(context: ControllerContext, id: ObjectId, now: SimTime) {
    const { meta, spec, status } = context.state.objects.get<DeploymentSpec, DeploymentStatus>(id)
    this.context = context
    this.id = id
    this.now = now
    this.name = meta.name
    this.namespace = meta.namespace
    this.uid = meta.uid
    this.generation = meta.generation
    this.isDeleting = meta.deletionAt !== NEVER
    this.annotations = meta.annotations
    this.spec = spec
    this.status = status
    this.#version = meta.resourceVersion
  }

  get hasProgressDeadline(): boolean {
    return this.spec.progressDeadlineSeconds !== UNLIMITED
  }

  get hasHistoryLimit(): boolean {
    return this.spec.revisionHistoryLimit !== UNLIMITED
  }

  condition(type: string, status: ConditionStatus, reason: string, message: string): Condition {
    const at = this.context.clock.wholeSecond(this.now)
    return { type, status, reason, message, lastUpdateTime: at, lastTransitionTime: at }
  }

  /** Sets a condition in the copy; {@link writeStatus} writes it. */
  setCondition(condition: Condition): void {
    const { status } = this
    this.status = Object.assign({}, status, { conditions: withCondition(status.conditions, condition) })
  }

  /** Writes status and annotations, which upstream's status update carries too. */
  writeStatus(): void {
    const { annotations, status } = this
    this.writes++
    this.#check(this.context.api.objects.update(this.id, { annotations, status }, this.#version))
  }

  event(type: EventType, reason: string, message: string): void {
    this.context.events.record(subjectOf(this.context.state.objects.get(this.id)), type, reason, message)
  }

  view(id: ObjectId): ReplicaSetView {
    return viewOf(this.context.state, id, this.context.clock)
  }

  /** Brings size and size annotations of a ReplicaSet up to date; answers it as it is then. */
  scale(replicaSet: ReplicaSetView, replicas: number): ReplicaSetView {
    const { spec } = this
    const annotations = withSizes(replicaSet.annotations, spec.replicas, spec.replicas + maxSurgeOf(spec))
    const from = replicaSet.spec.replicas
    if (from === replicas && annotations === replicaSet.annotations) return replicaSet
    const updated = from === replicas ? replicaSet.spec : ofSize(replicaSet.spec, replicas)
    if (!this.updateReplicaSet(replicaSet, { annotations, spec: updated })) return replicaSet
    if (from !== replicas) {
      const direction = from < replicas ? 'up' : 'down'
      const message = `Scaled ${direction} replica set ${replicaSet.name} from ${from} to ${replicas}`
      this.event('Normal', 'ScalingReplicaSet', message)
    }
    return this.view(replicaSet.id)
  }

  updateReplicaSet(
    { id }: ReplicaSetView,
    change: { readonly annotations: Labels; readonly spec: ReplicaSetView['spec'] },
  ): boolean {
    this.writes++
    return this.#check(this.context.api.objects.update(id, change))
  }

  deleteReplicaSet({ id }: ReplicaSetView): void {
    this.writes++
    this.context.charge()
    this.context.api.objects.delete(id)
  }

  #check(result: Result): boolean {
    this.context.charge()
    if (result !== Result.Ok) this.failed = true
    return result === Result.Ok
  }
}

/** Written out field by field, as copies by spread are of another hidden class each. */
function ofSize({ minReadySeconds, selector, template }: ReplicaSetSpec, replicas: number): ReplicaSetSpec {
  return { replicas, minReadySeconds, selector, template }
}
