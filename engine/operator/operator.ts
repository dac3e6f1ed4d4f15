import type { ApiServer } from '../apiserver/api-server.js'
import { type Kernel, Rank } from '../kernel/kernel.js'
import type { ReclaimSettings } from '../model/node-operations.js'
import type { Operation, OperationName } from '../model/operations.js'
import type { SimulationModel } from '../model/simulation-model.js'
import type { DrainSink } from '../record/disruption/observed-drain.js'
import type { NodeId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import { NodeDrains } from './drain/node-drains.js'
import { OPERATIONS } from './index.js'
import { MachinePark } from './machines/machines.js'
import type {
  MachineGroups,
  NodeAgents,
  OperationOutcome,
  OperatorContext,
  OutcomeSink,
} from './operation.js'
import { Reclaims } from './reclaims.js'
import { TraceReplay } from './trace-replay.js'

export interface OperatorOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly model: SimulationModel
  readonly agents: NodeAgents
  readonly outcomes?: OutcomeSink
  /** Told of drained nodes. */
  readonly drains?: DrainSink
  /** Absent: there are no groups. */
  readonly groups?: MachineGroups
}

/** A handler that is only given operations of its own name. */
type AnyHandler = (operation: Operation) => OperationOutcome['details'] | undefined

/**
 * The people and programs outside the cluster: they carry out the model's operations in order and replay its
 * traces. Requests of theirs are not rate limited and accepted at their time.
 *
 * Upstream: kubectl (staging/src/k8s.io/kubectl/pkg/cmd, 1.36).
 * Simplified: no client-side validation; a refused creation is reported, not retried.
 */
export class Operator {
  readonly #context: OperatorContext
  /** The handlers of the operations that the model names. */
  readonly #handlers = new Map<OperationName, AnyHandler>()

  constructor(options: OperatorOptions) {
    const { kernel, api, informer, model, agents, outcomes, drains } = options
    const { groups = { lost: () => false } } = options
    let machines: MachinePark | undefined
    let reclaims: Reclaims | undefined
    let drainer: NodeDrains | undefined
    const context: OperatorContext = {
      kernel,
      api,
      informer,
      model,
      agents,
      drains,
      get drainer() {
        return (drainer ??= new NodeDrains(context))
      },
      groups,
      get machines() {
        return (machines ??= new MachinePark(context))
      },
      get reclaims() {
        return (reclaims ??= new Reclaims(context))
      },
      on: (name, handler) => kernel.on(`operator/${name}`, Rank.Failure, handler),
      report: (operation, type, namespace, details) =>
        outcomes?.operated({ operation, type, namespace, details }, kernel.now),
    }
    this.#context = context
    for (const { op } of model.operations) {
      if (!this.#handlers.has(op)) this.#handlers.set(op, OPERATIONS[op].create(this.#context) as AnyHandler)
    }
    new TraceReplay(kernel, api, model).start(informer)
    const operate = kernel.on('operator/Operation', Rank.Failure, index =>
      this.#operate(model.operations[index]),
    )
    model.operations.forEach((operation, index) => kernel.schedule(operation.at, operate, index))
  }

  /** The cloud takes the node's machine back. @param by the failure that it is counted for */
  reclaim(node: NodeId, settings: ReclaimSettings, by: string): void {
    this.#context.reclaims.reclaim(node, settings, by)
  }

  #operate(operation: Operation): void {
    const { op } = operation
    const done = this.#handlers.get(op)?.(operation)
    if (done === undefined) return
    const namespace = 'namespace' in operation ? operation.namespace : ''
    this.#context.report(op, 'DONE', namespace, done)
  }
}
