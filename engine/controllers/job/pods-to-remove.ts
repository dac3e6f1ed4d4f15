/**
 * Which active pods of a Job go when there are too many: in an Indexed Job those with an index twice or with
 * none that counts; then unassigned before assigned, Pending before Running, not ready before ready, the more
 * recently ready, those with more restarts, the younger.
 *
 * Upstream: pkg/controller/job/job_controller.go activePodsForRemoval, indexed_job_utils.go
 * appendDuplicatedIndexPodsForRemoval, pkg/controller/controller_utils.go ActivePods (1.36).
 * Simplified: pods that are equal in all of this go from the youngest on, then in order of names (upstream:
 * in the order of a hash map).
 */
import type { JobSpec } from '../../model/jobs.js'
import type { WallClock } from '../../model/wall-clock.js'
import { NONE, Phase } from '../../state/ids.js'
import type { PodTable } from '../../state/pods.js'
import type { JobPod } from './job-pods.js'
import { isValidIndex } from './job-sync.js'

const PHASE_ORDER: Readonly<Record<number, number>> = {
  [Phase.Pending]: 0,
  [Phase.Unknown]: 1,
  [Phase.Running]: 2,
}

/** At least so many of the active pods. */
export function podsToRemove(
  spec: JobSpec,
  active: readonly JobPod[],
  atLeast: number,
  pods: PodTable,
  clock: WallClock,
): JobPod[] {
  const compare = (a: JobPod, b: JobPod): number => compareActive(a, b, pods, clock)
  const { surplus, left } =
    spec.completionMode === 'Indexed' ? withoutRepeats(spec, active, compare) : { surplus: [], left: active }
  if (surplus.length >= atLeast) return surplus
  return [...surplus, ...left.toSorted(compare).slice(0, atLeast - surplus.length)]
}

function withoutRepeats(
  spec: JobSpec,
  active: readonly JobPod[],
  compare: (a: JobPod, b: JobPod) => number,
): { readonly surplus: JobPod[]; readonly left: JobPod[] } {
  const surplus: JobPod[] = []
  const byIndex = new Map<number, JobPod[]>()
  for (const pod of active) {
    const same = byIndex.get(pod.index)
    if (!isValidIndex(spec, pod.index)) surplus.push(pod)
    else if (same === undefined) byIndex.set(pod.index, [pod])
    else same.push(pod)
  }
  const left: JobPod[] = []
  for (const same of byIndex.values()) {
    same.sort(compare)
    surplus.push(...same.slice(0, -1))
    left.push(same[same.length - 1])
  }
  return { surplus, left }
}

function compareActive(a: JobPod, b: JobPod, pods: PodTable, clock: WallClock): number {
  const { node, readyAt, createdAt } = pods
  const isAssigned = ({ pod }: JobPod): number => (node[pod] === NONE ? 0 : 1)
  const first =
    isAssigned(a) - isAssigned(b) ||
    PHASE_ORDER[a.phase] - PHASE_ORDER[b.phase] ||
    Number(a.isReady) - Number(b.isReady)
  if (first !== 0) return first
  const readyLater = a.isReady ? clock.wholeSecond(readyAt[b.pod]) - clock.wholeSecond(readyAt[a.pod]) : 0
  const then = readyLater || b.restarts - a.restarts || createdAt[b.pod] - createdAt[a.pod]
  if (then !== 0) return then
  return a.name < b.name ? -1 : 1
}
