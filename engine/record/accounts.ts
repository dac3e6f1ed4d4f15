/**
 * Follows every write to pods and nodes and keeps the accounts that records and summary are made of: stages, reason
 * groups, requests held per node and in the whole cluster, waits and outcomes. Works from the state columns alone and
 * writes none of them, so it cannot change a run.
 * Upstream: a pod's requests are counted from its binding until it finishes or is removed, as in the scheduler's
 * NodeInfo (pkg/scheduler/framework/types.go, 1.36).
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../kernel/time.js'
import { Change } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type PodId, type ReasonId, type TemplateId } from '../state/ids.js'
import type { AutoscalerCounts } from './autoscaler-record.js'
import { ClusterStatistics } from './cluster-statistics.js'
import type { CostTotals } from './cost-record.js'
import { RecentMedian } from './fragmentation.js'
import { NodeLedger } from './node-ledger.js'
import { NO_NODE, PodLedger, STAGES, Stage } from './pod-ledger.js'
import { OUTCOMES, type Outcome, outcomeOf } from './pods-record.js'
import { REASON_GROUPS, reasonGroupOf } from './reason-groups.js'
import { Samples } from './samples.js'

export class Accounts {
  readonly state: ClusterState
  readonly resources: readonly string[]
  /** Slot of each resource of the store among the recorded ones; -1 or absent: not recorded. */
  readonly slots: Int32Array
  readonly statistics: ClusterStatistics
  readonly podLedger = new PodLedger()
  readonly nodeLedger: NodeLedger
  readonly stageCounts = new Float64Array(STAGES)
  readonly groupCounts = new Float64Array(REASON_GROUPS.length)
  readonly neverScheduled = new Float64Array(REASON_GROUPS.length)
  readonly outcomes = new Float64Array(OUTCOMES.length)
  readonly waits = new Samples()
  waitSum = 0
  terminating = 0
  created = 0
  nodesCreated = 0
  attempts = 0
  /** Objects that operations of the timeline were refused. */
  rejections = 0
  /** Containers killed for want of memory. */
  memoryKills = 0
  /** What was paid; undefined when nothing has a price. */
  costs: CostTotals | undefined
  /** What a node autoscaler did; undefined when there is none. */
  autoscaler: AutoscalerCounts | undefined
  /** Failures that began, those that were mended, and how long these took together. */
  failures = 0
  mended = 0
  mendedTime: SimTime = 0
  #groupOfReason: number[] = []
  /** One per resource; empty when nobody asks for the reference pod. */
  #medians: readonly RecentMedian[] = []

  constructor(state: ClusterState, resources: readonly string[]) {
    this.state = state
    this.resources = resources
    const columns = resources.map(resource => state.resources.index(resource))
    this.slots = new Int32Array(state.resources.width).fill(-1)
    columns.forEach((column, slot) => {
      this.slots[column] = slot
    })
    this.statistics = new ClusterStatistics(resources.length)
    this.nodeLedger = new NodeLedger(resources.length)
  }

  get scheduled(): number {
    return this.waits.length
  }

  /** Keeps the requests of the recent pods from now on, for {@link reference}. */
  keepReference(): void {
    this.#medians = this.resources.map(() => new RecentMedian())
  }

  /** What the reference pod requests of each recorded resource. */
  reference(): Float64Array {
    return Float64Array.from(this.#medians, ({ median }) => median)
  }

  podChanged(pod: PodId, fields: number, at: SimTime): void {
    const { pods } = this.state
    const ledger = this.podLedger
    if ((fields & Change.Added) !== 0) this.#openPod(pod)
    if ((fields & Change.Bound) !== 0) this.#podBound(pod, (fields & Change.Added) !== 0)
    if ((fields & Change.Ready) !== 0 && pods.ready[pod] === 1 && ledger.firstReadyAt[pod] === NEVER) {
      ledger.firstReadyAt[pod] = at
    }
    if ((fields & Change.Deleting) !== 0 && ledger.terminating[pod] === 0) {
      ledger.terminating[pod] = 1
      this.terminating++
    }
    if ((fields & Change.Spec) !== 0 && ledger.template[pod] !== pods.template[pod]) this.#resized(pod, at)
    this.#moveTo(pod, PodLedger.stageOf(pods, pod), at)
  }

  /** A pod that counts on its node counts for something else. */
  #resized(pod: PodId, at: SimTime): void {
    const { pods } = this.state
    const { template, stage } = this.podLedger
    if (!this.#isCounted(pod)) return
    const isRunning = stage[pod] === Stage.Running
    if (isRunning) this.#run(pod, -1)
    this.#charge(pod, pods.node[pod], -1, at)
    template[pod] = pods.template[pod]
    this.#charge(pod, pods.node[pod], 1, at)
    if (isRunning) this.#run(pod, 1)
  }

  /** Takes a pod off all counts, as it leaves the store; answers how it ended. */
  podRemoved(pod: PodId, at: SimTime): Outcome {
    const ledger = this.podLedger
    const outcome = this.podEnds(pod, true)
    if (ledger.terminating[pod] === 1) this.terminating--
    this.#moveTo(pod, Stage.Gone, at)
    return outcome
  }

  /** Counts the outcome of a pod that is removed, or left at the end. */
  podEnds(pod: PodId, removed: boolean): Outcome {
    const outcome = outcomeOf(this.state, this.podLedger, pod, removed)
    this.outcomes[OUTCOMES.indexOf(outcome)]++
    if (this.state.pods.node[pod] === NONE) this.neverScheduled[this.podLedger.group[pod]]++
    return outcome
  }

  nodeChanged(node: NodeId, fields: number, at: SimTime): void {
    if ((fields & Change.Added) !== 0) {
      this.nodeLedger.open(node, at)
      this.statistics.nodes++
      this.nodesCreated++
    }
    if ((fields & (Change.Added | Change.Allocatable)) !== 0) this.#readAllocatable(node, at)
  }

  /** Takes a node, and what its pods hold there, off all counts. */
  nodeRemoved(node: NodeId, at: SimTime): void {
    const ledger = this.nodeLedger
    const { statistics } = this
    ledger.advance(node, at)
    ledger.alive[node] = 0
    statistics.nodes--
    if (ledger.activePods[node] > 0) statistics.nodesInUse--
    for (let slot = 0; slot < ledger.width; slot++) {
      const cell = node * ledger.width + slot
      statistics.allocatable[slot] -= ledger.allocatable[cell]
      statistics.requested[slot] -= ledger.held[cell]
      statistics.running[slot] -= ledger.heldRunning[cell]
    }
  }

  #openPod(pod: PodId): void {
    this.podLedger.open(pod)
    this.created++
    const medians = this.#medians
    if (medians.length === 0) return
    const { resources, amounts } = this.state.requests.of(this.state.pods.templateOf(pod))
    const asked = new Float64Array(medians.length)
    for (let i = 0; i < resources.length; i++) {
      const slot = this.slots[resources[i]]
      if (slot >= 0) asked[slot] = amounts[i]
    }
    for (let slot = 0; slot < medians.length; slot++) medians[slot].push(asked[slot])
  }

  /** A pod made with its node was never in the scheduler: it waited for nothing and does not count as scheduled. */
  #podBound(pod: PodId, fromTheStart: boolean): void {
    const { pods, nodes } = this.state
    const ledger = this.podLedger
    const node = pods.node[pod]
    ledger.nodeName[pod] = nodes.name[node] ?? ''
    if (!fromTheStart) {
      const wait = pods.scheduledAt[pod] - pods.createdAt[pod]
      this.waits.add(wait)
      this.waitSum += wait
    }
  }

  /** Brings stage, reason group and held requests in line with the pod's columns. */
  #moveTo(pod: PodId, stage: Stage, at: SimTime): void {
    const ledger = this.podLedger
    const before = ledger.stage[pod]
    if (before === Stage.Unscheduled) this.groupCounts[ledger.group[pod]]--
    if (stage === Stage.Unscheduled) {
      const group = this.#groupOf(this.state.pods.unschedulableReason[pod])
      ledger.group[pod] = group
      this.groupCounts[group]++
    }
    if (before === stage) return
    ledger.stage[pod] = stage
    if (before !== Stage.Gone) this.stageCounts[before]--
    if (stage !== Stage.Gone) this.stageCounts[stage]++
    if (stage === Stage.Succeeded || stage === Stage.Failed) {
      ledger.endedItself[pod] = this.state.pods.deletionAt[pod] === NEVER ? 1 : 0
    }
    const held = before === Stage.Starting || before === Stage.Running
    const holds = stage === Stage.Starting || stage === Stage.Running
    if (holds && !held) this.#hold(pod, at)
    if (before === Stage.Running) this.#run(pod, -1)
    if (stage === Stage.Running) this.#run(pod, 1)
    if (held && !holds) this.#release(pod, at)
  }

  #hold(pod: PodId, at: SimTime): void {
    const { pods, nodes } = this.state
    const node = pods.node[pod]
    if (this.nodeLedger.alive[node] !== 1) return
    this.podLedger.countedOn[pod] = nodes.uid[node]
    this.podLedger.template[pod] = pods.template[pod]
    this.#charge(pod, node, 1, at)
    const ledger = this.nodeLedger
    ledger.podsEver[node]++
    const active = ++ledger.activePods[node]
    if (active === 1) this.statistics.nodesInUse++
    if (active > ledger.peakPods[node]) ledger.peakPods[node] = active
  }

  #release(pod: PodId, at: SimTime): void {
    if (!this.#isCounted(pod)) return
    const node = this.state.pods.node[pod]
    this.#charge(pod, node, -1, at)
    if (--this.nodeLedger.activePods[node] === 0) this.statistics.nodesInUse--
    this.podLedger.countedOn[pod] = NO_NODE
  }

  /** Whether the node the pod is counted on is still there. */
  #isCounted(pod: PodId): boolean {
    const { pods, nodes } = this.state
    const node = pods.node[pod]
    const uid = this.podLedger.countedOn[pod]
    return uid !== NO_NODE && nodes.uid[node] === uid && this.nodeLedger.alive[node] === 1
  }

  #charge(pod: PodId, node: number, sign: 1 | -1, at: SimTime): void {
    const ledger = this.nodeLedger
    const { requested } = this.statistics
    const { resources, amounts } = this.state.requests.of(this.podLedger.template[pod] as TemplateId)
    ledger.advance(node, at)
    for (let i = 0; i < resources.length; i++) {
      const slot = this.slots[resources[i]]
      if (!(slot >= 0)) continue
      const amount = sign * amounts[i]
      requested[slot] += amount
      ledger.held[node * ledger.width + slot] += amount
    }
  }

  #run(pod: PodId, sign: 1 | -1): void {
    if (!this.#isCounted(pod)) return
    const ledger = this.nodeLedger
    const { running } = this.statistics
    const row = this.state.pods.node[pod] * ledger.width
    const { resources, amounts } = this.state.requests.of(this.podLedger.template[pod] as TemplateId)
    for (let i = 0; i < resources.length; i++) {
      const slot = this.slots[resources[i]]
      if (!(slot >= 0)) continue
      running[slot] += sign * amounts[i]
      ledger.heldRunning[row + slot] += sign * amounts[i]
    }
  }

  #readAllocatable(node: NodeId, at: SimTime): void {
    const { nodes, resources } = this.state
    const ledger = this.nodeLedger
    ledger.advance(node, at)
    for (let slot = 0; slot < ledger.width; slot++) {
      const amount = nodes.allocatable[node * nodes.resourceWidth + resources.index(this.resources[slot])]
      const cell = node * ledger.width + slot
      this.statistics.allocatable[slot] += amount - ledger.allocatable[cell]
      ledger.allocatable[cell] = amount
    }
  }

  /** A pod without a verdict is in the first group. */
  #groupOf(reason: number): number {
    if (reason === NONE) return 0
    let group = this.#groupOfReason[reason]
    if (group === undefined) {
      group = reasonGroupOf(this.state.reasons.get(reason as ReasonId))
      this.#groupOfReason[reason] = group
    }
    return group
  }
}
