/**
 * Graceful node shutdown: which pods end together, lowest priorities first, and how long each group may take.
 *
 * Upstream: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go (1.36).
 * Simplified: nothing known.
 */
import type { ShutdownPriority, ShutdownSettings } from '../model/kubelet-config.js'
import { SYSTEM_CRITICAL_PRIORITY } from '../model/qos.js'

export interface ShutdownGroup<P> {
  readonly priority: number
  readonly seconds: number
  readonly pods: P[]
}

/** The groups in the order they end, none when shutdown is not graceful; pods below every group belong to the first. */
export function shutdownGroups<P>(
  settings: ShutdownSettings,
  pods: Iterable<P>,
  priorityOf: (pod: P) => number,
): ShutdownGroup<P>[] {
  const groups = periods(settings)
    .map(({ priority, shutdownGracePeriodSeconds }): ShutdownGroup<P> => {
      return { priority, seconds: shutdownGracePeriodSeconds, pods: [] }
    })
    .toSorted((a, b) => a.priority - b.priority)
  if (groups.length === 0) return groups
  for (const pod of pods) {
    let index = groups.length - 1
    while (index > 0 && groups[index].priority > priorityOf(pod)) index--
    groups[index].pods.push(pod)
  }
  return groups
}

function periods(settings: ShutdownSettings): readonly ShutdownPriority[] {
  const { shutdownGracePeriodByPodPriority: byPriority = [] } = settings
  if (byPriority.length > 0) return byPriority
  const { shutdownGracePeriodSeconds: all, shutdownGracePeriodCriticalPodsSeconds: critical } = settings
  if (all <= 0 || all < critical) return []
  return [
    { priority: 0, shutdownGracePeriodSeconds: all - critical },
    { priority: SYSTEM_CRITICAL_PRIORITY, shutdownGracePeriodSeconds: critical },
  ]
}
