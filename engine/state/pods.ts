import { NEVER, type SimTime } from '../kernel/time.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type NodeId,
  Phase,
  type PodId,
  type TemplateId,
} from './ids.js'
import { Table } from './table.js'

/** `status.containerStatuses[].lastState.terminated` of a container. */
export interface Termination {
  readonly container: string
  readonly reason: string
  readonly exitCode: number
  readonly startedAt: SimTime
  readonly finishedAt: SimTime
  /** How often the container had been started again by then. */
  readonly restarts: number
}

/** A container above its request, for which its pod is evicted. */
export interface EvictedMemory {
  readonly container: string
  readonly bytes: number
  readonly at: SimTime
}

/** A change of the resources of a pod's containers that is not made yet. The pod's template is what it counts for. */
export interface PodResize {
  /** The spec as its author wants it, as the kubelet has granted it, and as the containers are. */
  readonly desired: TemplateId
  readonly allocated: TemplateId
  readonly actual: TemplateId
  /** Condition PodResizePending. */
  readonly pending:
    | { readonly reason: 'Deferred' | 'Infeasible'; readonly message: string; readonly since: SimTime }
    | undefined
  /** Condition PodResizeInProgress; with a message it has failed. */
  readonly inProgress: { readonly message?: string } | undefined
}

/**
 * Every pod object of the store. The API server is the one writer; who asks it for a column's change stands
 * beside the column. All times are virtual microseconds, NEVER while unset.
 */
export class PodTable extends Table<PodId> {
  // Identity, set at creation.
  readonly name = this.values<string>()
  namespace = this.column('namespace', Int32Array, NONE)
  /** A number never used twice, in order of creation: the object's UID, and the key of its random draws. */
  uid = this.column('uid', Float64Array, 0)
  template = this.column('template', Int32Array, NONE)
  labels = this.column('labels', Int32Array, NONE)
  /** The controlling owner, a row of the object table. */
  owner = this.column('owner', Int32Array, NONE)
  priority = this.column('priority', Int32Array, 0)
  /** Completion index of a Job's pod or ordinal of a StatefulSet's. */
  ordinal = this.column('ordinal', Int32Array, NONE)
  /** Annotations of a Job's pod: failures of its index before it, counted ones and ignored ones. */
  indexFailures = this.column('indexFailures', Int32Array, 0)
  indexIgnoredFailures = this.column('indexIgnoredFailures', Int32Array, 0)
  createdAt = this.column('createdAt', Float64Array, NEVER)
  /** Running time until the containers exit by themselves; NEVER for a service. Overrides the template's. */
  runFor = this.column('runFor', Float64Array, NEVER)

  // Written at every change.
  resourceVersion = this.column('resourceVersion', Float64Array, 0)
  /** Change-log sequence of the creation; with `deletedSequence` it decides who can list the row. */
  createdSequence = this.column('createdSequence', Float64Array, 0)
  /** Change-log sequence of the final removal, 0 while the object exists. */
  deletedSequence = this.column('deletedSequence', Float64Array, 0)

  // Asked for by the scheduler.
  node = this.column('node', Int32Array, NONE)
  nominatedNode = this.column('nominatedNode', Int32Array, NONE)
  scheduledAt = this.column('scheduledAt', Float64Array, NEVER)
  /** Why PodScheduled is False: an id of `reasons`, NONE when it is not. */
  unschedulableReason = this.column('unschedulableReason', Int32Array, NONE)

