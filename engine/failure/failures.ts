/**
 * Everything that goes wrong in a run: one source for each entry of the model, and the count of what holds
 * each node down.
 *
 * Upstream: what happens to real clusters; no file of Kubernetes.
 * Simplified: nothing known.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { resolveArgs } from '../kernel/definition.js'
import { invariant } from '../kernel/invariant.js'
import type { Kernel } from '../kernel/kernel.js'
import type { FailureSettings } from '../model/failures.js'
import { Change, Source } from '../state/change-log.js'
import type { NodeId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import type { AnyFailureModel, FailureModel } from './failure-model.js'
import { type FailureSink, FailureSource } from './failure-source.js'
import type { FaultPorts } from './fault-ports.js'
import { NodeOutages } from './node-outages.js'

export interface FailuresOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly ports: FaultPorts
  readonly settings: readonly FailureSettings[]
  readonly models: readonly AnyFailureModel[]
  /** Names of the node pools, by index. */
  readonly pools: readonly string[]
  readonly sink: FailureSink
}

export class Failures {
  readonly #sources: readonly FailureSource[]

  constructor(options: FailuresOptions) {
    const { kernel, api, informer, ports, models, pools, sink } = options
    const outages = new NodeOutages(ports)
    const context = { kernel, api, ports, outages }
    this.#sources = options.settings.map(settings => {
      const model = models.find(({ name }) => name === settings.model)
      invariant(model !== undefined, `the failure model ${settings.model} was checked before`)
      const { args, issues } = resolveArgs(model as FailureModel<object>, settings.args)
      invariant(issues.length === 0, `the arguments of ${settings.name} were checked before`)
      const effect = model.create(context, args as never)
      const { endsWithSubject = false } = model
      const { state } = api
      return new FailureSource({ kernel, state, informer, settings, effect, endsWithSubject, pools, sink })
    })
    if (this.#sources.length > 0) {
      informer.subscribe(Source.Nodes, Change.Deleted, row => outages.forget(row as NodeId))
    }
  }

  finish(): void {
    for (const source of this.#sources) source.finish()
  }
}
