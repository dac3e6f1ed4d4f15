/**
 * The pods a workload owns: its own that its selector matches, and orphans it matches, which it adopts. Own pods it
 * does not match any more are released. Pods its informer has not seen yet do not exist for it.
 *
 * Upstream: pkg/controller/controller_ref_manager.go PodControllerRefManager (1.36).
 * Simplified: a removed pod leaves the list when it leaves the store, not one watch latency later.
 */
import { Result } from '../apiserver/result.js'
import { NEVER } from '../kernel/time.js'
import { NONE, type ObjectId, type PodId } from '../state/ids.js'
import type { ControllerContext } from './controller.js'
import type { LabelMatcher } from './label-matches.js'

export interface ClaimedPods {
  /** Neither finished nor being deleted. */
  readonly active: readonly PodId[]
  /** Being deleted and not finished. */
  readonly terminating: readonly PodId[]
}

/** What the ReplicaSet controller claims; finished pods are left alone. In order of creation. */
export function claimPods(context: ControllerContext, owner: ObjectId, matcher: LabelMatcher): ClaimedPods {
  const { state, informer, api } = context
  const { pods } = state
  const isDeleting = state.objects.get(owner).meta.deletionAt !== NEVER
  const active: PodId[] = []
  const terminating: PodId[] = []
  const { nextOfOwner, createdSequence, deletionAt, uid, labels } = pods
  const { cursor } = informer
  let next = NONE
  // Most pods of an owner have the same labels.
  let lastLabels = NONE
  let isMatch = false
  for (let row = state.objects.firstPod[owner]; row !== NONE; row = next) {
    const pod = row as PodId
    next = nextOfOwner[row]
    if (createdSequence[row] >= cursor || pods.isFinished(pod)) continue
    if (labels[row] !== lastLabels) {
      lastLabels = labels[row]
      isMatch = matcher.matches(pods.labelsOf(pod))
    }
    if (deletionAt[row] !== NEVER) {
      if (isMatch) terminating.push(pod)
    } else if (isMatch) {
      active.push(pod)
    } else if (!isDeleting) {
      context.charge()
      api.pods.patchOwner(pod, uid[row], NONE as ObjectId)
    }
  }
  // The list of an owner runs from the newest pod to the oldest.
  active.reverse()
  terminating.reverse()
  if (!isDeleting) {
    adoptOrphans(context, owner, matcher, active, pod => !pods.isFinished(pod))
  }
  return { active, terminating }
}

/**
 * What controllers claim that look after finished and terminating pods themselves. A pod that is selected but that
 * `isMember` does not know is treated as not selected. In order of creation.
 */
export function claimEveryPod(
  context: ControllerContext,
  owner: ObjectId,
  matcher: LabelMatcher,
  isMember: (pod: PodId) => boolean = () => true,
): PodId[] {
  const { state, informer, api } = context
  const { pods } = state
  const isDeleting = state.objects.get(owner).meta.deletionAt !== NEVER
  const claimed: PodId[] = []
  const { nextOfOwner, createdSequence, uid } = pods
  let next = NONE
  for (let row = state.objects.firstPod[owner]; row !== NONE; row = next) {
    const pod = row as PodId
    next = nextOfOwner[row]
    if (!informer.sees(createdSequence[row], 0)) continue
    if (matcher.matches(pods.labelsOf(pod)) && isMember(pod)) {
      claimed.push(pod)
    } else if (!isDeleting) {
      context.charge()
      api.pods.patchOwner(pod, uid[row], NONE as ObjectId)
    }
  }
  claimed.reverse()
  if (!isDeleting) adoptOrphans(context, owner, matcher, claimed, isMember)
  return claimed
}

/** Adds those it adopts to what is claimed. */
function adoptOrphans(
  context: ControllerContext,
  owner: ObjectId,
  matcher: LabelMatcher,
  claimed: PodId[],
  isWanted: (pod: PodId) => boolean,
): void {
  const { state, api } = context
  const { pods } = state
  const namespace = state.namespaceId(state.objects.get(owner).meta.namespace)
  for (const pod of context.orphans.matching(namespace, matcher)) {
    if (pods.owner[pod] !== NONE || pods.isTerminating(pod) || !isWanted(pod)) continue
    context.charge()
    if (api.pods.patchOwner(pod, pods.uid[pod], owner) === Result.Ok) claimed.push(pod)
  }
}
