/**
 * How many more pods like one that is evicted the other nodes could take, at most: what is free, and what
 * pods hold that end by themselves, are on their way out or can be preempted.
 *
 * Upstream: the filters NodeResourcesFit, NodeAffinity, TaintToleration and NodeUnschedulable of
 * pkg/scheduler/framework/plugins (1.36), as far as a node's objects tell.
 * Simplified: affinity to pods, spread constraints, ports and volumes are not looked at: so room may be found
 * where there is none, never the other way round.
 */
import { compileNodeSelector } from '../../model/node-affinity.js'
import type { PodSpec } from '../../model/pod-spec.js'
import { findUntoleratedTaint, keepsAway } from '../../model/taints.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type LabelSetId, NONE, type NodeId, type PodId, Status, type TaintSetId } from '../../state/ids.js'
import { PODS } from '../../state/resource-names.js'

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const

/**
 * Stops counting at `enough`. @param excluded nodes that nobody is placed on, beside those that are cordoned
 */
export function roomElsewhere(
  state: ClusterState,
  pod: PodId,
  enough: number,
  excluded: ReadonlySet<NodeId>,
): number {
  const { nodes, pods } = state
  const from = pods.nodeOf(pod)
  let room = 0
  for (let row = 0; row < nodes.highWater && room < enough; row++) {
    const node = row as NodeId
    if (node === from || excluded.has(node) || !nodes.exists(node) || !mayRunOn(state, pod, node)) continue
    room += placesOn(state, pod, node, enough - room)
  }
  return room
}

function labelsOf({ nodes, labelSets }: ClusterState, node: NodeId): Readonly<Record<string, string>> {
  return labelSets.get(nodes.labels[node] as LabelSetId)
}

function mayRunOn(state: ClusterState, pod: PodId, node: NodeId): boolean {
  const { nodes, taintSets } = state
  if (nodes.ready[node] !== Status.True) return false
  const { tolerations = [], nodeSelector = {}, affinity } = specOf(state, pod)
  const taints = taintSets.get(nodes.taints[node] as TaintSetId)
  const all = nodes.unschedulable[node] === 1 ? [...taints, UNSCHEDULABLE] : taints
  if (findUntoleratedTaint(all, tolerations, keepsAway) !== undefined) return false
  const labels = labelsOf(state, node)
  if (!Object.entries(nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined || required === null) return true
  return compileNodeSelector(required).matches(labels, nodes.name[node] as string)
}

function specOf({ pods, templates }: ClusterState, pod: PodId): PodSpec {
  return templates.get(pods.templateOf(pod)).spec
}

/** How many such pods the node could take, up to `enough`. */
function placesOn(state: ClusterState, pod: PodId, node: NodeId, enough: number): number {
  const { nodes, pods, requests } = state
  const { resources, amounts } = requests.of(pods.templateOf(pod))
  const { allocatable, requested, resourceWidth, podCount } = nodes
  const row = node * resourceWidth
  const places = (held: readonly number[], ending: number): number => {
    let least = Math.min(enough, allocatable[row + PODS] - podCount[node] + ending)
    for (let i = 0; i < resources.length; i++) {
      const free = allocatable[row + resources[i]] - requested[row + resources[i]] + held[i]
      least = Math.min(least, Math.floor(free / amounts[i]))
    }
    return Math.max(0, least)
  }
  const now = places(
    resources.map(() => 0),
    0,
  )
  if (now >= enough) return now
  const { held, ending } = heldForATime(state, pod, node, resources)
  return places(held, ending)
}

/** What pods of the node request that will not stay, or need not. */
function heldForATime(
  state: ClusterState,
  pod: PodId,
  node: NodeId,
  resources: readonly number[],
): { readonly held: readonly number[]; readonly ending: number } {
  const { nodes, pods, requests } = state
  const held = resources.map(() => 0)
  let ending = 0
  for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) {
    const other = row as PodId
    const ends =
      pods.isTerminating(other) ||
      pods.isFinished(other) ||
      pods.priority[other] < pods.priority[pod] ||
      (specOf(state, other).restartPolicy ?? 'Always') !== 'Always'
    if (!ends) continue
    ending++
    if (pods.isFinished(other)) continue
    const of = requests.of(pods.templateOf(other))
    for (const [i, resource] of resources.entries()) {
      const at = of.resources.indexOf(resource)
      if (at >= 0) held[i] += of.amounts[at]
    }
  }
  return { held, ending }
}
