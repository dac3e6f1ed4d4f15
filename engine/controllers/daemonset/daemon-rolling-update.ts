/**
 * The next step of a DaemonSet's rolling update. Without surge old pods are deleted, as many as may be
 * unavailable; with surge updated pods are created beside the old ones, which go when their successors are
 * available.
 *
 * Upstream: rollingUpdate of pkg/controller/daemon/update.go (1.36).
 * Simplified: see daemon-view.ts for the order of nodes.
 */
import type { NodeId, PodId } from '../../state/ids.js'
import type { PlacementChange } from './daemon-placement.js'
import type { DaemonView } from './daemon-view.js'
import { Eligibility } from './node-eligibility.js'
import { workableCounts } from './rolling-counts.js'

const NO_PODS: readonly PodId[] = []

export function rollingChange(view: DaemonView): PlacementChange {
  const nodes = new Map<string, readonly PodId[]>(view.podsOnNode)
  const nodeIds = new Map<string, NodeId>()
  let desired = 0
  for (const node of view.nodes) {
    const name = view.nameOf(node)
    nodeIds.set(name, node)
    if (view.eligibility(node) !== Eligibility.Run) continue
    desired++
    if (!nodes.has(name)) nodes.set(name, NO_PODS)
  }
  const { maxSurge, maxUnavailable } = workableCounts(view.spec.updateStrategy, desired)
  if (maxSurge === 0) return replace(view, nodes, maxUnavailable)
  const mayRun = (name: string): boolean => {
    const node = nodeIds.get(name)
    return node !== undefined && view.eligibility(node) === Eligibility.Run
  }
  return surge(view, nodes, { maxSurge, desired, mayRun })
}

function replace(
  view: DaemonView,
  nodes: ReadonlyMap<string, readonly PodId[]>,
  maxUnavailable: number,
): PlacementChange {
  const useless: PodId[] = []
  const candidates: PodId[] = []
  let unavailable = 0
  for (const pods of nodes.values()) {
    const found = view.updateStateOf(pods)
    if (found === undefined || (found.old === undefined) === (found.updated === undefined)) {
      // Too many or none: the next sync puts it right, until then the node counts as unavailable.
      unavailable++
    } else if (found.updated !== undefined) {
      if (!view.isAvailable(found.updated)) unavailable++
    } else if (found.old !== undefined) {
      if (!view.isAvailable(found.old)) {
        useless.push(found.old)
        unavailable++
      } else if (unavailable < maxUnavailable) {
        candidates.push(found.old)
      }
    }
  }
  const room = Math.max(0, maxUnavailable - unavailable)
  return { create: [], remove: [...useless, ...candidates.slice(0, room)] }
}

interface SurgeLimits {
  readonly maxSurge: number
  /** Nodes that should have a pod. */
  readonly desired: number
  readonly mayRun: (nodeName: string) => boolean
}

function surge(
  view: DaemonView,
  nodes: ReadonlyMap<string, readonly PodId[]>,
  { maxSurge, desired, mayRun }: SurgeLimits,
): PlacementChange {
  const remove: PodId[] = []
  /** Available old pods on nodes that are no longer chosen: they go as others become available. */
  const misplaced: PodId[] = []
  const urgent: string[] = []
  const candidates: string[] = []
  let surging = 0
  let available = 0
  for (const [name, pods] of nodes) {
    const found = view.updateStateOf(pods)
    if (found === undefined) {
      surging++
      continue
    }
    const { old, updated } = found
    const serving = old ?? updated
    if (serving !== undefined && view.isAvailable(serving)) available++
    if (old === undefined) continue
    if (updated !== undefined) {
      if (view.isAvailable(updated)) remove.push(old)
      else surging++
    } else if (!view.isAvailable(old)) {
      if (mayRun(name)) urgent.push(name)
      else remove.push(old)
    } else if (!mayRun(name)) {
      misplaced.push(old)
    } else if (surging < maxSurge) {
      candidates.push(name)
    }
  }
  remove.push(...misplaced.slice(0, Math.max(0, available - desired)))
  const room = Math.max(0, maxSurge - surging)
  return { create: [...urgent, ...candidates.slice(0, room)], remove }
}
