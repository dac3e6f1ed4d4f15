/**
 * Evicts pods that are too old, in certain states, or both; the oldest first.
 * Upstream: pkg/framework/plugins/podlifetime/pod_lifetime.go of the descheduler 0.36.0.
 * Simplified: ephemeral containers.
 */
import { SECOND } from '../../../kernel/time.js'
import type { PodLifeTimeArgs } from '../../../model/descheduler.js'
import { sortLikeGo } from '../../../model/go-sort.js'
import type { ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import {
  hasExitCode,
  isEvictable,
  isInState,
  type PluginHandle,
  type PodFilter,
  type RunPlugin,
} from '../plugin.js'

export const podLifeTime: RunPlugin<PodLifeTimeArgs> = (args, handle, nodes) => {
  const isCandidate = isEvictable(args, handle)
  const filters = filtersOf(args, handle)
  const pods = nodes.flatMap(({ name }) => {
    return handle.cluster.podsOn(name).filter(pod => filters.every(filter => filter(pod)) && isCandidate(pod))
  })
  sortLikeGo(pods, (a, b) => a.created < b.created)
  for (const pod of pods) if (handle.evict(pod) === Eviction.TotalLimit) return
}

function filtersOf(args: PodLifeTimeArgs, { cluster: { now } }: PluginHandle): PodFilter[] {
  const { maxPodLifeTimeSeconds, states = [], conditions = [], exitCodes = [] } = args
  const { includingInitContainers = false } = args
  const filters: PodFilter[] = []
  if (maxPodLifeTimeSeconds !== undefined) {
    // Whole seconds are compared, so the pod has to be a second older.
    filters.push(({ created }) => Math.floor((now - created) / SECOND) > maxPodLifeTimeSeconds)
  }
  if (states.length > 0) {
    const wanted = new Set(states)
    filters.push(({ phase, reason, containers, initContainers }) => {
      if (wanted.has(phase) || wanted.has(reason) || isInState(containers, wanted, true)) return true
      return includingInitContainers && isInState(initContainers, wanted, true)
    })
  }
  filters.push(...ownerFilters(args))
  if (conditions.length > 0) filters.push(pod => hasCondition(pod, conditions, now))
  if (exitCodes.length > 0) {
    const codes = new Set(exitCodes)
    filters.push(({ containers, initContainers }) => {
      return hasExitCode(containers, codes) || (includingInitContainers && hasExitCode(initContainers, codes))
    })
  }
  return filters
}

function ownerFilters({ ownerKinds: { include = [], exclude = [] } = {} }: PodLifeTimeArgs): PodFilter[] {
  if (include.length > 0) return [({ owners }) => owners.some(({ kind }) => include.includes(kind))]
  if (exclude.length > 0) return [({ owners }) => !owners.some(({ kind }) => exclude.includes(kind))]
  return []
}

function hasCondition(
  pod: ViewedPod,
  wanted: NonNullable<PodLifeTimeArgs['conditions']>,
  now: number,
): boolean {
  return wanted.some(({ type = '', status = '', reason = '', minTimeSinceLastTransitionSeconds: age = 0 }) =>
    pod.conditions.some(condition => {
      if (type !== '' && condition.type !== type) return false
      if (status !== '' && condition.status !== status) return false
      if (reason !== '' && condition.reason !== reason) return false
      return Math.floor((now - condition.lastTransitionTime) / SECOND) >= age
    }),
  )
}
