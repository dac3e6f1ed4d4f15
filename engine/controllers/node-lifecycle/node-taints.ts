/**
 * The taints that the node controller gives nodes: NoExecute while a node is not Ready, NoSchedule for each condition
 * that speaks against placing pods, and for cordoned nodes.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go doNoScheduleTaintingPass; pkg/controller/util/
 * node/controller_utils.go SwapNodeControllerTaint; pkg/controller/controller_utils.go (1.36).
 * Simplified: taints carry no timeAdded, which nothing reads.
 */
import type { ApiServer } from '../../apiserver/api-server.js'
import { NodeTaint } from '../../model/node-conditions.js'
import { hasTaint, type Taint, TaintEffect, withoutTaint, withTaint } from '../../model/taints.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type NodeId, Status, type TaintSetId } from '../../state/ids.js'
import type { Step } from '../request-lanes.js'

export const NOT_READY: Taint = { key: NodeTaint.NotReady, effect: TaintEffect.NoExecute }
export const UNREACHABLE: Taint = { key: NodeTaint.Unreachable, effect: TaintEffect.NoExecute }

/** A taint is written by reading the node and patching it. */
const REQUESTS_TO_PATCH = 2

/** Keys of the NoSchedule taints that this controller alone decides on. */
const CONDITION_KEYS: ReadonlySet<string> = new Set(Object.values(NodeTaint))

export function taintsOf({ nodes, taintSets }: ClusterState, node: NodeId): readonly Taint[] {
  return taintSets.get(nodes.taints[node] as TaintSetId)
}

/** Adds a taint, then takes its opposite away. */
export function swapTaints(api: ApiServer, node: NodeId, added: Taint, removed: Taint, steps: Step[]): void {
  const isThere = hasTaint(taintsOf(api.state, node), added)
  steps.push({
    requests: isThere ? 1 : REQUESTS_TO_PATCH,
    accepted: () => patch(api, node, taints => withTaint(taints, added)),
  })
  removeTaint(api, node, removed, steps)
}

/** Takes a taint away; nothing is asked of the API server when the node does not carry it. */
export function removeTaint(api: ApiServer, node: NodeId, removed: Taint, steps: Step[]): void {
  if (!hasTaint(taintsOf(api.state, node), removed)) return
  steps.push({
    requests: REQUESTS_TO_PATCH,
    accepted: () => patch(api, node, taints => withoutTaint(taints, removed)),
  })
}

function patch(api: ApiServer, node: NodeId, change: (taints: readonly Taint[]) => readonly Taint[]): void {
  if (api.state.nodes.exists(node)) api.nodes.patchTaints(node, change(taintsOf(api.state, node)))
}

/** Whether the node's NoSchedule taints say something else than its conditions. */
export function needsConditionTaints(state: ClusterState, node: NodeId): boolean {
  const before = taintsOf(state, node)
  const wanted = wantedTaints(state, node)
  return before.some(taint => isStale(taint, wanted)) || wanted.some(taint => !hasTaint(before, taint))
}

/** Makes the NoSchedule taints say what the conditions say; answers the requests it took. */
export function syncConditionTaints(api: ApiServer, node: NodeId): number {
  const { state } = api
  const before = taintsOf(state, node)
  const wanted = wantedTaints(state, node)
  const kept = before.filter(taint => !isStale(taint, wanted))
  const added = wanted.filter(taint => !hasTaint(before, taint))
  if (added.length === 0 && kept.length === before.length) return 0
  api.nodes.patchTaints(node, [...kept, ...added])
  const writes = (added.length > 0 ? 1 : 0) + (kept.length < before.length ? 1 : 0)
  return writes * REQUESTS_TO_PATCH
}

function isStale(taint: Taint, wanted: readonly Taint[]): boolean {
  const isOurs = taint.effect === TaintEffect.NoSchedule && CONDITION_KEYS.has(taint.key)
  return isOurs && !hasTaint(wanted, taint)
}

function wantedTaints({ nodes }: ClusterState, node: NodeId): Taint[] {
  const keys: string[] = []
  if (nodes.hasConditions[node] === 1) {
    if (nodes.networkUnavailable[node] === Status.True) keys.push(NodeTaint.NetworkUnavailable)
    if (nodes.memoryPressure[node] === Status.True) keys.push(NodeTaint.MemoryPressure)
    if (nodes.diskPressure[node] === Status.True) keys.push(NodeTaint.DiskPressure)
    if (nodes.pidPressure[node] === Status.True) keys.push(NodeTaint.PIDPressure)
    if (nodes.ready[node] === Status.False) keys.push(NodeTaint.NotReady)
    if (nodes.ready[node] === Status.Unknown) keys.push(NodeTaint.Unreachable)
  }
  if (nodes.unschedulable[node] === 1) keys.push(NodeTaint.Unschedulable)
  return keys.map(key => ({ key, effect: TaintEffect.NoSchedule }))
}
