/**
 * Karpenter in a run: pods that wait for a node get one of the cheapest type that fits, and nodes that are empty, too
 * dear for what is on them, out of date or too old go again.
 * Upstream: Karpenter core 1.15, pkg/controllers/controllers.go.
 * Simplified: no static pools, node repair, overlays, capacity buffers and reservations, all but the last behind gates
 * that are off by default.
 */
import { ApiClient } from '../../apiserver/api-client.js'
import type { ApiServer } from '../../apiserver/api-server.js'
import { EventRecorder, type EventSink } from '../../apiserver/event-recorder.js'
import { EvictionApi } from '../../apiserver/eviction.js'
import { type Kernel, Rank } from '../../kernel/kernel.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { KarpenterModel } from '../../model/karpenter-run.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { Informer } from '../../state/informer.js'
import { ClaimLifecycle } from './controllers/claim-lifecycle.js'
import { ClusterScheduling } from './controllers/cluster-scheduling.js'
import { ClusterTracker } from './controllers/cluster-tracker.js'
import { DisruptionLoop } from './controllers/disruption-loop.js'
import { DisruptionQueue } from './controllers/disruption-queue.js'
import { EvictionQueue } from './controllers/eviction-queue.js'
import { type ActionSink, KarpenterEvents } from './controllers/karpenter-events.js'
import { type MachineObserver, Machines } from './controllers/machines.js'
import type { NodeClaim } from './controllers/node-claim.js'
import { NodeDrains } from './controllers/node-drains.js'
import { NodePools } from './controllers/node-pools.js'
import { Provisioner } from './controllers/provisioner.js'
import { haveRequirementsDrifted } from './drift.js'

export interface KarpenterOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly model: KarpenterModel
  readonly clock: WallClock
  readonly requestLatency: SimTime
  readonly events: EventSink
  readonly actions: ActionSink
  readonly machines: MachineObserver
}

const LEAST_NOMINATION = 10 * SECOND

export class Karpenter {
  readonly #options: KarpenterOptions
  readonly #pools: NodePools
  readonly #client: ApiClient
  readonly #events: KarpenterEvents
  readonly #tracker: ClusterTracker
  readonly #machines: Machines
  readonly #lifecycle: ClaimLifecycle
  readonly #drains: NodeDrains
  readonly #queue: DisruptionQueue
  readonly #provisioner: Provisioner
  readonly #loop: DisruptionLoop

