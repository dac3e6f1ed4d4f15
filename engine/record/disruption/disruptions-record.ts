/**
 * The record `disruptions`: one row for every pod that was taken away before its time, why, and when its workload had
 * a ready pod in its place. A pod counts as replaced by the first pod of its workload that was created after it was
 * disrupted and becomes ready; the one lost first is replaced first.
 * Upstream: the DisruptionTarget condition, whose reason says who asked.
 * Simplified: deletions that a user or a rollout asks for have no such condition and are not in the list.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type NamespaceId, NONE, type PodId, type ReasonId } from '../../state/ids.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'
import type { WorkloadName, WorkloadsOfPods } from './workload-of.js'

export const DISRUPTIONS_RECORD = defineRecord({
  name: 'disruptions',
  about: 'One row a pod that was taken away before its time.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When its end was decided.' },
    { name: 'namespace', type: 'text', about: 'Namespace of the pod.' },
    { name: 'pod', type: 'name', about: 'Pod.' },
    {
      name: 'workload',
      type: 'text',
      about: 'Kind and name of the workload it belonged to; empty for a bare pod.',
    },
    { name: 'node', type: 'name', about: 'Node it was on.' },
    { name: 'reason', type: 'text', about: 'Reason of its DisruptionTarget condition.' },
    { name: 'voluntary', type: 'flag', about: '1 when somebody asked for it through the eviction API.' },
    {
      name: 'cause',
      type: 'text',
      about: 'Failures that held its node at the time, first to last; empty: none.',
    },
    { name: 'was_ready', type: 'flag', about: '1 when it was ready until then.' },
    { name: 'gone_s', type: 'time', about: 'When its object had gone; empty: not before the end.' },
    {
      name: 'replaced_s',
      type: 'time',
      about: 'When another pod was ready in its place; empty: not before the end.',
    },
    { name: 'to_replacement_s', type: 'time', about: 'From the decision to the replacement being ready.' },
  ],
})

const C = columnIndex(DISRUPTIONS_RECORD)
const BY_EVICTION_API = 'EvictionByEvictionAPI'

interface Disruption {
  readonly at: SimTime
  readonly uid: number
  readonly namespace: string
  readonly pod: string
  readonly workload: WorkloadName | undefined
  readonly node: string
  readonly reason: string
  readonly cause: string
  readonly wasReady: boolean
  goneAt: SimTime
  replacedAt: SimTime
}

export class DisruptionsRecord {
  readonly table: RecordTable<(typeof DISRUPTIONS_RECORD)['columns'][number]['name']>
  readonly #state: ClusterState
  readonly #workloads: WorkloadsOfPods
  readonly #all: Disruption[] = []
  readonly #open = new Map<number, Disruption>()
  /** By workload: those nothing has replaced yet, in order. */
  readonly #waiting = new Map<number, Disruption[]>()
  /** Pods that have replaced one already, by UID. */
  readonly #replacements = new Set<number>()

  constructor(state: ClusterState, workloads: WorkloadsOfPods, sink: RecordSink | undefined) {
    this.#state = state
    this.#workloads = workloads
    this.table = new RecordTable(DISRUPTIONS_RECORD, sink)
  }

  /** The DisruptionTarget condition of the pod has changed. @param cause failures that hold its node */
  disrupted(pod: PodId, at: SimTime, cause: readonly string[]): void {
    const { pods, nodes, namespaces, reasons } = this.#state
    const uid = pods.uid[pod]
    if (pods.disruption[pod] === NONE || this.#open.has(uid)) return
    const node = pods.nodeOf(pod)
    const workload = this.#workloads.of(pod)
    const disruption: Disruption = {
      at,
      uid,
      namespace: namespaces.get(pods.namespace[pod] as NamespaceId),
      pod: pods.name[pod] as string,
      workload,
      node: node === NONE ? '' : (nodes.name[node] ?? ''),
      reason: reasons.get(pods.disruption[pod] as ReasonId),
      cause: cause.join(' > '),
      wasReady: pods.ready[pod] === 1,
      goneAt: NEVER,
      replacedAt: NEVER,
    }
    this.#all.push(disruption)
    this.#open.set(uid, disruption)
    if (workload === undefined) return
    const waiting = this.#waiting.get(workload.uid)
    if (waiting === undefined) this.#waiting.set(workload.uid, [disruption])
    else waiting.push(disruption)
  }

  /** The pod has become ready. */
  ready(pod: PodId, at: SimTime): void {
    if (this.#waiting.size === 0) return
    const { pods } = this.#state
    const workload = this.#workloads.of(pod)
    if (workload === undefined) return
    const waiting = this.#waiting.get(workload.uid)
    const [first] = waiting ?? []
    const uid = pods.uid[pod]
    if (waiting === undefined || first === undefined || pods.createdAt[pod] < first.at) return
    if (this.#replacements.has(uid) || this.#open.has(uid)) return
    this.#replacements.add(uid)
    first.replacedAt = at
    waiting.shift()
    if (waiting.length === 0) this.#waiting.delete(workload.uid)
  }

  gone(uid: number, at: SimTime): void {
    const disruption = this.#open.get(uid)
    if (disruption !== undefined) disruption.goneAt = at
  }

  /** Writes all rows in order of their time; answers metrics of the run. */
  finish(): Readonly<Record<string, number>> {
    let involuntary = 0
    let longest = 0
    for (const disruption of this.#all) {
      this.#write(disruption)
      const { reason, at, replacedAt } = disruption
      if (reason !== BY_EVICTION_API) involuntary++
      if (replacedAt !== NEVER) longest = Math.max(longest, replacedAt - at)
    }
    return {
      pods_disrupted: this.#all.length,
      pods_disrupted_involuntarily: involuntary,
      replacement_longest_s: longest / SECOND,
    }
  }

  #write({ at, workload, replacedAt, ...rest }: Disruption): void {
    const { table } = this
    table.add()
    table.set(C.time_s, at)
    table.setText(C.namespace, rest.namespace)
    table.setText(C.pod, rest.pod)
    table.setText(C.workload, workload === undefined ? '' : `${workload.kind}/${workload.name}`)
    table.setText(C.node, rest.node)
    table.setText(C.reason, rest.reason)
    table.set(C.voluntary, rest.reason === BY_EVICTION_API ? 1 : 0)
    table.setText(C.cause, rest.cause)
    table.set(C.was_ready, rest.wasReady ? 1 : 0)
    table.set(C.gone_s, rest.goneAt)
    table.set(C.replaced_s, replacedAt)
    table.set(C.to_replacement_s, replacedAt === NEVER ? NEVER : replacedAt - at)
  }
}
