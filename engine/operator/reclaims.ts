/**
 * Machines that the cloud takes back, as spot machines are: a notice comes first, in which a termination
 * handler cordons, taints and drains the node; then the power goes whatever still runs, and the Node object
 * follows. A node group that the machine was of asks for another one; elsewhere one may be ordered.
 *
 * Upstream: notices of EC2 (two minutes), GCE and Azure (30 s); AWS Node Termination Handler v1.25.
 * Simplified: a notice is heard at once.
 */
import { SECOND } from '../kernel/time.js'
import type { ReclaimSettings } from '../model/node-operations.js'
import { withTaint } from '../model/taints.js'
import type { NodeId, TaintSetId } from '../state/ids.js'
import { likeNode } from './machines/like-node.js'
import type { OperatorContext } from './operation.js'

interface Reclaim {
  readonly node: NodeId
  readonly uid: number
  readonly settings: ReclaimSettings
}

export class Reclaims {
  readonly #context: OperatorContext
  readonly #under: Reclaim[] = []
  /** UIDs of nodes that a notice was given for. */
  readonly #noticed = new Set<number>()
  readonly #powerOff: (index: number) => void

  constructor(context: OperatorContext) {
    const { kernel } = context
    this.#context = context
    const kind = context.on('reclaim-power-off', index => this.#takeAway(this.#under[index]))
    this.#powerOff = index =>
      void kernel.schedule(kernel.now + this.#under[index].settings.notice, kind, index)
  }

  /** @param by the operation or failure that it is counted for. Nothing happens to a node twice. */
  reclaim(node: NodeId, settings: ReclaimSettings, by: string): void {
    const { api, report, drainer } = this.#context
    const { nodes, taintSets } = api.state
    const uid = nodes.uid[node]
    if (!nodes.exists(node) || this.#noticed.has(uid)) return
    this.#noticed.add(uid)
    const { notice, isHandled, taint, drain } = settings
    report('reclaim-nodes', 'START', '', { node: nodes.name[node], noticeSeconds: notice / SECOND })
    this.#powerOff(this.#under.push({ node, uid, settings }) - 1)
    if (!isHandled || notice === 0) return
    if (taint !== undefined)
      api.nodes.patchTaints(node, withTaint(taintSets.get(nodes.taints[node] as TaintSetId), taint))
    const timeout = Math.min(drain.timeout, notice)
    drainer.drain({ node, operation: by, settings: { ...drain, timeout } })
  }

  #takeAway({ node, uid, settings }: Reclaim): void {
    const { api, report } = this.#context
    const { nodes } = api.state
    this.#noticed.delete(uid)
    if (!nodes.exists(node) || nodes.uid[node] !== uid) return
    report('reclaim-nodes', 'END', '', { node: nodes.name[node], podsLeft: nodes.podCount[node] })
    loseMachine(this.#context, node, settings, false)
  }
}

/** The machine goes for good, and another one comes where somebody wants it. */
export function loseMachine(
  { api, machines, groups, model }: OperatorContext,
  node: NodeId,
  { removal, replacedAfter }: Pick<ReclaimSettings, 'removal' | 'replacedAfter'>,
  isGraceful: boolean,
): void {
  const name = api.state.nodes.name[node] as string
  const like = likeNode(api.state, model.nodePools, node)
  machines.remove(node, isGraceful, removal, () => {
    if (groups.lost(name) || replacedAfter === undefined) return
    machines.order(like, machines.time(replacedAfter, name))
  })
}
