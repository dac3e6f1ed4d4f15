/**
 * Evicts pods whose containers were restarted too often, those restarted most first.
 * Upstream: pkg/framework/plugins/removepodshavingtoomanyrestarts/toomanyrestarts.go of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import type { TooManyRestartsArgs } from '../../../model/descheduler.js'
import { sortLikeGo } from '../../../model/go-sort.js'
import type { ViewedContainer, ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { isEvictable, isInState, type RunPlugin } from '../plugin.js'

export const removePodsHavingTooManyRestarts: RunPlugin<TooManyRestartsArgs> = (args, handle, nodes) => {
  const { podRestartThreshold = 0, includingInitContainers = false, states = [] } = args
  const isCandidate = isEvictable(args, handle)
  const reasons = new Set(states)
  const restarts = (pod: ViewedPod): number => {
    return restartsOf(pod.containers) + (includingInitContainers ? restartsOf(pod.initContainers) : 0)
  }
  const isInAnyState = (pod: ViewedPod): boolean => {
    if (states.length === 0 || reasons.has(pod.phase)) return true
    if (isInState(pod.containers, reasons, false)) return true
    return includingInitContainers && isInState(pod.initContainers, reasons, false)
  }
  for (const node of nodes) {
    const pods = handle.cluster.podsOn(node.name).filter(pod => {
      return restarts(pod) >= podRestartThreshold && isInAnyState(pod) && isCandidate(pod)
    })
    sortLikeGo(pods, (a, b) => restarts(a) > restarts(b))
    for (const pod of pods) {
      const eviction = handle.evict(pod)
      if (eviction === Eviction.TotalLimit) return
      if (eviction === Eviction.NodeLimit) break
    }
  }
}

function restartsOf(containers: readonly ViewedContainer[]): number {
  let sum = 0
  for (const { restartCount } of containers) sum += restartCount
  return sum
}
