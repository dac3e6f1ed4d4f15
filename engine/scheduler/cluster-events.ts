import type { SimTime } from '../kernel/time.js'
import { Source } from '../state/change-log.js'
import type { NodeId, ObjectId, PodId } from '../state/ids.js'
import { type NodeEventSettings, NodeEvents } from './node-events.js'
import { ObjectEvents } from './object-events.js'
import { type PodEventSettings, PodEvents } from './pod-events.js'

/** What cluster events are told to, and what they are read from. */
export interface ClusterEventSettings extends PodEventSettings, NodeEventSettings {}

/**
 * The scheduler's ear: keeps the snapshot, the order of the nodes and the queue up to date with what the informer
 * delivers, and tells the queue what happened, with the old versions that the store no longer has.
 *
 * Upstream: pkg/scheduler/eventhandlers.go and pkg/scheduler/backend/cache/cache.go (1.36).
 * Simplified: a change of nothing but a pod's status or conditions is no event; no plugin asks for it.
 */
export class ClusterEvents {
  /** The fields to subscribe to, by source; all others are of no concern. */
  static readonly FIELDS: Readonly<Record<Source, number>> = {
    [Source.Pods]: PodEvents.FIELDS,
    [Source.Nodes]: NodeEvents.FIELDS,
    [Source.Objects]: ObjectEvents.FIELDS,
  }
  /** The kinds to subscribe to, among objects. */
  static readonly KINDS: readonly string[] = ObjectEvents.KINDS
  readonly pods: PodEvents
  readonly nodes: NodeEvents
  readonly objects: ObjectEvents

  constructor(settings: ClusterEventSettings) {
    this.pods = new PodEvents(settings)
    this.nodes = new NodeEvents(settings)
    this.objects = new ObjectEvents(settings)
  }

  /** One delivered change: a row of a table and bits of Change. */
  handle(source: Source, row: number, fields: number, now: SimTime): void {
    if (source === Source.Pods) this.pods.handle(row as PodId, fields, now)
    else if (source === Source.Nodes) this.nodes.handle(row as NodeId, fields, now)
    else this.objects.handle(row as ObjectId, fields, now)
  }
}
