/**
 * Looks at the nodes every five seconds, eight at once, and then judges the zones. Only passes that find a change are
 * events: when the next node can become Unknown is computed.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go monitorNodeHealth, handleDisruption (1.36).
 * Simplified: nodes of time 0 are not announced as registered; pods bound to a node that is not Ready are not marked
 * again, as they have no Ready condition yet.
 */
import type { EventSubject } from '../../apiserver/event-recorder.js'
import { NO_EVENT } from '../../kernel/event-queue.js'
import type { EventKind } from '../../kernel/kernel.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import { NODE_MONITOR_WORKERS } from '../../model/defaults.js'
import { Change } from '../../state/change-log.js'
import { type NodeId, Status } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import type { PassGrid } from '../pass-grid.js'
import { RequestLanes, type Step } from '../request-lanes.js'
import type { NoExecuteTainter } from './no-execute-tainter.js'
import { NodeExaminer } from './node-examiner.js'
import { NodeHealth } from './node-health.js'
import type { NodeLifecycleArgs } from './node-lifecycle-args.js'
import { ZoneCounts, ZoneStates } from './zone-states.js'

export interface NodeMonitorParts {
  readonly context: ControllerContext
  readonly args: NodeLifecycleArgs
  readonly grid: PassGrid
  readonly tainter: NoExecuteTainter
  /** The order in which a pass comes to the nodes. */
  readonly order: (a: NodeId, b: NodeId) => number
  /** The controller's process begins with the cluster: it counts as having run before. */
  readonly isFirstLife: boolean
}

export class NodeMonitor {
  readonly zones: ZoneStates
  readonly #context: ControllerContext
  readonly #parts: NodeMonitorParts
  readonly #lanes: RequestLanes
  readonly #passKind: EventKind
  #pass = NO_EVENT
  readonly #health: NodeHealth
  readonly #counts = new ZoneCounts()
  readonly #examiner: NodeExaminer
  /** Nodes a pass has come to, by what their events say. */
  readonly #known = new Map<NodeId, EventSubject>()
  /** Nodes that changed, and those that went, since the latest pass. */
  #changed = new Set<NodeId>()
  #removed: EventSubject[] = []

  constructor(parts: NodeMonitorParts) {
    const { context, args, grid, tainter } = parts
    this.#context = context
    this.#parts = parts
    this.#lanes = new RequestLanes(context, 'monitor-request')
    this.#passKind = context.on('monitor-pass', () => this.#makePass())
    this.#health = new NodeHealth(context.state, context.clock, grid, args)
    this.#examiner = new NodeExaminer(context, this.#health, this.#counts, tainter)
    this.zones = new ZoneStates(args)
    if (!parts.isFirstLife) this.#health.started(context.kernel.now)
  }

  nodeChanged(node: NodeId, fields: number, now: SimTime): void {
    const { nodes } = this.#context.state
    if ((fields & Change.Deleted) !== 0) this.#nodeRemoved(node)
    else if (nodes.exists(node)) this.#nodeUpdated(node, fields, now)
    this.#plan()
  }

  #nodeUpdated(node: NodeId, fields: number, now: SimTime): void {
    const isPosted = (fields & (Change.NodeReady | Change.Pressure)) !== 0
    if (isPosted && this.#context.state.nodes.ready[node] !== Status.Unknown) this.#health.posted(node, now)
    if ((fields & (Change.Added | Change.Lease | Change.NodeReady | Change.Pressure)) !== 0) {
      this.#health.leaseChanged(node, now, this.#context.informer.latency)
    }
    if ((fields & ~(Change.Lease | Change.Unschedulable)) !== 0) this.#changed.add(node)
  }

  #nodeRemoved(node: NodeId): void {
    const subject = this.#known.get(node)
    if (subject !== undefined) this.#removed.push(subject)
    this.#known.delete(node)
    this.#changed.delete(node)
    this.#counts.forget(node)
    this.#health.forget(node)
    this.#parts.tainter.unmark(node)
  }

  /** Schedules the next pass that will find something. */
  #plan(): void {
    const { grid } = this.#parts
    if (grid.isRunning) return
    const { kernel } = this.#context
    const hasWork = this.#changed.size > 0 || this.#removed.length > 0
    const at = (hasWork ? grid.nextFrom(kernel.now) : this.#health.nextOverdueAt(kernel.now)) ?? NEVER
    if (at === (kernel.timeOf(this.#pass) ?? NEVER)) return
    kernel.cancel(this.#pass)
    this.#pass = at === NEVER ? NO_EVENT : kernel.schedule(at, this.#passKind)
  }

  #makePass(): void {
    const { kernel } = this.#context
    this.#pass = NO_EVENT
    this.#parts.grid.begin(kernel.now)
    const nodes = [...new Set([...this.#changed, ...this.#health.overdue(kernel.now)])]
    nodes.sort(this.#parts.order)
    this.#changed = new Set()
    for (const node of nodes) this.#addZone(node)
    const added = nodes.filter(node => !this.#known.has(node))
    for (const node of added) this.#register(node)
    for (const subject of this.#removed) {
      this.#report(subject, 'RemovingNode', `Removing Node ${subject.name} from Controller`)
    }
    this.#removed = []
    // Nodes met for the first time count as reachable until they are found not to be.
    this.#clear(added, () => this.#examine(nodes))
  }

  #examine(nodes: readonly NodeId[]): void {
    const begin = (node: number, steps: Step[]): void => this.#examiner.examine(node as NodeId, steps)
    this.#lanes.run(NODE_MONITOR_WORKERS, nodes, begin, () => this.#judgeZones())
  }

  #clear(nodes: readonly NodeId[], done: () => void): void {
    const { nodes: table } = this.#context.state
    const begin = (node: number, steps: Step[]): void => {
      if (table.exists(node as NodeId)) this.#examiner.clear(node as NodeId, steps)
    }
    this.#lanes.run(1, nodes, begin, done)
  }

  #addZone(node: NodeId): void {
    const zone = this.#examiner.zoneOf(node)
    if (this.zones.has(zone)) return
    this.zones.add(zone)
    this.#parts.tainter.addZone(zone)
  }

  #register(node: NodeId): void {
    const { name, uid, createdAt } = this.#context.state.nodes
    const subject = { kind: 'Node', namespace: '', name: name[node] as string, uid: uid[node] }
    this.#known.set(node, subject)
    if (createdAt[node] === 0 && this.#parts.isFirstLife) return
    this.#report(subject, 'RegisteredNode', `Registered Node ${subject.name} in Controller`)
  }

  #report(subject: EventSubject, reason: string, what: string): void {
    this.#context.events.record(subject, 'Normal', reason, `Node ${subject.name} event: ${what}`)
  }

  #judgeZones(): void {
    const { tainter } = this.#parts
    const counts = this.#counts.byZone
    const setRate = (zone: string, rate: number): void => tainter.setRate(zone, rate)
    const disruption = this.zones.judge(counts)
    if (disruption === 'entering') {
      // The fault must be the control plane's: nothing is evicted until some node is back.
      this.#clear([...this.#known.keys()].sort(this.#parts.order), () => {
        this.zones.stopAll(setRate)
        this.#endPass()
      })
      return
    }
    if (disruption === 'leaving') this.#health.hearAll(this.#context.kernel.now)
    if (disruption !== 'total') this.zones.update(counts, disruption === 'leaving', setRate)
    this.#endPass()
  }

  #endPass(): void {
    const { args, grid } = this.#parts
    grid.end(this.#context.kernel.now + args.nodeMonitorPassTime + args.nodeMonitorPeriod)
    this.#plan()
  }
}
