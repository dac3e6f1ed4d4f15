/**
 * Which nodes lack a pod of a DaemonSet and which pods are too many: on nodes that must have none, failed
 * and finished ones, second ones, and those pinned to a node that is gone before they reached it.
 *
 * Upstream: podsShouldBeOnNode and getUnscheduledPodsWithoutNode of
 * pkg/controller/daemon/daemon_controller.go (1.36).
 * Simplified: nothing known.
 */
import type { EventType } from '../../apiserver/event-recorder.js'
import type { SimTime } from '../../kernel/time.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type NodeId, Phase, type PodId } from '../../state/ids.js'
import type { DaemonView } from './daemon-view.js'
import type { FailedPodsBackoff } from './failed-pods-backoff.js'
import { Eligibility } from './node-eligibility.js'
import { SEVERAL } from './node-groups.js'
import { allowsSurge } from './rolling-counts.js'

/** Names of nodes that get a pod, and pods that go. */
export interface PlacementChange {
  readonly create: string[]
  readonly remove: PodId[]
}

export interface PlacementInput {
  readonly state: ClusterState
  readonly view: DaemonView
  readonly backoff: FailedPodsBackoff
  /** `status.observedGeneration`: with a new spec failures count from the start. */
  readonly observedGeneration: number
  requeueAfter(delay: SimTime): void
  event(type: EventType, reason: string, message: string): void
}

export function placementChange(input: PlacementInput): PlacementChange {
  const change: PlacementChange = { create: [], remove: [] }
  const { view, state } = input
  const { groups } = view
  for (const node of view.nodes) if (!isSettled(input, node)) judgeNode(input, node, change)
  for (let group = 0; group < groups.count; group++) {
    if (view.isListed(groups.nodeOf(group))) continue
    // Nobody else deletes a pod that waits for a node that does not exist.
    for (const pod of groups.pods(group)) if (state.pods.node[pod] === NONE) change.remove.push(pod)
  }
  return change
}

/** The common case, without a list: one pod that lives where there may be one. */
function isSettled({ view, state }: PlacementInput, node: NodeId): boolean {
  const group = view.groups.of(node)
  if (group < 0 || view.eligibility(node) === Eligibility.None) return false
  const only = view.groups.only(group)
  if (only === SEVERAL) return false
  return view.isTerminating(only) || !state.pods.isFinished(only)
}

function judgeNode(input: PlacementInput, node: NodeId, { create, remove }: PlacementChange): void {
  const { view } = input
  const name = view.nameOf(node)
  const group = view.groups.of(node)
  const verdict = view.eligibility(node)
  if (group < 0) {
    if (verdict === Eligibility.Run) create.push(name)
    return
  }
  const pods = view.groups.pods(group)
  if (verdict === Eligibility.None) {
    for (const pod of pods) if (!view.isTerminating(pod)) remove.push(pod)
    return
  }
  const running: PodId[] = []
  for (const pod of pods) {
    if (view.isTerminating(pod)) continue
    const { phase } = input.state.pods
    if (phase[pod] === Phase.Failed) {
      if (mayRemoveFailed(input, pod, name)) remove.push(pod)
    } else if (phase[pod] === Phase.Succeeded) {
      const text = `Found succeeded daemon pod ${fullName(input, pod)} on node ${name}, will try to delete it`
      input.event('Normal', 'SucceededDaemonPod', text)
      remove.push(pod)
    } else {
      running.push(pod)
    }
  }
  if (running.length > 1) remove.push(...surplusOf(view, running))
}

/** Failed pods are replaced with a growing delay, or kubelet and controller would fight without end. */
function mayRemoveFailed(input: PlacementInput, pod: PodId, nodeName: string): boolean {
  const { view, backoff, observedGeneration } = input
  const key = `${view.meta.uid}/${observedGeneration}/${nodeName}`
  const delay = backoff.delayOf(key, view.now)
  if (delay !== undefined) {
    input.requeueAfter(delay)
    return false
  }
  backoff.next(key, view.now)
  const text = `Found failed daemon pod ${fullName(input, pod)} on node ${nodeName}, will try to kill it`
  input.event('Warning', 'FailedDaemonPod', text)
  return true
}

/**
 * Without surge only the oldest pod stays. With it an old and an updated pod may stand side by side as long
 * as the old one is ready and the updated one not available yet.
 */
function surplusOf(view: DaemonView, running: readonly PodId[]): PodId[] {
  const sorted = view.byAge(running)
  if (!allowsSurge(view.spec.updateStrategy)) return sorted.slice(1)
  const surplus: PodId[] = []
  let updated: PodId | undefined
  let old: PodId | undefined
  for (const pod of sorted) {
    if (view.isUpdated(pod) && updated === undefined) updated = pod
    else if (!view.isUpdated(pod) && old === undefined) old = pod
    else surplus.push(pod)
  }
  if (updated !== undefined && old !== undefined && (!view.isReady(old) || view.isAvailable(updated))) {
    surplus.push(old)
  }
  return surplus
}

function fullName({ view, state }: PlacementInput, pod: PodId): string {
  return `${view.meta.namespace}/${state.pods.name[pod]}`
}
