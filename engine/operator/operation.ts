/**
 * What an operation is made of: a name of the model's operations, and a function that carries it out.
 * Whatever becomes of it is told to the outcome sink, refusals included: nothing an operator does can fail in
 * silence.
 *
 * Upstream: kubectl's commands (staging/src/k8s.io/kubectl/pkg/cmd, 1.36).
 * Simplified: nothing known.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import type { NodeDraft } from '../apiserver/node-registry.js'
import type { DistributionSpec } from '../kernel/distributions.js'
import type { EventHandler, EventKind, Kernel } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { NodeConditionType } from '../model/node-conditions.js'
import type { DrainSettings, NodeRemoval, ReclaimSettings } from '../model/node-operations.js'
import type { OperationName, OperationOf } from '../model/operations.js'
import type { SimulationModel } from '../model/simulation-model.js'
import type { DrainOutcome, DrainSink } from '../record/disruption/observed-drain.js'
import type { NodeId, PodId, Status } from '../state/ids.js'
import type { Informer } from '../state/informer.js'

/** What became of an operation, or of a part of it. */
export interface OperationOutcome {
  readonly operation: OperationName
  /**
   * DONE once an operation is through, REJECTED for each object that the API server refused; START, SKIP and
   * END for the nodes and pods of a drain, RESULT for each eviction.
   */
  readonly type: 'DONE' | 'REJECTED' | 'START' | 'SKIP' | 'END' | 'RESULT'
  readonly namespace: string
  /** Plain data: objects as `Deployment/web`, nodes, pods, codes, messages, seconds. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Told of outcomes in the order of virtual time. */
export interface OutcomeSink {
  operated(outcome: OperationOutcome, at: SimTime): void
}

/** What operations can do to the kubelets behind the API server's back. */
export interface NodeAgents {
  silence(node: NodeId): void
  revive(node: NodeId): void
  /** As its kubelet is configured to; `isOff` is called when the machine is off. */
  shutDown(node: NodeId, isOff: () => void): void
  /** A machine that was shut down starts, and its kubelet the pods that are still the node's. */
  start(node: NodeId): void
  /** The machine goes down with everything on it, and nobody is told. */
  crash(node: NodeId): void
  reportCondition(node: NodeId, type: NodeConditionType, status: Status, reason: string): void
  /** Undefined: back to the pods' own readiness. */
  forceReady(pods: readonly PodId[], ready: boolean | undefined): void
}

/** The emptying of one node. */
export interface DrainRequest {
  readonly node: NodeId
  /** Who asks for it: the name of an operation or a failure. */
  readonly operation: string
  readonly settings: DrainSettings
  readonly ended?: (outcome: DrainOutcome) => void
}

/** Empties nodes, one at a time or many. */
export interface Drainer {
  drain(request: DrainRequest): void
  /**
   * Tells beforehand what these drains cannot get past. @param areCordoned all of them before the first is
   * drained
   */
  foresee(nodes: readonly NodeId[], settings: DrainSettings, areCordoned: boolean): void
}

/** What operations have done to machines. */
export interface Machines {
  /** Shuts down, starts again after `downFor`, and calls back when the node is Ready again, or has gone. */
  reboot(node: NodeId, downFor: SimTime, isUp: () => void, whileOff?: () => void): void
  /** The machine goes for good. */
  remove(node: NodeId, isGraceful: boolean, removal: NodeRemoval, isOff?: () => void): void
  /** A new machine registers after a time. */
  order(draft: NodeDraft, after: SimTime, registered?: (node: NodeId) => void): void
  /** Calls back when the node is Ready, or has gone. */
  whenReady(node: NodeId, then: () => void): void
  /** A time about a node, drawn from a distribution of seconds. */
  time(distribution: DistributionSpec, node: string): SimTime
}

/** Machines that the cloud takes back. */
export interface Reclaimer {
  /** @param by the operation or failure that it is counted for */
  reclaim(node: NodeId, settings: ReclaimSettings, by: string): void
}

/** Whoever keeps groups of machines at their sizes. */
export interface MachineGroups {
  /** A machine has gone that nobody asked to go; true when it is a group's, which sees to it. */
  lost(node: string): boolean
}

export interface OperatorContext {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly model: SimulationModel
  readonly agents: NodeAgents
  /** The one that all operations share. */
  readonly drainer: Drainer
  readonly drains: DrainSink | undefined
  /** The one that all operations share. */
  readonly machines: Machines
  readonly groups: MachineGroups
  readonly reclaims: Reclaimer
  /** Registers an event kind of the operator. */
  readonly on: (name: string, handler: EventHandler) => EventKind
  readonly report: (
    operation: OperationName,
    type: OperationOutcome['type'],
    namespace: string,
    details: OperationOutcome['details'],
  ) => void
}

/**
 * Carries an operation out; answers what the DONE line says, or nothing when the operation reports by itself.
 */
export type OperationHandler<Op extends OperationName> = (
  operation: OperationOf<Op>,
) => OperationOutcome['details'] | undefined

export interface OperationDefinition<Op extends OperationName> {
  readonly op: Op
  create(context: OperatorContext): OperationHandler<Op>
}

/** Declares an operation; the list is in `index.ts`. */
export function defineOperation<Op extends OperationName>(
  op: Op,
  create: OperationDefinition<Op>['create'],
): OperationDefinition<Op> {
  return { op, create }
}
