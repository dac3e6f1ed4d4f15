import { ApiClient } from '../../engine/apiserver/api-client.js'
import { ApiServer } from '../../engine/apiserver/api-server.js'
import type { Propagation } from '../../engine/apiserver/deletion-finalizers.js'
import {
  type ObjectChange,
  type ObjectDraft,
  ObjectRegistry,
} from '../../engine/apiserver/object-registry.js'
import { PodRegistry } from '../../engine/apiserver/pod-registry.js'
import type { Created, Result } from '../../engine/apiserver/result.js'
import { ClaimUsers } from '../../engine/controllers/claim-users.js'
import type {
  ControllerContext,
  ControllerDefinition,
  Reconciler,
} from '../../engine/controllers/controller.js'
import { Expectations } from '../../engine/controllers/expectations.js'
import { LabelMatches } from '../../engine/controllers/label-matches.js'
import { LabelledPods } from '../../engine/controllers/labelled-pods.js'
import { OrphanPods } from '../../engine/controllers/orphan-pods.js'
import { OwnedObjects } from '../../engine/controllers/owned-objects.js'
import { type BatchOutcome, PodControl } from '../../engine/controllers/pod-control.js'
import { type EventHandler, Kernel, Rank } from '../../engine/kernel/kernel.js'
import { SECOND, type SimTime } from '../../engine/kernel/time.js'
import { MetricsServer } from '../../engine/load/metrics-server.js'
import { DEFAULT_METRICS_SERVER } from '../../engine/model/defaults.js'
import { WallClock } from '../../engine/model/wall-clock.js'
import { zonesByName } from '../../engine/model/zone-table.js'
import { ClusterState } from '../../engine/state/cluster-state.js'
import type { ObjectId, PodId } from '../../engine/state/ids.js'
import { Informer } from '../../engine/state/informer.js'

/** A write to the object registry, as its caller asked for it. */
export type ObjectWrite =
  | { readonly verb: 'create'; readonly draft: ObjectDraft }
  | {
      readonly verb: 'update'
      readonly id: ObjectId
      readonly change: ObjectChange
      /** The spec before. */
      readonly spec: unknown
    }
  | { readonly verb: 'delete'; readonly id: ObjectId; readonly name: string }

class RecordingRegistry extends ObjectRegistry {
  readonly writes: ObjectWrite[] = []
  readonly #state: ClusterState

  constructor(kernel: Kernel, state: ClusterState) {
    super(kernel, state)
    this.#state = state
  }

  override create(draft: ObjectDraft): Created<ObjectId> {
    this.writes.push({ verb: 'create', draft })
    return super.create(draft)
  }

  /** Upstream's fake clients, with which cases were recorded, accept every version. */
  override update(id: ObjectId, change: ObjectChange): Result {
    this.writes.push({ verb: 'update', id, change, spec: this.#state.objects.get(id).spec })
    return super.update(id, change)
  }

  override delete(id: ObjectId, propagation?: Propagation): Result {
    this.writes.push({ verb: 'delete', id, name: this.#state.objects.get(id).meta.name })
    return super.delete(id, propagation)
  }
}

/** Tells of every deletion that is asked for, also of those that change nothing. */
class RecordingPods extends PodRegistry {
  onDelete: (pod: PodId) => void = () => undefined

  override delete(pod: PodId, uid: number, gracePeriodSeconds?: number, propagation?: Propagation): Result {
    this.onDelete(pod)
    return super.delete(pod, uid, gracePeriodSeconds, propagation)
  }
}

/** What a reconciler asked its queue for. */
export interface QueueCalls {
  readonly added: number[]
  readonly rateLimited: number[]
  readonly after: [key: number, delay: SimTime][]
}

/**
 * One controller over a real store, called by hand: the watch has no latency, the client no limit, and what the
 * controller asks of queue and event recorder is kept instead of done.
 */
export class ControllerRig {
  readonly kernel: Kernel
  readonly state = new ClusterState()
  readonly api: ApiServer
  readonly objects: RecordingRegistry
  readonly pods: RecordingPods
  readonly context: ControllerContext
  readonly reconciler: Reconciler
  events: [type: string, reason: string, message: string][] = []
  calls: QueueCalls = { added: [], rateLimited: [], after: [] }
  outcome: BatchOutcome | undefined
  readonly #epochSeconds: number

  constructor(definition: ControllerDefinition, epochSeconds: number, args: object = {}) {
    this.#epochSeconds = epochSeconds
    const kernel = new Kernel({ seed: 'rig' })
    this.kernel = kernel
    this.objects = new RecordingRegistry(kernel, this.state)
    this.pods = new RecordingPods(kernel, this.state)
    const { state, nodes, names } = new ApiServer(kernel, this.state)
    this.api = { state, pods: this.pods, nodes, names, objects: this.objects }
    const informer = new Informer(kernel, this.state.log, 'rig', 0)
    const client = new ApiClient(kernel, { qps: Infinity, burst: 1 }, 0)
    const on = (name: string, handler: EventHandler) => kernel.on(`rig/${name}`, Rank.Controller, handler)
    const events: ControllerContext['events'] = {
      record: (_, type, reason, message) => this.events.push([type, reason, message]),
    }
    const finished = (_: number, outcome: BatchOutcome) => {
      this.outcome = outcome
    }
    this.context = {
      kernel,
      api: this.api,
      state: this.state,
      informer,
      events,
      autoscalings: { accountOf: () => ({ looked: () => undefined }) },
      client,
      queue: {
        add: key => this.calls.added.push(key),
        addAfter: (key, delay) => this.calls.after.push([key, delay]),
        addRateLimited: key => this.calls.rateLimited.push(key),
        addInVain: key => this.calls.rateLimited.push(key),
      },
      expectations: new Expectations(),
      pods: new PodControl({
        kernel,
        api: this.api,
        client,
        events,
        on,
        finished,
        answeredAt: () => kernel.now,
      }),
      orphans: new OrphanPods(this.state, informer),
      owned: new OwnedObjects(this.state, informer),
      labels: new LabelMatches(this.state),
      labelled: new LabelledPods(this.state, informer),
      claimUsers: new ClaimUsers(this.state, informer),
      clock: new WallClock(epochSeconds),
      metrics: new MetricsServer(this.state, new WallClock(epochSeconds), DEFAULT_METRICS_SERVER),
      zones: zonesByName({}),
      charge: () => undefined,
      on,
    }
    this.reconciler = definition.create(this.context, { ...definition.args, ...args })
    for (const watch of definition.watches) {
      if (watch.key !== undefined) continue
      const { source, fields, kind } = watch
      informer.subscribe(source, fields, (row, changed) => {
        if (kind !== undefined && this.state.objects.get(row as ObjectId).kind !== kind) return
        this.reconciler.changed?.(source, row, changed, kernel.now)
      })
    }
  }

  /** Virtual time of a time of day. */
  at(text: string): SimTime {
    return Math.round((Date.parse(text) / 1000 - this.#epochSeconds) * SECOND)
  }

  /** The time of day as the API writes it. */
  text(time: SimTime): string {
    const millis = Math.round(this.#epochSeconds * 1000 + time / 1000)
    return new Date(millis).toISOString().replace('.000Z', 'Z')
  }

  /** Lets time pass, and with it every event under way. */
  runUntil(time: SimTime): void {
    this.kernel.run({ until: time })
  }

  /** Forgets what was recorded. */
  clear(): void {
    this.events = []
    this.calls = { added: [], rateLimited: [], after: [] }
    this.objects.writes.length = 0
  }
}
