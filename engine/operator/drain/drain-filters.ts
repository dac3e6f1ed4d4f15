/**
 * Which pods of a node a drain takes away, which it passes over, and which keep it from beginning at all.
 *
 * Upstream: staging/src/k8s.io/kubectl/pkg/drain/filters.go and drain.go GetPodsForDeletion (1.36).
 * Simplified: nothing known.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { DrainSettings } from '../../model/node-operations.js'
import { parseSelector } from '../../model/selector-text.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../../state/ids.js'

/** Why a pod keeps the drain from beginning, in kubectl's words. */
export const Obstacle = {
  DaemonSet: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
  LocalStorage: 'Pods with local storage (use --delete-emptydir-data to override)',
  NoController: 'Pods that declare no controller (use --force to override)',
} as const

export interface PodsToDrain {
  /** In order of namespace and name, as a list from the API is. */
  readonly leaving: readonly PodId[]
  /** Pods of DaemonSets that stay, with the names of these. */
  readonly ignored: readonly { readonly pod: PodId; readonly daemonSet: string }[]
  /** By what is wrong: the pods. Unless it is empty nobody leaves. */
  readonly obstacles: ReadonlyMap<string, readonly PodId[]>
}

const MIRROR = 'kubernetes.io/config.mirror'

export function podsToDrain(
  state: ClusterState,
  node: NodeId,
  settings: DrainSettings,
  now: SimTime,
): PodsToDrain {
  const { pods, nodes, labelSets } = state
  const selector = parseSelector(settings.podSelector ?? '')
  const found: PodId[] = []
  for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) found.push(row as PodId)
  found.sort((a, b) => (isBefore(state, a, b) ? -1 : 1))
  const leaving: PodId[] = []
  const ignored: { pod: PodId; daemonSet: string }[] = []
  const obstacles = new Map<string, PodId[]>()
  for (const pod of found) {
    if ('error' in selector || !selector.matches(labelSets.get(pods.labelsOf(pod)))) continue
    if (isOverdue(state, pod, settings, now)) continue
    const judged = judge(state, pod, settings)
    if (judged.verdict === 'goes') leaving.push(pod)
    else if (judged.verdict === 'ignored') ignored.push({ pod, daemonSet: judged.about })
    else if (judged.verdict === 'obstacle') {
      const others = obstacles.get(judged.about)
      if (others === undefined) obstacles.set(judged.about, [pod])
      else others.push(pod)
    }
  }
  return { leaving: obstacles.size > 0 ? [] : leaving, ignored, obstacles }
}

/** By namespace/name; within a namespace the name alone decides. */
function isBefore(state: ClusterState, a: PodId, b: PodId): boolean {
  const { name, namespace } = state.pods
  if (namespace[a] === namespace[b]) return (name[a] as string) < (name[b] as string)
  return state.podKey(a) < state.podKey(b)
}

/** Whether the pod should have gone so long ago that nobody waits for it any more. */
export function isOverdue(
  { pods }: ClusterState,
  pod: PodId,
  { skipWaitForDeleteTimeoutSeconds: limit = 0 }: DrainSettings,
  now: SimTime,
): boolean {
  const due = pods.deletionAt[pod]
  return limit > 0 && due !== NEVER && Math.trunc((now - due) / SECOND) > limit
}

interface Judged {
  readonly verdict: 'goes' | 'skipped' | 'ignored' | 'obstacle'
  /** The DaemonSet that is ignored, or what is wrong. */
  readonly about: string
}

const GOES: Judged = { verdict: 'goes', about: '' }
const SKIPPED: Judged = { verdict: 'skipped', about: '' }

/** The filters in kubectl's order: the first that does not let the pod go decides. */
function judge(state: ClusterState, pod: PodId, settings: DrainSettings): Judged {
  const { pods, objects, templates } = state
  const { ignoreDaemonSets = true, deleteEmptyDirData = true, force = true } = settings
  const owner = pods.owner[pod] as ObjectId
  const isFinished = pods.isFinished(pod)
  const template = templates.get(pods.templateOf(pod))
  if (owner !== NONE && !isFinished && objects.get(owner).kind === 'DaemonSet') {
    const { name } = objects.get(owner).meta
    if (objects.exists(owner)) {
      return ignoreDaemonSets
        ? { verdict: 'ignored', about: name }
        : { verdict: 'obstacle', about: Obstacle.DaemonSet }
    }
    if (!force) return { verdict: 'obstacle', about: `daemonsets.apps "${name}" not found` }
  }
  if (template.annotations[MIRROR] !== undefined) return SKIPPED
  if (isFinished) return GOES
  const isLocal = (template.spec.volumes ?? []).some(({ emptyDir }) => emptyDir !== undefined)
  if (isLocal && !deleteEmptyDirData) return { verdict: 'obstacle', about: Obstacle.LocalStorage }
  if (owner === NONE && !force) return { verdict: 'obstacle', about: Obstacle.NoController }
  return GOES
}
