import { MILLISECOND, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { defaultPod } from '../../../engine/model/pod-defaults.js'
import type { PodSpec } from '../../../engine/model/pod-spec.js'
import { amountOf } from '../../../engine/model/resources.js'
import type { Manifest } from '../../../engine/model/simulation-model.js'
import type { Taint } from '../../../engine/model/taints.js'
import { ClusterEvents } from '../../../engine/scheduler/cluster-events.js'
import { Place, type QueueEntry } from '../../../engine/scheduler/queue/queue-entry.js'
import { SchedulingQueue } from '../../../engine/scheduler/queue/scheduling-queue.js'
import { ANY_CHANGE, Change, Source } from '../../../engine/state/change-log.js'
import type { NodeId, ObjectId, PodId } from '../../../engine/state/ids.js'
import { SchedulerRig } from '../../support/scheduler-rig.js'
import { compare, type Difference, type Suite } from '../suite.js'

interface Step {
  /** Milliseconds since the start. */
  readonly at: number
  readonly do: 'add' | 'update' | 'delete' | 'pop' | 'fail' | 'bind' | 'advance'
  readonly object?: Manifest
  readonly pod?: string
  readonly attempts?: number
  readonly plugins?: readonly string[]
  readonly node?: string
  readonly want: unknown
}

/** Bounds of the back-off where a tape has others than the default, in seconds. */
const BACKOFFS: ReadonlyMap<string, readonly [initial: number, max: number]> = new Map([
  ['backoff-1', [2, 30]],
  ['backoff-2', [1, 1]],
])
const DEFAULT_BACKOFF = [1, 10] as const
const UPDATE = ANY_CHANGE & ~(Change.Added | Change.Deleted | Change.Deleting | Change.Bound)

/** What the real queue did step by step: which pods it held where, and what it gave out. */
export const queueSuite: Suite = {
  name: 'queue',
  run(record, { id }): Difference[] {
    const tape = new Tape(...(BACKOFFS.get(id) ?? DEFAULT_BACKOFF))
    return (record['steps'] as readonly Step[]).flatMap((step, i) => tape.play(step, `steps[${i}]`))
  },
}

class Tape {
  readonly #rig = new SchedulerRig()
  readonly #queue: SchedulingQueue
  readonly #events: ClusterEvents
  readonly #popped = new Map<string, QueueEntry>()
  #now: SimTime = 0

  constructor(initialBackoffSeconds: number, maxBackoffSeconds: number) {
    const { state, snapshot, order, nominator, profile } = this.#rig
    this.#queue = new SchedulingQueue({
      state,
      profiles: [profile],
      nominator,
      podInitialBackoff: initialBackoffSeconds * SECOND,
      podMaxBackoff: maxBackoffSeconds * SECOND,
    })
    this.#events = new ClusterEvents({ snapshot, order, nominator, queue: this.#queue })
    const { log } = state
    log.listen({
      get cursor() {
        return log.end
      },
      appended: (source, row, fields) => this.#events.handle(source, row, fields, this.#now),
    })
  }

  play(step: Step, path: string): Difference[] {
    this.#now = step.at * MILLISECOND
    this.#queue.flush(this.#now)
    const differences = step.do === 'pop' ? this.#pop(step, path) : []
    if (step.do === 'fail') this.#fail(step)
    else if (step.do === 'bind') this.#bind(step)
    else if (step.object !== undefined) this.#change(step.do, step.object)
    return [...differences, ...compare(step.want, this.#places(), `${path}.want`)]
  }

  #pop({ pod, attempts }: Step, path: string): Difference[] {
    const entry = this.#queue.pop(this.#now)
    if (entry === undefined) return compare(pod, undefined, `${path}.pod`)
    const name = this.#nameOf(entry.pod)
    this.#popped.set(name, entry)
    return compare({ pod, attempts }, { pod: name, attempts: entry.attempts }, path)
  }

  #fail({ pod = '', plugins = [] }: Step): void {
    this.#queue.fail(this.#takePopped(pod), { unschedulable: new Set(plugins) }, this.#now)
  }

  #bind({ pod = '', node = '' }: Step): void {
    const entry = this.#takePopped(pod)
    const { api, state } = this.#rig
    const id = state.nodes.find(node)
    if (id === undefined) throw new Error(`no node ${node}`)
    this.#events.pods.assume(entry.pod, id)
    this.#queue.done(entry)
    api.pods.bind(entry.pod, entry.uid, id)
  }

  #takePopped(name: string): QueueEntry {
    const entry = this.#popped.get(name)
    if (entry === undefined) throw new Error(`${name} was not popped`)
    this.#popped.delete(name)
    return entry
  }

  #change(action: Step['do'], object: Manifest): void {
    if (action === 'add') {
      if (object.kind === 'Pod') this.#rig.createPod(object)
      else this.#rig.object(object)
    } else if (object.kind === 'Pod') this.#changePod(action, object)
    else if (object.kind === 'Node') this.#changeNode(action, object)
    else this.#changeObject(action, object)
  }

  /** An update is one write, whatever it changes; the registries would make several of it. */
  #changePod(action: Step['do'], { metadata, ...rest }: Manifest): void {
    const { api, state } = this.#rig
    const { pods } = state
    const pod = pods.find(state.namespaceId(metadata.namespace ?? 'default'), metadata.name) as PodId
    if (action === 'delete') {
      api.pods.delete(pod, pods.uid[pod], 0)
      return
    }
    const labels = metadata.labels ?? {}
    const { nodeName: _, ...spec } = defaultPod(rest['spec'] as PodSpec, labels)
    pods.labels[pod] = state.labelsId(labels)
    pods.template[pod] = state.templateId({ spec, annotations: metadata.annotations ?? {} })
    // No claims were made for the pod, which the status alone would tell.
    state.log.append(Source.Pods, pod, UPDATE & ~Change.Status, 0)
  }

  #changeNode(action: Step['do'], { metadata, ...rest }: Manifest): void {
    const { api, state } = this.#rig
    const { nodes } = state
    const node = nodes.find(metadata.name) as NodeId
    if (action === 'delete') {
      api.nodes.delete(node)
      return
    }
    const { taints = [], unschedulable = false } = (rest['spec'] ?? {}) as {
      taints?: readonly Taint[]
      unschedulable?: boolean
    }
    const { allocatable = {} } = rest['status'] as { allocatable?: Readonly<Record<string, string>> }
    nodes.labels[node] = state.labelsId(metadata.labels ?? {})
    nodes.taints[node] = state.taintsId(taints)
    nodes.unschedulable[node] = unschedulable ? 1 : 0
    for (const name of Object.keys(allocatable)) state.resources.index(name)
    const row = node * nodes.resourceWidth
    nodes.allocatable.fill(0, row, row + nodes.resourceWidth)
    for (const [name, quantity] of Object.entries(allocatable)) {
      nodes.allocatable[row + state.resources.index(name)] = amountOf(name, quantity) ?? 0
    }
    const fields = Change.Labels | Change.Taints | Change.Unschedulable | Change.Allocatable
    state.log.append(Source.Nodes, node, fields, 0)
  }

  #changeObject(action: Step['do'], { kind, metadata, spec, status, ...rest }: Manifest): void {
    const { api, state } = this.#rig
    const id = state.objects.find(kind, metadata.namespace ?? '', metadata.name) as ObjectId
    if (action === 'delete') {
      api.objects.delete(id)
      return
    }
    const object = state.objects.get(id)
    object.spec = { ...rest, ...(spec as object) }
    object.status = status ?? {}
    object.meta.labels = metadata.labels ?? {}
    object.meta.annotations = metadata.annotations ?? {}
    state.log.append(Source.Objects, id, UPDATE, 0)
  }

  #places(): Record<string, readonly string[]> {
    const at = (...places: readonly Place[]): string[] =>
      places.flatMap(place => this.#queue.podsAt(place).map(pod => this.#nameOf(pod))).sort()
    const lists = {
      active: at(Place.Active),
      backoff: at(Place.Backoff, Place.ErrorBackoff),
      unschedulable: at(Place.Unschedulable),
      inFlight: at(Place.InFlight),
    }
    return Object.fromEntries(Object.entries(lists).filter(([, names]) => names.length > 0))
  }

  #nameOf(pod: PodId): string {
    return this.#rig.state.pods.name[pod] ?? ''
  }
}
