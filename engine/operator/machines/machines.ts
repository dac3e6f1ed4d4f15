/**
 * The machines of nodes: they go down and come back, are taken away for good, and are replaced. The Node
 * object of a machine that is no more is deleted by whoever took it away, or by the cloud's node lifecycle
 * controller, which looks every five seconds for nodes that are not Ready. Looks that would find nothing are
 * no events.
 *
 * Upstream: staging/src/k8s.io/cloud-provider/controllers/nodelifecycle/node_lifecycle_controller.go (1.36).
 * Simplified: machines that are stopped but kept by the cloud get no shutdown taint; a name is never used
 * again while machines wait to register.
 */
import type { NodeDraft } from '../../apiserver/node-registry.js'
import { isRefused } from '../../apiserver/result.js'
import { createDistribution, type DistributionSpec, drawTime } from '../../kernel/distributions.js'
import type { EventKind } from '../../kernel/kernel.js'
import { type KeyedDraws, Streams } from '../../kernel/rng.js'
import type { SimTime } from '../../kernel/time.js'
import { CLOUD_NODE_MONITOR_PERIOD } from '../../model/defaults.js'
import type { NodeRemoval } from '../../model/node-operations.js'
import type { NodeId } from '../../state/ids.js'
import type { Machines, OperatorContext } from '../operation.js'
import { NodeReadiness } from './node-readiness.js'

interface Starting {
  readonly node: NodeId
  readonly uid: number
  readonly whileOff: () => void
  readonly isUp: () => void
}

interface Ordered {
  readonly draft: NodeDraft
  readonly registered: (node: NodeId) => void
}

export class MachinePark implements Machines {
  readonly #context: OperatorContext
  readonly #draws: KeyedDraws
  readonly #readiness: NodeReadiness
  /** Draws so far by node. */
  readonly #drawn = new Map<string, number>()
  readonly #starting: Starting[] = []
  readonly #ordered: Ordered[] = []
  /** UIDs of nodes whose machines the cloud does not know any more, by row. */
  readonly #lost = new Map<NodeId, number>()
  readonly #start: EventKind
  readonly #register: EventKind
  readonly #cloudPass: EventKind
  readonly #firstCloudPass: SimTime

  constructor(context: OperatorContext) {
    const { kernel, api, informer } = context
    this.#context = context
    this.#draws = new Streams(kernel.seed).keyed('operator/machines')
    this.#readiness = new NodeReadiness(api.state.nodes, informer)
    this.#start = context.on('machine-start', index => this.#started(this.#starting[index]))
    this.#register = context.on('machine-register', index => this.#registers(this.#ordered[index]))
    this.#cloudPass = context.on('cloud-pass', node => this.#passed(node as NodeId))
    this.#firstCloudPass = -Math.floor(this.#draws.at(0) * CLOUD_NODE_MONITOR_PERIOD)
  }

  time(spec: DistributionSpec, node: string): SimTime {
    const count = this.#drawn.get(node) ?? 0
    this.#drawn.set(node, count + 1)
    return drawTime(createDistribution(spec), () => this.#draws.atName(node, count))
  }

  reboot(node: NodeId, downFor: SimTime, isUp: () => void, whileOff: () => void = () => undefined): void {
    const { agents, kernel, api } = this.#context
    const uid = api.state.nodes.uid[node]
    agents.shutDown(node, () => {
      const index = this.#starting.push({ node, uid, whileOff, isUp }) - 1
      kernel.schedule(kernel.now + downFor, this.#start, index)
    })
  }

  #started({ node, uid, whileOff, isUp }: Starting): void {
    const { agents } = this.#context
    if (this.#isStill(node, uid)) {
      whileOff()
      agents.start(node)
    }
    this.#readiness.when(node, true, isUp)
  }

  #isStill(node: NodeId, uid: number): boolean {
    const { nodes } = this.#context.api.state
    return nodes.exists(node) && nodes.uid[node] === uid
  }

  whenReady(node: NodeId, then: () => void): void {
    this.#readiness.when(node, true, then)
  }

  remove(node: NodeId, isGraceful: boolean, removal: NodeRemoval, isOff: () => void = () => undefined): void {
    const { agents, api } = this.#context
    const uid = api.state.nodes.uid[node]
    const off = (): void => {
      if (this.#isStill(node, uid)) {
        if (removal === 'with-machine') api.nodes.delete(node)
        else this.#leaveToCloud(node, uid)
      }
      isOff()
    }
    if (isGraceful) {
      agents.shutDown(node, off)
      return
    }
    agents.crash(node)
    off()
  }

  /** The controller acts in its first pass that finds the node not Ready. */
  #leaveToCloud(node: NodeId, uid: number): void {
    const { kernel } = this.#context
    if (this.#lost.get(node) === uid) return
    this.#lost.set(node, uid)
    this.#readiness.when(node, false, () => {
      const passes = Math.ceil((kernel.now - this.#firstCloudPass) / CLOUD_NODE_MONITOR_PERIOD)
      kernel.schedule(this.#firstCloudPass + passes * CLOUD_NODE_MONITOR_PERIOD, this.#cloudPass, node)
    })
  }

  #passed(node: NodeId): void {
    const uid = this.#lost.get(node)
    this.#lost.delete(node)
    if (uid !== undefined && this.#isStill(node, uid)) this.#context.api.nodes.delete(node)
  }

  order(draft: NodeDraft, after: SimTime, registered: (node: NodeId) => void = () => undefined): void {
    const { kernel } = this.#context
    kernel.schedule(kernel.now + after, this.#register, this.#ordered.push({ draft, registered }) - 1)
  }

  #registers({ draft, registered }: Ordered): void {
    const { api, report } = this.#context
    const created = api.nodes.create(draft)
    if (!isRefused(created)) return registered(created)
    const error = `nodes "${draft.name}" already exists`
    report('create-nodes', 'REJECTED', '', { object: `Node/${draft.name}`, error })
  }
}
