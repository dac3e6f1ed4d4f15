/**
 * The record `availability`: one row a workload at the end of the run. Shares are weighted by time and begin when the
 * workload was whole for the first time, so that its start does not count against it.
 * Upstream: ready replicas as ReplicaSets count them (pkg/controller/replicaset/replica_set_utils.go, 1.36): ready and
 * not being deleted; budgets as the disruption controller's status has them.
 * Simplified: Jobs and bare pods have no availability.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { compileSelector, type LabelSelector, type Labels } from '../../model/labels.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, ObjectId, PodId } from '../../state/ids.js'
import type { AttachedColumn } from '../../state/table.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'
import type { WorkloadName, WorkloadsOfPods } from './workload-of.js'

export const AVAILABILITY_RECORD = defineRecord({
  name: 'availability',
  about: 'One row a workload: how much of it was ready, over time.',
  columns: [
    { name: 'kind', type: 'text', about: 'Kind of the workload.' },
    { name: 'namespace', type: 'text', about: 'Namespace.' },
    { name: 'name', type: 'name', about: 'Name.' },
    {
      name: 'whole_s',
      type: 'time',
      about: 'When all its pods were ready for the first time; empty: never.',
    },
    { name: 'observed_s', type: 'time', about: 'Time observed since then.' },
    { name: 'ready_share', type: 'number', about: 'Time-weighted ready pods over wanted ones, at most 1.' },
    { name: 'short_s', type: 'time', about: 'Time with fewer ready pods than wanted.' },
    { name: 'longest_short_s', type: 'time', about: 'Longest such time at a stretch.' },
    { name: 'down_s', type: 'time', about: 'Time with no ready pod at all.' },
    { name: 'longest_down_s', type: 'time', about: 'Longest outage: such a time at a stretch.' },
    { name: 'least_ready', type: 'integer', about: 'Fewest ready pods.' },
    {
      name: 'most_lost_at_once',
      type: 'integer',
      about: 'Most pods that stopped being ready at one instant.',
    },
    { name: 'budget', type: 'text', about: 'Disruption budget of its pods; empty: none.' },
    { name: 'below_budget_s', type: 'time', about: 'Time with fewer healthy pods than that budget wants.' },
  ],
})

const C = columnIndex(AVAILABILITY_RECORD)

/** Time at a stretch and in all in which something held. */
class Stretch {
  total: SimTime = 0
  longest: SimTime = 0
  #since: SimTime = NEVER

  set(holds: boolean, at: SimTime): void {
    if (holds === (this.#since !== NEVER)) return
    if (holds) this.#since = at
    else {
      this.total += at - this.#since
      this.longest = Math.max(this.longest, at - this.#since)
      this.#since = NEVER
    }
  }
}

interface Workload {
  readonly name: WorkloadName
  labels: Labels
  wanted: number
  ready: number
  wholeAt: SimTime
  /** Integral of min(ready, wanted) / wanted since it was whole, up to `seenAt`. */
  share: number
  seenAt: SimTime
  readonly short: Stretch
  readonly down: Stretch
  leastReady: number
  lostAt: SimTime
  lost: number
  mostLost: number
}

interface Budget {
  readonly name: string
  readonly namespace: string
  selector: LabelSelector | undefined
  readonly below: Stretch
  /** Whether it ever had what it wants: before, its pods are only starting. */
  wasMet: boolean
}

export class AvailabilityRecord {
  readonly table: RecordTable<(typeof AVAILABILITY_RECORD)['columns'][number]['name']>
  readonly #state: ClusterState
  readonly #workloadOf: WorkloadsOfPods
  readonly #workloads = new Map<number, Workload>()
  readonly #budgets = new Map<number, Budget>()
  /** 1: the pod counts among the ready ones of its workload. */
  readonly #counted: AttachedColumn<Uint8Array>

  constructor(state: ClusterState, workloadOf: WorkloadsOfPods, sink: RecordSink | undefined) {
    this.#state = state
    this.#workloadOf = workloadOf
    this.#counted = state.pods.attach(Uint8Array, 0)
    this.table = new RecordTable(AVAILABILITY_RECORD, sink)
  }

  podChanged(pod: PodId, at: SimTime, isRemoved: boolean): void {
    const { pods, labelSets } = this.#state
    const isReady = !isRemoved && pods.ready[pod] === 1 && !pods.isTerminating(pod) && !pods.isFinished(pod)
    const counted = this.#counted.values
    if (isReady === (counted[pod] === 1)) return
    counted[pod] = isReady ? 1 : 0
    const name = this.#workloadOf.of(pod)
    if (name === undefined || name.kind === 'Job' || name.kind === 'CronJob') return
    const workload = this.#workload(name)
    workload.labels = labelSets.get(pods.labels[pod] as LabelSetId)
    this.#advance(workload, at)
    workload.ready += isReady ? 1 : -1
    if (!isReady) noteLoss(workload, at)
    this.#judge(workload, at)
  }

  objectChanged(id: ObjectId, at: SimTime): void {
    const { objects } = this.#state
    if (!objects.exists(id)) return
    const { kind, meta, spec, status } = objects.get(id)
    if (kind === 'PodDisruptionBudget') {
      this.#budgetChanged(meta, spec, status, at)
      return
    }
    const workload = this.#workloads.get(meta.uid)
    if (workload === undefined) return
    const wanted = wantedOf(kind, spec, status)
    if (wanted === workload.wanted) return
    this.#advance(workload, at)
    workload.wanted = wanted
    this.#judge(workload, at)
  }

  /** Writes all rows; answers the worst of each figure, as metrics of the run. */
  finish(end: SimTime): Readonly<Record<string, number>> {
    const worst = { share: Number.NaN, short: 0, down: 0, below: 0, lost: 0 }
    for (const { below } of this.#budgets.values()) {
      below.set(false, end)
      worst.below = Math.max(worst.below, below.longest)
    }
    for (const workload of this.#workloads.values()) {
      this.#advance(workload, end)
      workload.short.set(false, end)
      workload.down.set(false, end)
      this.#write(workload, end)
      if (workload.wholeAt === NEVER || workload.wholeAt === end) continue
      const share = workload.share / (end - workload.wholeAt)
      worst.share = Number.isNaN(worst.share) ? share : Math.min(worst.share, share)
      worst.short = Math.max(worst.short, workload.short.longest)
      worst.down = Math.max(worst.down, workload.down.longest)
      worst.lost = Math.max(worst.lost, workload.mostLost)
    }
    return {
      availability_least_share: worst.share,
      short_longest_s: worst.short / SECOND,
      down_longest_s: worst.down / SECOND,
      below_budget_longest_s: worst.below / SECOND,
      lost_at_once_most: worst.lost,
    }
  }

  #workload(name: WorkloadName): Workload {
    let workload = this.#workloads.get(name.uid)
    if (workload === undefined) {
      const { objects } = this.#state
      const { kind, spec, status } = objects.get(name.id)
      workload = {
        name,
        labels: {},
        wanted: wantedOf(kind, spec, status),
        ready: 0,
        wholeAt: NEVER,
        share: 0,
        seenAt: NEVER,
        short: new Stretch(),
        down: new Stretch(),
        leastReady: Infinity,
        lostAt: NEVER,
        lost: 0,
        mostLost: 0,
      }
      this.#workloads.set(name.uid, workload)
    }
    return workload
  }

  #advance(workload: Workload, at: SimTime): void {
    const { wholeAt, seenAt, ready, wanted } = workload
    if (wholeAt === NEVER) return
    workload.share += (at - seenAt) * (wanted === 0 ? 1 : Math.min(ready, wanted) / wanted)
    workload.seenAt = at
  }

  #judge(workload: Workload, at: SimTime): void {
    const { ready, wanted } = workload
    if (workload.wholeAt === NEVER) {
      if (ready < wanted || wanted === 0) return
      workload.wholeAt = at
      workload.seenAt = at
    }
    workload.leastReady = Math.min(workload.leastReady, ready)
    workload.short.set(ready < wanted, at)
    workload.down.set(ready === 0 && wanted > 0, at)
  }