  constructor(options: KarpenterOptions) {
    const { kernel, api, model, requestLatency } = options
    const { settings } = model
    this.#options = options
    this.#pools = new NodePools(api.state)
    this.#client = new ApiClient(kernel, settings.client, requestLatency)
    this.#events = this.#newEvents()
    this.#tracker = this.#newTracker()
    this.#machines = this.#newMachines()
    this.#lifecycle = this.#newLifecycle()
    this.#drains = this.#newDrains()
    const { offers } = this.#machines
    const scheduling = new ClusterScheduling(api.state, this.#pools, offers, settings, model.wellKnownLabels)
    this.#queue = this.#newQueue()
    const common = {
      kernel,
      tracker: this.#tracker,
      scheduling,
      lifecycle: this.#lifecycle,
      events: this.#events,
    }
    this.#provisioner = new Provisioner({ ...common, settings })
    this.#loop = new DisruptionLoop({
      ...common,
      pools: this.#pools,
      clock: options.clock,
      queue: this.#queue,
      spotToSpot: settings.spotToSpotConsolidation,
      isTaken: claim => this.#queue.has(claim),
    })
  }

  /** A machine has gone by itself; true when it was one of Karpenter's, which launches others where pods want them. */
  lostMachine(name: string): boolean {
    const claim = this.#tracker.claimNamed(name)
    if (claim === undefined) return false
    this.#drains.end(claim)
    this.#lifecycle.lost(claim)
    return true
  }

  #newEvents(): KarpenterEvents {
    const { kernel, api, events, actions } = this.#options
    const writer = new EventRecorder('karpenter', this.#client, events, {
      now: () => kernel.now,
      on: (name, handler) => kernel.on(`karpenter/${name}`, Rank.Autoscaler, handler),
    })
    return new KarpenterEvents({
      state: api.state,
      writer,
      sink: actions,
      now: () => kernel.now,
      sizeOf: pool => this.#sizeOf(pool),
    })
  }

  #newTracker(): ClusterTracker {
    const { kernel, api, informer } = this.#options
    return new ClusterTracker({
      api,
      informer,
      pools: this.#pools,
      now: () => kernel.now,
      listener: {
        changed: () => this.#changed(),
        unconsolidated: () => {
          this.#loop.unconsolidated()
          this.#provisioner.changed()
        },
        provisionable: uid => this.#provisioner.trigger(uid),
        nodeChanged: claim => {
          this.#lifecycle.nodeChanged(claim)
          // Its pods will need a place, which may be one that is still to be made.
          if (claim.isGoing && !claim.isTerminating) this.#provisioner.trigger(claim.uid)
        },
        nodeRemoved: claim => {
          this.#drains.end(claim)
          this.#lifecycle.nodeRemoved(claim)
        },
        podsChanged: claim => this.#drains.podsChanged(claim),
        poolsChanged: () => this.#poolsChanged(),
      },
    })
  }

  #newMachines(): Machines {
    const { kernel, api, model, machines } = this.#options
    return new Machines(kernel, api, model, machines, {
      launched: claim => this.#lifecycle.launched(claim),
      refused: (claim, message) => this.#lifecycle.refused(claim, message),
      gone: claim => this.#lifecycle.gone(claim),
      offersChanged: () => this.#changed(),
    })
  }

  #newLifecycle(): ClaimLifecycle {
    const { kernel, api } = this.#options
    return new ClaimLifecycle({
      kernel,
      api,
      client: this.#client,
      events: this.#events,
      pools: this.#pools,
      tracker: this.#tracker,
      machines: this.#machines,
      drain: claim => this.#drains.begin(claim),
      claimChanged: claim => this.#claimChanged(claim),
      changed: () => this.#changed(),
    })
  }

  #newDrains(): NodeDrains {
    const { kernel, api, clock } = this.#options
    const common = { kernel, api, client: this.#client, clock, events: this.#events }
    return new NodeDrains({
      ...common,
      tracker: this.#tracker,
      evictions: new EvictionQueue({
        ...common,
        evictions: new EvictionApi(kernel, api, clock, 'karpenter'),
      }),
      drained: claim => this.#lifecycle.drained(claim),
    })
  }

  #newQueue(): DisruptionQueue {
    const { kernel, api, model } = this.#options
    return new DisruptionQueue({
      kernel,
      api,
      client: this.#client,
      tracker: this.#tracker,
      lifecycle: this.#lifecycle,
      events: this.#events,
      nominationWindow: Math.max(2 * model.settings.batchMaxDuration, LEAST_NOMINATION),
      changed: () => this.#loop.unconsolidated(),
    })
  }

  #changed(): void {
    this.#loop.changed()
    this.#provisioner.changed()
  }

  #claimChanged(claim: NodeClaim): void {
    this.#queue.claimChanged(claim)
    this.#loop.unconsolidated()
    this.#provisioner.changed()
  }

  #poolsChanged(): void {
    const { now } = this.#options.kernel
    for (const claim of [...this.#tracker.claims]) {
      const pool = this.#pools.find(claim.pool.name)
      if (pool === undefined) this.#lifecycle.delete(claim, 'NodePoolDeleted')
      else {
        const hasDrifted =
          pool.templateHash !== claim.templateHash || haveRequirementsDrifted(claim.labels, pool.object)
        claim.driftedAt = hasDrifted ? (claim.driftedAt ?? now) : undefined
      }
    }
    this.#changed()
  }

  #sizeOf(pool: string): number {
    let size = 0
    for (const claim of this.#tracker.claims) if (claim.pool.name === pool) size++
    return size
  }
}
