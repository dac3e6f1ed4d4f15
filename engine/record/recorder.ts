/**
 * What components and the composition root call: the recorder hears every write through the change log and is
 * told what the store does not hold (scheduling attempts, Kubernetes events, queue lengths). It keeps the
 * accounts of the summary always and writes the records that are switched on. It writes no state and
 * schedules only events of rank Measure, which the digest leaves out.
 */
import { invariant } from '../kernel/invariant.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import { CronSchedules } from '../model/cron-schedules.js'
import { WallClock } from '../model/wall-clock.js'
import { zonesByName } from '../model/zone-table.js'
import { ANY_CHANGE, Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { NamespaceId, NodeId, ObjectId, PodId } from '../state/ids.js'
import { Accounts } from './accounts.js'
import type { AutoscalerAction } from './autoscaler-record.js'
import type { AutoscalerAccount } from './autoscalers-record.js'
import { type Calendar, CronJobsRecord } from './cron-jobs-record.js'
import { Disruptions } from './disruption/disruptions.js'
import { type EventSubject, EventsRecord, type EventType, type ObservedEvent } from './events-record.js'
import { Explanations } from './explanations.js'
import { FailuresRecord, type ObservedFailure } from './failures-record.js'
import { GpuArrivalsRecord } from './gpu-arrivals-record.js'
import { JobsRecord } from './jobs-record.js'
import { NodesRecord } from './nodes-record.js'
import type { ObjectRecord } from './object-record.js'
import { type ObservedOperation, OperationsRecord } from './operations-record.js'
import { PodsRecord } from './pods-record.js'
import { RECORD_NAMES, type RecorderOptions, type RecordName } from './record-names.js'
import type { RecordSink, RecordTable } from './record-table.js'
import { RolloutsRecord } from './rollouts-record.js'
import { ScalingRecords } from './scaling-records.js'
import { type RunSummary, summarise } from './summary.js'
import { type QueueLengths, TimeSeriesRecord } from './time-series-record.js'
import { TrafficRecords } from './traffic-records.js'
import { WorkloadsRecord } from './workloads-record.js'

const NO_CALENDAR: Calendar = { clock: new WallClock(0), schedules: new CronSchedules(zonesByName({})) }
const NO_QUEUES: QueueLengths = { active: 0, backoff: 0, unschedulable: 0, gated: 0 }

export class Recorder implements LogListener {
  readonly state: ClusterState
  readonly #kernel: Kernel
  readonly #accounts: Accounts
  readonly #interval: SimTime
  readonly #pods: PodsRecord | undefined
  readonly #nodes: NodesRecord | undefined
  readonly #series: TimeSeriesRecord | undefined
  readonly #events: EventsRecord | undefined
  readonly #failures: FailuresRecord | undefined
  readonly #operations: OperationsRecord | undefined
  readonly #objects: readonly ObjectRecord[]
  /** Told of evictions, drained nodes and failures. */
  readonly disruptions: Disruptions
  /** Where providers of machines tell of them. */
  readonly scaling: ScalingRecords
  readonly traffic: TrafficRecords
  /** Where the scheduler explains itself; undefined when nobody asked. */
  readonly explanations: Explanations | undefined
  /** Where the scheduler tells how the GPUs stand after each arrival; undefined when nobody asked. */
  readonly gpuArrivals: GpuArrivalsRecord | undefined
  #sampled: SimTime = -1
  readonly #sampleKind: EventKind
  #finished = false
  /** Set by the scheduler: read whenever a row of the time series is written. */
  queues: QueueLengths = NO_QUEUES

  constructor(kernel: Kernel, state: ClusterState, options: RecorderOptions) {
    const { records, resources, pools, sink } = options
    for (const name of records) {
      invariant((RECORD_NAMES as readonly string[]).includes(name), `there is no record ${name}`)
    }
    invariant(options.interval > 0, 'the interval of the time series is positive')
    this.#kernel = kernel
    this.state = state
    this.#interval = options.interval
    const accounts = new Accounts(state, resources)
    this.#accounts = accounts
    const { podLedger, nodeLedger, slots } = accounts
    const on = (name: RecordName): boolean => records.includes(name)
    if (on('pods')) this.#pods = new PodsRecord(state, podLedger, resources, slots, sink?.('pods'))
    if (on('nodes')) this.#nodes = new NodesRecord(state, nodeLedger, resources, pools, sink?.('nodes'))
    if (on('events')) this.#events = new EventsRecord(sink?.('events'))
    this.disruptions = new Disruptions(state, records, sink)
    this.traffic = new TrafficRecords(on, sink)
    if (on('failures')) this.#failures = new FailuresRecord(sink?.('failures'))
    if (on('gpu-arrivals')) this.gpuArrivals = new GpuArrivalsRecord(sink?.('gpu-arrivals'))
    if (on('operations')) this.#operations = new OperationsRecord(sink?.('operations'))
    this.#objects = this.#objectRecords(options)
    this.scaling = new ScalingRecords(accounts, options, on, name => sink?.(name))
    if (on('attempts') || on('scores')) {
      const pods = options.explain ?? []
      this.explanations = new Explanations({
        attempts: on('attempts'),
        scores: on('scores'),
        pods,
        ...(sink === undefined ? {} : { sink }),
      })
    }
    if (on('time-series')) {
      accounts.keepReference()
      this.#series = new TimeSeriesRecord(resources, sink?.('time-series'))
    }
    this.#sampleKind = kernel.on('record/Sample', Rank.Measure, () => this.#sample())
    if (this.#series !== undefined || this.traffic.isSampled) kernel.schedule(kernel.now, this.#sampleKind)
    state.log.listen(this, [
      { source: Source.Pods, fields: ANY_CHANGE },
      { source: Source.Nodes, fields: ANY_CHANGE },
      ...(this.#objects.length > 0 ? [{ source: Source.Objects, fields: ANY_CHANGE }] : []),
    ])
  }

  /** Records of other objects; without any their writes cost one branch. */
  #objectRecords({ records, sink, calendar = NO_CALENDAR }: RecorderOptions): readonly ObjectRecord[] {
    const makers: readonly (readonly [RecordName, (out: RecordSink | undefined) => ObjectRecord])[] = [
      ['workloads', out => new WorkloadsRecord(out)],
      ['rollouts', out => new RolloutsRecord(this.state, out)],
      ['jobs', out => new JobsRecord(out)],
      ['cronjobs', out => new CronJobsRecord(calendar, out)],
    ]
    return makers.filter(([name]) => records.includes(name)).map(([name, make]) => make(sink?.(name)))
  }

  /** Whether events are recorded: ask before building a message. */
  get eventsOn(): boolean {
    return this.#events !== undefined
  }

  /** The scheduler takes a pod up: one scheduling cycle. */
  schedulingAttempt(pod: PodId): void {
    this.#accounts.attempts++
    this.#accounts.podLedger.attempts[pod]++
  }

  /** Scheduling cycles of the pod so far. */
  attemptsOf(pod: PodId): number {
    return this.#accounts.podLedger.attempts[pod]
  }

  /** A Kubernetes event about a pod. */
  podEvent(pod: PodId, type: EventType, reason: string, source: string, message: string): void {
    if (this.#events === undefined) return
    const { pods, namespaces } = this.state
    const namespace = namespaces.get(pods.namespace[pod] as NamespaceId)
    this.event({ kind: 'Pod', namespace, name: pods.name[pod] ?? '' }, type, reason, source, message)
  }

  /** A Kubernetes event about a node. */
  nodeEvent(node: NodeId, type: EventType, reason: string, source: string, message: string): void {
    if (this.#events === undefined) return
    const name = this.state.nodes.name[node] ?? ''
    this.event({ kind: 'Node', namespace: '', name }, type, reason, source, message)
  }

  /** A Kubernetes event about any other object of the store. */
  objectEvent(id: ObjectId, type: EventType, reason: string, source: string, message: string): void {
    if (this.#events === undefined) return
    const { kind, meta } = this.state.objects.get(id)
    this.event({ kind, namespace: meta.namespace, name: meta.name }, type, reason, source, message)
  }

  event(subject: EventSubject, type: EventType, reason: string, source: string, message: string): void {
    this.#events?.write(this.#kernel.now, { type, reason, subject, source, message })
  }

  /** A node autoscaler did something. */
  nodesScaled(action: AutoscalerAction): void {
    this.scaling.autoscaled(action, this.#kernel.now)
  }

  /** An event that the API server accepted: the recorder is a sink of the components' event writers. */
  recorded(event: ObservedEvent, at: SimTime): void {
    this.#events?.write(at, event)
  }

  /** A container was killed for want of memory. */
  killedForMemory(): void {
    this.#accounts.memoryKills++
  }

  /** What became of an operation of the timeline. */
  operated(outcome: ObservedOperation, at: SimTime): void {
    if (outcome.type === 'REJECTED') this.#accounts.rejections++
    this.#operations?.write(at, outcome)
  }

  /** A failure begins for these nodes, or is over for them. */
  struck(failure: string, nodes: readonly NodeId[]): void {
    this.disruptions.struck(failure, nodes)
  }

  mended(failure: string, nodes: readonly NodeId[]): void {
    this.disruptions.mended(failure, nodes)
  }

  /** A failure that is over, or still under way when the run ends. */
  failure(observed: ObservedFailure): void {
    const { from, to } = observed
    const accounts = this.#accounts
    accounts.failures++
    if (to !== NEVER) {
      accounts.mended++
      accounts.mendedTime += to - from
    }
    this.#failures?.write(observed)
  }

  /**
   * Writes what is left at the end of the run and closes the records. `end` is the limit of the run or, without
   * one, the time of the last event that is not of rank Measure.
   */
  finish(end: SimTime): { readonly summary: RunSummary; readonly records: readonly RecordTable[] } {
    invariant(!this.#finished, 'a recorder finishes once')
    this.#finished = true
    const accounts = this.#accounts
    accounts.statistics.advance(end)
    if (this.#series !== undefined && this.#sampled < end) {
      this.#series.write(end, accounts, this.queues)
    }
    this.#finishPods()
    this.gpuArrivals?.finish()
    for (const record of this.#objects) record.finish(end)
    this.#finishNodes(end)
    this.scaling.costs.finish(end)
    const traffic = this.traffic.finish(end)
    const records: RecordTable[] = []
    const kept = [this.#pods, this.#nodes, this.#series, this.#events, this.#failures]
    const { blockers, ...disrupted } = this.disruptions.finish(end)
    const { attempts, scores } = this.explanations ?? {}
    for (const table of [
      ...kept.map(record => record?.table),
      ...disrupted.tables,
      attempts,
      scores,
      this.gpuArrivals?.table,
      ...this.#objects.map(record => record.table),
      this.#operations?.table,
      ...this.scaling.tables,
      ...traffic.tables,
    ]) {
      if (table === undefined) continue
      table.close()
      records.push(table)
    }
    // A run without requests has nothing to say about them.
    const wasAsked = Object.values(traffic.figures).some(value => !Number.isNaN(value))
    const others = { ...disrupted.figures, ...(wasAsked ? traffic.figures : {}) }
    const summary = summarise(accounts, this.#kernel.digestLog().events, end, others)
    return { summary: { ...summary, values: { ...summary.values, ...traffic.figures }, blockers }, records }
  }

  /** Where an autoscaler's looks at its target are told. */
  accountOf(namespace: string, name: string): AutoscalerAccount {
    return this.traffic.autoscalers.of(namespace, name)
  }

  // The change log's side: the recorder reads at once, so it never keeps a row from being reused.

  get cursor(): number {
    return this.state.log.end
  }

  appended(source: Source, row: number, fields: number, at: SimTime): void {
    if (source === Source.Objects) {
      this.#objectChanged(row as ObjectId, fields, at)
      return
    }
    const accounts = this.#accounts
    accounts.statistics.advance(at)
    const removed = (fields & Change.Deleted) !== 0
    if (source === Source.Pods) {
      const pod = row as PodId
      if (!removed) accounts.podChanged(pod, fields, at)
      else {
        const outcome = accounts.podRemoved(pod, at)
        this.#pods?.write(pod, outcome, at)
      }
      return
    }
    const node = row as NodeId
    if (!removed) {
      accounts.nodeChanged(node, fields, at)
      if ((fields & Change.Added) !== 0) this.scaling.nodeAdded(node, at)
    } else {
      accounts.nodeRemoved(node, at)
      this.scaling.nodeRemoved(node, at)
      this.#nodes?.write(node, at)
    }
  }

  #objectChanged(id: ObjectId, fields: number, at: SimTime): void {
    const object = this.state.objects.get(id)
    for (const record of this.#objects) record.objectChanged(object, fields, at)
  }

  /** One row on the grid; the next one only while something else is still to happen. */
  #sample(): void {
    const kernel = this.#kernel
    if (kernel.pending === 0 && kernel.now > 0) return
    this.#sampled = kernel.now
    this.#accounts.statistics.advance(kernel.now)
    this.#series?.write(kernel.now, this.#accounts, this.queues)
    if (this.traffic.isSampled) this.traffic.sample(kernel.now)
    kernel.schedule(kernel.now + this.#interval, this.#sampleKind)
  }

  /** Pods left in the store, oldest first. */
  #finishPods(): void {
    const { pods } = this.state
    const left: PodId[] = []
    for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) left.push(row as PodId)
    left.sort((a, b) => pods.uid[a] - pods.uid[b])
    for (const pod of left) {
      const outcome = this.#accounts.podEnds(pod, false)
      this.#pods?.write(pod, outcome, NEVER)
    }
  }

  #finishNodes(end: SimTime): void {
    const { nodes } = this.state
    const left: NodeId[] = []
    for (let row = 0; row < nodes.highWater; row++) if (nodes.exists(row as NodeId)) left.push(row as NodeId)
    left.sort((a, b) => nodes.uid[a] - nodes.uid[b])
    for (const node of left) {
      this.#accounts.nodeLedger.advance(node, end)
      this.#nodes?.write(node, NEVER)
      this.scaling.nodeStays(node, end)
    }
  }
}