  #budgetChanged(
    { uid, name, namespace }: { readonly uid: number; readonly name: string; readonly namespace: string },
    spec: unknown,
    status: unknown,
    at: SimTime,
  ): void {
    let budget = this.#budgets.get(uid)
    if (budget === undefined) {
      budget = { name, namespace, selector: undefined, below: new Stretch(), wasMet: false }
      this.#budgets.set(uid, budget)
    }
    budget.selector = (spec as { selector?: LabelSelector }).selector
    const { currentHealthy = 0, desiredHealthy = 0 } = status as Partial<Record<string, number>>
    const isMet = currentHealthy >= desiredHealthy && desiredHealthy > 0
    budget.wasMet ||= isMet
    budget.below.set(budget.wasMet && !isMet, at)
  }

  #write(workload: Workload, end: SimTime): void {
    const { name, wholeAt, short, down, leastReady } = workload
    const { table } = this
    const observed = wholeAt === NEVER ? 0 : end - wholeAt
    const budget = this.#budgetOf(workload)
    table.add()
    table.setText(C.kind, name.kind)
    table.setText(C.namespace, name.namespace)
    table.setText(C.name, name.name)
    table.set(C.whole_s, wholeAt)
    table.set(C.observed_s, observed)
    table.set(C.ready_share, observed === 0 ? Number.NaN : workload.share / observed)
    table.set(C.short_s, short.total)
    table.set(C.longest_short_s, short.longest)
    table.set(C.down_s, down.total)
    table.set(C.longest_down_s, down.longest)
    table.set(C.least_ready, wholeAt === NEVER ? Number.NaN : leastReady)
    table.set(C.most_lost_at_once, workload.mostLost)
    table.setText(C.budget, budget?.name ?? '')
    table.set(C.below_budget_s, budget?.below.total ?? 0)
  }

  #budgetOf({ name: { namespace }, labels }: Workload): Budget | undefined {
    for (const budget of this.#budgets.values()) {
      if (budget.namespace !== namespace || budget.selector === undefined) continue
      if (compileSelector(budget.selector)?.matches(labels) === true) return budget
    }
    return undefined
  }
}

function noteLoss(workload: Workload, at: SimTime): void {
  if (workload.wholeAt === NEVER) return
  if (workload.lostAt !== at) workload.lost = 0
  workload.lostAt = at
  workload.lost++
  workload.mostLost = Math.max(workload.mostLost, workload.lost)
}

function wantedOf(kind: string, spec: unknown, status: unknown): number {
  if (kind === 'DaemonSet') return (status as { desiredNumberScheduled?: number }).desiredNumberScheduled ?? 0
  return (spec as { replicas?: number } | undefined)?.replicas ?? 0
}