  // Asked for by the kubelet.
  phase = this.column('phase', Uint8Array, Phase.Pending)
  /** The Ready condition: 1 when True. */
  ready = this.column('ready', Uint8Array, 0)
  /** `status.startTime`: the kubelet saw the pod. */
  startedAt = this.column('startedAt', Float64Array, NEVER)
  runningAt = this.column('runningAt', Float64Array, NEVER)
  /** Last transition of the Ready condition. */
  readyAt = this.column('readyAt', Float64Array, NEVER)
  finishedAt = this.column('finishedAt', Float64Array, NEVER)
  exitCode = this.column('exitCode', Int16Array, 0)
  /** Exit code of each container in turn, where they are not all `exitCode`. */
  readonly exitCodes = this.values<readonly number[]>()
  restarts = this.column('restarts', Int32Array, 0)
  /** How containers ended last, kept once one was killed for want of memory; absent: none was. */
  readonly terminations = this.values<readonly Termination[]>()
  /** What the event of its eviction for want of memory tells; absent: there was none. */
  readonly evictedFor = this.values<EvictedMemory>()
  /** A resize that has not come about; absent: none. */
  readonly resizes = this.values<PodResize>()
  /** `status.reason`, for example Evicted: an id of `reasons`. */
  reason = this.column('reason', Int32Array, NONE)
  /** `status.message` beside it; absent: none. */
  readonly message = this.values<string>()
  /** Why a container waits, for example CrashLoopBackOff: an id of `reasons`. */
  waiting = this.column('waiting', Int32Array, NONE)

  // Asked for by whoever deletes or disrupts.
  /** `metadata.deletionTimestamp`: time of the request plus the grace period. */
  deletionAt = this.column('deletionAt', Float64Array, NEVER)
  gracePeriodSeconds = this.column('gracePeriodSeconds', Int32Array, NONE)
  /** Reason of the DisruptionTarget condition: an id of `reasons`. */
  disruption = this.column('disruption', Int32Array, NONE)
  /** Last transition of the DisruptionTarget condition. */
  disruptedAt = this.column('disruptedAt', Float64Array, NEVER)

  // Intrusive lists kept by the API server: the pods of one node, the pods of one owner.
  nextOnNode = this.column('nextOnNode', Int32Array, NONE)
  previousOnNode = this.column('previousOnNode', Int32Array, NONE)
  nextOfOwner = this.column('nextOfOwner', Int32Array, NONE)
  previousOfOwner = this.column('previousOfOwner', Int32Array, NONE)

  readonly #byName: Map<string, PodId>[] = []

  /** Adds a row; the caller fills the columns. The name must be free in the namespace. */
  add(namespace: NamespaceId, name: string): PodId {
    const pod = this.allocate()
    this.name[pod] = name
    this.namespace[pod] = namespace
    this.names(namespace).set(name, pod)
    return pod
  }

  /** Takes the name away at once; the row itself is reclaimed when every informer has seen the removal. */
  removeName(pod: PodId): void {
    this.names(this.namespace[pod] as NamespaceId).delete(this.name[pod] as string)
  }

  reclaim(pod: PodId): void {
    this.free(pod)
  }

  find(namespace: NamespaceId, name: string): PodId | undefined {
    return this.#byName[namespace]?.get(name)
  }

  names(namespace: NamespaceId): Map<string, PodId> {
    return (this.#byName[namespace] ??= new Map())
  }

  /** Whether the object is in the store now: its row is in use and not yet removed. */
  exists(pod: PodId): boolean {
    return this.name[pod] !== undefined && this.deletedSequence[pod] === 0
  }

  labelsOf(pod: PodId): LabelSetId {
    return this.labels[pod] as LabelSetId
  }

  templateOf(pod: PodId): TemplateId {
    return this.template[pod] as TemplateId
  }

  nodeOf(pod: PodId): NodeId {
    return this.node[pod] as NodeId
  }

  isTerminating(pod: PodId): boolean {
    return this.deletionAt[pod] !== NEVER
  }

  phaseOf(pod: PodId): Phase {
    return this.phase[pod] as Phase
  }

  namespaceOf(pod: PodId): NamespaceId {
    return this.namespace[pod] as NamespaceId
  }

  /** Succeeded or Failed. */
  isFinished(pod: PodId): boolean {
    const phase = this.phase[pod]
    return phase === Phase.Succeeded || phase === Phase.Failed
  }

  /** Virtual microseconds since `at`, or 0 when it never came. */
  static since(at: SimTime, now: SimTime): SimTime {
    return at === NEVER ? 0 : now - at
  }
}
