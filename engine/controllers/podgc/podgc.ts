/**
 * Pod garbage collection: every 20 s removes finished pods beyond a number, pods of nodes that have been gone for 40 s,
 * terminating pods of nodes out of service, and terminating pods that were never bound. Passes with nothing to look at
 * are not made.
 *
 * Upstream: pkg/controller/podgc/gc_controller.go (1.36).
 * Simplified: nothing known.
 */
import type { EventKind } from '../../kernel/kernel.js'
import { Streams } from '../../kernel/rng.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import {
  CONTROLLER_WORKERS,
  POD_GC_PERIOD,
  POD_GC_QUARANTINE,
  TERMINATED_POD_THRESHOLD,
} from '../../model/defaults.js'
import { byCodeUnits } from '../../model/resource-list.js'
import { Change, Source } from '../../state/change-log.js'
import { NONE, type NodeId, Phase, type PodId, Status, type TaintSetId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  defineController,
  type ReconcileResult,
  type Reconciler,
} from '../controller.js'

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'
const BY_POD_GC = 'DeletionByPodGC'
const EVICTED = 'Evicted'
/** A pass looks at everything: there is nothing to tell keys apart by. */
const ONLY_KEY = 0

const POD_GC_ARGS = {
  terminatedPodThreshold: TERMINATED_POD_THRESHOLD,
  /** When it passes first: at a time drawn from the seed, or one period after its start. */
  phase: 'random' as 'random' | 'zero',
}
type PodGcArgs = typeof POD_GC_ARGS

class PodGcReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #threshold: number
  readonly #phase: PodGcArgs['phase']
  readonly #pass: EventKind
  #startedAt: SimTime = 0
  #isScheduled = false
  /** Names of nodes found missing, and when they may be believed gone. */
  readonly #quarantine = new Map<string, SimTime>()

  constructor(context: ControllerContext, { terminatedPodThreshold, phase }: PodGcArgs) {
    this.#context = context
    this.#threshold = terminatedPodThreshold
    this.#phase = phase
    this.#pass = context.on('pass', () => context.queue.add(ONLY_KEY))
  }

  /** A controller of the first life has been running for ever; one of a later life begins at once. */
  start(now: SimTime): void {
    const { seed } = this.#context.kernel
    const isEarlier = now === 0 && this.#phase === 'random'
    const draw = isEarlier ? new Streams(seed).keyed('pod-gc').at(0) : 0
    this.#startedAt = now - Math.floor(draw * POD_GC_PERIOD)
    this.#wake()
  }

  reconcile(): ReconcileResult {
    this.#isScheduled = false
    const pods = this.#seenPods()
    this.#collectFinished(pods)
    this.#collectOutOfService(pods)
    this.#collectOrphans(pods)
    this.#collectUnscheduled(pods)
    return DONE
  }

  changed(source: Source, row: number, fields: number): void {
    const { pods, nodes } = this.#context.state
    if (source === Source.Nodes) {
      if ((fields & Change.Deleted) !== 0 ? nodes.podCount[row] > 0 : this.#isOutOfService(row as NodeId)) {
        this.#wake()
      }
      return
    }
    const pod = row as PodId
    if (pods.isFinished(pod)) {
      // One that is being deleted goes without a pass.
      if (pods.size > this.#threshold && !pods.isTerminating(pod)) this.#wake()
    } else if (this.#nodeNameOf(pod) === '') {
      if (pods.isTerminating(pod)) this.#wake()
    } else if (
      !this.#nodeExists(pod) ||
      (pods.isTerminating(pod) && this.#isOutOfService(pods.nodeOf(pod)))
    ) {
      this.#wake()
    }
  }

  /** The next pass of the grid that began with the controller. */
  #wake(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const { kernel } = this.#context
    const passes = Math.floor((kernel.now - this.#startedAt) / POD_GC_PERIOD) + 1
    kernel.schedule(this.#startedAt + passes * POD_GC_PERIOD, this.#pass, 0)
  }

  #seenPods(): PodId[] {
    const { state, informer } = this.#context
    const seen: PodId[] = []
    for (let row = 0; row < state.pods.highWater; row++) {
      const isSeen = state.pods.exists(row as PodId) && informer.sees(state.pods.createdSequence[row], 0)
      if (isSeen) seen.push(row as PodId)
    }
    return seen
  }

  /** Evicted pods first, then the oldest. */
  #collectFinished(pods: readonly PodId[]): void {
    if (this.#threshold <= 0) return
    const { state } = this.#context
    const finished = pods.filter(pod => state.pods.isFinished(pod))
    const surplus = finished.length - this.#threshold
    if (surplus <= 0) return
    const evicted = state.reasonId(EVICTED)
    const rank = (pod: PodId): number => (state.pods.reason[pod] === evicted ? 0 : 1)
    finished.sort((a, b) => rank(a) - rank(b) || this.#byAge(a, b))
    for (const pod of finished.slice(0, surplus)) this.#remove(pod, false)
  }

  #collectOutOfService(pods: readonly PodId[]): void {
    const { state } = this.#context
    const stuck = pods.filter(
      pod =>
        state.pods.exists(pod) &&
        state.pods.isTerminating(pod) &&
        this.#isOutOfService(state.pods.nodeOf(pod)),
    )
    for (const pod of stuck.sort((a, b) => this.#byAge(a, b))) this.#remove(pod, false)
    if (stuck.some(pod => this.#isWaitingForMore(pod))) this.#wake()
  }

  #collectOrphans(pods: readonly PodId[]): void {
    const { state, kernel } = this.#context
    const orphans = pods.filter(pod => state.pods.exists(pod) && !this.#nodeExists(pod))
    for (const pod of orphans) {
      const name = this.#nodeNameOf(pod)
      if (!this.#quarantine.has(name)) this.#quarantine.set(name, kernel.now + POD_GC_QUARANTINE)
    }
    const gone = new Set<string>()
    for (const [name, until] of this.#quarantine) {
      if (until > kernel.now) continue
      this.#quarantine.delete(name)
      if (state.nodes.find(name) === undefined) gone.add(name)
    }
    for (const pod of orphans) if (gone.has(this.#nodeNameOf(pod))) this.#remove(pod, true)
    if (this.#quarantine.size > 0 || orphans.some(pod => this.#isWaitingForMore(pod))) this.#wake()
  }

  #collectUnscheduled(pods: readonly PodId[]): void {
    const { state } = this.#context
    for (const pod of pods) {
      const isUnscheduled = state.pods.exists(pod) && this.#nodeNameOf(pod) === ''
      if (isUnscheduled && state.pods.isTerminating(pod)) this.#remove(pod, false)
    }
  }

  /** Marks the pod as failed, for nobody else will, and removes it without grace. */
  #remove(pod: PodId, isOrphan: boolean): void {
    const { state, api } = this.#context
    const { pods } = state
    if (!pods.isFinished(pod)) {
      this.#context.charge()
      if (isOrphan) api.pods.patchDisruption(pod, state.reasonId(BY_POD_GC))
      api.pods.patchPhase(pod, Phase.Failed, pods.ready[pod] === 1)
    }
    // A finalizer holds a pod whose grace is over already: asking again would change nothing.
    if (pods.deletionAt[pod] !== NEVER && pods.gracePeriodSeconds[pod] === 0) {
      if (api.pods.finalizers(pod).length > 0) return
    }
    this.#context.charge()
    api.pods.delete(pod, pods.uid[pod], 0)
  }

  /** Still there after its removal was asked for, and not held by a finalizer. */
  #isWaitingForMore(pod: PodId): boolean {
    const { pods } = this.#context.state
    return pods.exists(pod) && pods.deletionAt[pod] === NEVER
  }

  #byAge(a: PodId, b: PodId): number {
    const { createdAt, name } = this.#context.state.pods
    return createdAt[a] - createdAt[b] || byCodeUnits(name[a] as string, name[b] as string)
  }

  /** The node in the spec, which need not exist; empty for a pod that has none. */
  #nodeNameOf(pod: PodId): string {
    const { state } = this.#context
    const node = state.pods.nodeOf(pod)
    if (node !== NONE) return state.nodes.name[node] as string
    return state.templates.get(state.pods.templateOf(pod)).spec.nodeName ?? ''
  }

  #nodeExists(pod: PodId): boolean {
    const name = this.#nodeNameOf(pod)
    return name === '' || this.#context.state.nodes.find(name) !== undefined
  }

  #isOutOfService(node: NodeId): boolean {
    const { nodes, taintSets } = this.#context.state
    if (node === NONE || !nodes.exists(node) || nodes.ready[node] === Status.True) return false
    return taintSets.get(nodes.taints[node] as TaintSetId).some(({ key }) => key === OUT_OF_SERVICE)
  }
}

const { Added, Deleted, Deleting, Phase: PhaseChanged, Taints, NodeReady } = Change

export const podgc = defineController({
  name: 'podgc',
  source: 'podgc-controller',
  args: POD_GC_ARGS,
  workers: CONTROLLER_WORKERS.podgc,
  watches: [
    { source: Source.Pods, fields: Added | Deleting | PhaseChanged },
    { source: Source.Nodes, fields: Deleted | Taints | NodeReady },
  ],
  create: (context, args) => new PodGcReconciler(context, args),
})
