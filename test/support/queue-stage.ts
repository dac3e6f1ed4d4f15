import { SECOND } from '../../engine/kernel/time.js'
import type {
  ClusterEvent,
  EventRegistration,
  SchedulerPlugin,
} from '../../engine/scheduler/framework/interface.js'
import { Nominator } from '../../engine/scheduler/framework/nominator.js'
import type { Profile } from '../../engine/scheduler/profile.js'
import { Place, type QueueEntry } from '../../engine/scheduler/queue/queue-entry.js'
import { SchedulingQueue } from '../../engine/scheduler/queue/scheduling-queue.js'
import { ClusterState } from '../../engine/state/cluster-state.js'
import type { PodId } from '../../engine/state/ids.js'

export interface QueueStageOptions {
  readonly events?: Readonly<Record<string, readonly EventRegistration[]>>
  readonly preEnqueue?: Readonly<Record<string, NonNullable<SchedulerPlugin['preEnqueue']>>>
}

const NO_PLUGINS: Profile['at'] = {
  preEnqueue: [],
  queueSort: [],
  preFilter: [],
  filter: [],
  postFilter: [],
  preScore: [],
  score: [],
  reserve: [],
  permit: [],
  preBind: [],
  bind: [],
  postBind: [],
}

/** The scheduling queue over a store with pods that are made by hand: no API server, no time of its own. */
export class QueueStage {
  readonly state = new ClusterState({ pods: 1, nodes: 1, objects: 1 })
  readonly nominator = new Nominator()
  readonly queue: SchedulingQueue

  constructor({ events = {}, preEnqueue = {} }: QueueStageOptions = {}) {
    const less: SchedulerPlugin['less'] = (a, b) => b.priority - a.priority || a.queuedAt - b.queuedAt
    const gates = Object.entries(preEnqueue).map(([name, point]) => ({
      name,
      weight: 1,
      plugin: { preEnqueue: point },
    }))
    const at: Profile['at'] = {
      ...NO_PLUGINS,
      queueSort: [{ name: 'Sort', weight: 1, plugin: { less } }],
      preEnqueue: gates,
    }
    const profile = { schedulerName: 'default-scheduler', at, events: new Map(Object.entries(events)) }
    this.queue = new SchedulingQueue({
      state: this.state,
      profiles: [profile],
      nominator: this.nominator,
      podInitialBackoff: SECOND,
      podMaxBackoff: 10 * SECOND,
    })
  }

  /** A pod of the store, not in the queue yet. */
  make(name: string, priority = 0): PodId {
    const { state } = this
    const pod = state.pods.add(state.namespaceId('default'), name)
    state.pods.uid[pod] = state.nextUid()
    state.pods.template[pod] = state.templateId({ spec: { containers: [] }, annotations: {} })
    state.pods.labels[pod] = state.labelsId({})
    state.pods.priority[pod] = priority
    return pod
  }

  /** A pod that has entered the queue at a number of seconds. */
  add(name: string, seconds: number, priority = 0): PodId {
    const pod = this.make(name, priority)
    this.queue.add(pod, seconds * SECOND)
    return pod
  }

  pop(seconds: number): QueueEntry {
    const entry = this.queue.pop(seconds * SECOND)
    if (entry === undefined) throw new Error('nothing to pop')
    return entry
  }

  /** The popped pod comes back; without plugins because of an error. */
  fail(
    entry: QueueEntry,
    seconds: number,
    plugins: readonly string[] = [],
    pending: readonly string[] = [],
  ): Place {
    const rejectors = { unschedulable: new Set(plugins), pending: new Set(pending) }
    return this.queue.fail(entry, rejectors, seconds * SECOND)
  }

  move(event: ClusterEvent, seconds: number): void {
    this.queue.moveAll(event, seconds * SECOND)
  }

  nameOf(pod: PodId): string {
    return this.state.pods.name[pod] ?? ''
  }

  /** Names of the pods at a place, in order of the names. */
  at(place: Place): string[] {
    return this.queue
      .podsAt(place)
      .map(pod => this.nameOf(pod))
      .sort()
  }

  /** The place each pod is found at; a pod found twice is an error. */
  places(): Map<string, Place> {
    const places = new Map<string, Place>()
    for (const place of Object.values(Place)) {
      if (place === Place.None) continue
      const names = this.at(place)
      if (names.length !== this.queue.countAt(place)) throw new Error(`${place}: count differs`)
      for (const name of names) {
        if (places.has(name)) throw new Error(`${name} is in two places`)
        places.set(name, place)
      }
    }
    return places
  }
}
