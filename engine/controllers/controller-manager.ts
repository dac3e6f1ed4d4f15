/**
 * The process that runs the controllers: one informer for all of them, and for each its own work queue and client.
 *
 * Upstream: cmd/kube-controller-manager/app/controllermanager.go, core.go, apps.go (1.36).
 * Simplified: all controllers start at once; no leader election.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import type { EventSink } from '../apiserver/event-recorder.js'
import type { Kernel } from '../kernel/kernel.js'
import type { ControlPlaneSettings } from '../model/defaults.js'
import type { MetricsApi } from '../model/metrics-api.js'
import type { WallClock } from '../model/wall-clock.js'
import { type ZoneTable, zonesByName } from '../model/zone-table.js'
import { Informer } from '../state/informer.js'
import { ClaimUsers } from './claim-users.js'
import type { AutoscalingSink, ControllerDefinition } from './controller.js'
import { type ControllerEnvironment, ControllerRunner } from './controller-runner.js'
import { LabelMatches } from './label-matches.js'
import { LabelledPods } from './labelled-pods.js'
import { OrphanPods } from './orphan-pods.js'
import { OwnedObjects } from './owned-objects.js'

export interface ControllerManagerOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly settings: ControlPlaneSettings
  readonly clock: WallClock
  readonly metrics: MetricsApi
  /** Time zones that CronJobs name; UTC is always known. */
  readonly timeZones?: Readonly<Record<string, ZoneTable>>
  readonly events: EventSink
  /** Told what autoscalers saw and wanted. */
  readonly autoscalings?: AutoscalingSink
  readonly controllers: readonly ControllerDefinition[]
  /** Arguments by controller name, over the defaults of its definition. */
  readonly args?: Readonly<Record<string, object>>
}

const NOBODY_TOLD: AutoscalingSink = { accountOf: () => ({ looked: () => undefined }) }

export class ControllerManager {
  readonly informer: Informer
  readonly #runners: readonly ControllerRunner[]

  constructor(options: ControllerManagerOptions) {
    const { kernel, api, settings, clock, metrics, events, controllers, args = {}, timeZones = {} } = options
    const { autoscalings = NOBODY_TOLD } = options
    this.informer = new Informer(kernel, api.state.log, 'controller-manager', settings.watchLatency)
    const environment: ControllerEnvironment = {
      kernel,
      api,
      settings,
      events,
      autoscalings,
      informer: this.informer,
      orphans: new OrphanPods(api.state, this.informer),
      owned: new OwnedObjects(api.state, this.informer),
      labels: new LabelMatches(api.state),
      labelled: new LabelledPods(api.state, this.informer),
      claimUsers: new ClaimUsers(api.state, this.informer),
      clock,
      metrics,
      zones: zonesByName(timeZones),
    }
    this.#runners = controllers.map(
      definition => new ControllerRunner(definition, args[definition.name] ?? {}, environment),
    )
  }

  /** The process dies: nothing is heard or done until {@link restart}. */
  stop(): void {
    for (const runner of this.#runners) runner.stop()
  }

  /** Kills and restarts one controller, or all: they must reach the same end from what is in the store. */
  restart(name?: string): void {
    for (const runner of this.#runners) if (name === undefined || runner.name === name) runner.restart()
  }
}
