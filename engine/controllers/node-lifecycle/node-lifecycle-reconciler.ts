/**
 * The node lifecycle controller: the monitor's loop, the tainter's loop, and a queue of nodes whose conditions or
 * cordon changed, whose NoSchedule taints are then set.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go (1.36).
 * Simplified: the older pair of operating-system and architecture labels is not filled in.
 */
import { type KeyedDraws, Streams } from '../../kernel/rng.js'
import type { SimTime } from '../../kernel/time.js'
import { NO_EXECUTE_PASS_PERIOD } from '../../model/defaults.js'
import { Change, type Source } from '../../state/change-log.js'
import type { NodeId } from '../../state/ids.js'
import { type ControllerContext, DONE, type ReconcileResult, type Reconciler } from '../controller.js'
import { PassGrid } from '../pass-grid.js'
import { NoExecuteTainter } from './no-execute-tainter.js'
import type { NodeLifecycleArgs } from './node-lifecycle-args.js'
import { NodeMonitor } from './node-monitor.js'
import { needsConditionTaints, syncConditionTaints } from './node-taints.js'
import type { ZoneState } from './zone-states.js'

/** What a node's NoSchedule taints are made of, and what they are. */
const TAINTING = Change.Added | Change.NodeReady | Change.Pressure | Change.Unschedulable | Change.Taints

export class NodeLifecycleReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #args: NodeLifecycleArgs
  readonly #grid: PassGrid
  readonly #monitor: NodeMonitor
  readonly #draws: KeyedDraws

  constructor(context: ControllerContext, args: NodeLifecycleArgs) {
    this.#context = context
    this.#args = args
    const { seed, now } = context.kernel
    this.#draws = new Streams(seed).keyed('node-lifecycle')
    const isFirstLife = now === 0
    const step = args.nodeMonitorPeriod + args.nodeMonitorPassTime
    // A loop of the first life has been running for ever; one of a later life begins at once.
    const first = (period: SimTime, draw: number): SimTime =>
      isFirstLife && args.phase === 'random' ? -Math.floor(this.#draws.at(draw) * period) : now
    this.#grid = new PassGrid(first(step, 0), step)
    const order = (a: NodeId, b: NodeId): number => this.#compare(a, b)
    // Should both loops pass at the same time, the monitor's pass is the first.
    const taintingAt = first(NO_EXECUTE_PASS_PERIOD, 1) + 1
    const tainter = new NoExecuteTainter(context, args.nodeEvictionRate, taintingAt, order)
    this.#monitor = new NodeMonitor({ context, args, grid: this.#grid, tainter, order, isFirstLife })
  }

  /** The state of each zone by its key. */
  get zones(): ReadonlyMap<string, ZoneState> {
    return this.#monitor.zones.byZone
  }

  changed(_: Source, row: number, fields: number, now: SimTime): void {
    this.#monitor.nodeChanged(row as NodeId, fields, now)
    if ((fields & Change.Deleted) !== 0 || (fields & TAINTING) === 0) return
    // Looking at a node whose taints are right would do nothing.
    if (needsConditionTaints(this.#context.state, row as NodeId)) this.#context.queue.add(row)
  }

  reconcile(key: number): ReconcileResult {
    const { api, state } = this.#context
    const node = key as NodeId
    if (state.nodes.exists(node)) this.#context.charge(syncConditionTaints(api, node))
    return DONE
  }

  /** Among nodes of one pass: by name, or at random as of the latest pass. */
  #compare(a: NodeId, b: NodeId): number {
    const { name, uid } = this.#context.state.nodes
    if (this.#args.nodeOrder === 'random') {
      const pass = this.#grid.passBefore(this.#context.kernel.now)
      const difference = this.#draws.at(uid[a], pass) - this.#draws.at(uid[b], pass)
      if (difference !== 0) return difference
    }
    return (name[a] as string) < (name[b] as string) ? -1 : 1
  }
}
