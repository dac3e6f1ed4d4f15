/**
 * Evicts pods that have failed, some time after they were made.
 * Upstream: pkg/framework/plugins/removefailedpods/failedpods.go of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import { SECOND } from '../../../kernel/time.js'
import type { FailedPodsArgs } from '../../../model/descheduler.js'
import type { ViewedContainer, ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { hasExitCode, isEvictable, type RunPlugin } from '../plugin.js'

const MIN_LIFETIME_SECONDS = 3600

export const removeFailedPods: RunPlugin<FailedPodsArgs> = (args, handle, nodes) => {
  const isCandidate = isEvictable(args, handle)
  const { now } = handle.cluster
  for (const node of nodes) {
    for (const pod of handle.cluster.podsOn(node.name)) {
      if (pod.phase !== 'Failed' || !isMeant(pod, args, now) || !isCandidate(pod)) continue
      const eviction = handle.evict(pod)
      if (eviction === Eviction.TotalLimit) return
      if (eviction === Eviction.NodeLimit) break
    }
  }
}

function isMeant(pod: ViewedPod, args: FailedPodsArgs, now: number): boolean {
  const { minPodLifetimeSeconds = MIN_LIFETIME_SECONDS, excludeOwnerKinds = [] } = args
  const { reasons = [], exitCodes = [], includingInitContainers = false } = args
  if (Math.floor((now - pod.created) / SECOND) < minPodLifetimeSeconds) return false
  if (pod.owners.some(({ kind }) => excludeOwnerKinds.includes(kind))) return false
  const containers = includingInitContainers ? [...pod.containers, ...pod.initContainers] : pod.containers
  if (
    reasons.length > 0 &&
    ![pod.reason, ...reasonsOf(containers)].some(reason => reasons.includes(reason))
  ) {
    return false
  }
  return exitCodes.length === 0 || hasExitCode(containers, new Set(exitCodes))
}

function reasonsOf(containers: readonly ViewedContainer[]): string[] {
  return containers.flatMap(({ waitingReason, terminated }) => [
    waitingReason ?? '',
    terminated?.reason ?? '',
  ])
}
