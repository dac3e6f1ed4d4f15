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
import { SEVERAL } from './node-groups.js'
import { workableCounts } from './rolling-counts.js'

export function rollingChange(view: DaemonView): PlacementChange {
  const { groups } = view
  let desired = 0
  /** Nodes that should have a pod and have none. */
  let empty = 0
  for (const node of view.nodes) {
    if (view.eligibility(node) !== Eligibility.Run) continue
    desired++
    if (groups.of(node) < 0) empty++
  }
  const { maxSurge, maxUnavailable } = workableCounts(view.spec.updateStrategy, desired)
  return maxSurge === 0 ? replace(view, maxUnavailable, empty) : surge(view, maxSurge, desired)
}

function replace(view: DaemonView, maxUnavailable: number, empty: number): PlacementChange {
  const { groups } = view
  const useless: PodId[] = []
  const candidates: PodId[] = []
  let unavailable = 0
  for (let group = 0; group < groups.count; group++) {
    const only = groups.only(group)
    // The common case, without a list.
    if (only !== SEVERAL && !view.isTerminating(only) && view.isUpdated(only)) {
      if (!view.isAvailable(only)) unavailable++
      continue
    }
    const found = view.updateStateOf(groups.pods(group))
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
  const room = Math.max(0, maxUnavailable - unavailable - empty)
  return { create: [], remove: [...useless, ...candidates.slice(0, room)] }
}

function surge(view: DaemonView, maxSurge: number, desired: number): PlacementChange {
  const { groups } = view
  const mayRun = (node: NodeId): boolean => view.isListed(node) && view.eligibility(node) === Eligibility.Run
  const remove: PodId[] = []
  /** Available old pods on nodes that are no longer chosen: they go as others become available. */
  const misplaced: PodId[] = []
  const urgent: string[] = []
  const candidates: string[] = []
  let surging = 0
  let available = 0
  for (let group = 0; group < groups.count; group++) {
    const node = groups.nodeOf(group)
    const found = view.updateStateOf(groups.pods(group))
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
      if (mayRun(node)) urgent.push(view.nameOf(node))
      else remove.push(old)
    } else if (!mayRun(node)) {
      misplaced.push(old)
    } else if (surging < maxSurge) {
      candidates.push(view.nameOf(node))
    }
  }
  remove.push(...misplaced.slice(0, Math.max(0, available - desired)))
  const room = Math.max(0, maxSurge - surging)
  return { create: [...urgent, ...candidates.slice(0, room)], remove }
}
