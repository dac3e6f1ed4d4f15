import type { ClusterState } from './cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId } from './ids.js'

/**
 * Two intrusive lists through the pod table: the pods of a node and the pods of an owner, newest first. Insertion
 * and removal are O(1), so a controller walks its own pods and never all.
 */
export function linkToNode({ pods, nodes }: ClusterState, pod: PodId, node: NodeId): void {
  const first = nodes.firstPod[node]
  pods.nextOnNode[pod] = first
  pods.previousOnNode[pod] = NONE
  if (first !== NONE) pods.previousOnNode[first] = pod
  nodes.firstPod[node] = pod
  nodes.podCount[node]++
}

export function unlinkFromNode({ pods, nodes }: ClusterState, pod: PodId): void {
  const node = pods.node[pod]
  const next = pods.nextOnNode[pod]
  const previous = pods.previousOnNode[pod]
  if (previous === NONE) nodes.firstPod[node] = next
  else pods.nextOnNode[previous] = next
  if (next !== NONE) pods.previousOnNode[next] = previous
  nodes.podLeft(node as NodeId)
}

export function linkToOwner({ pods, objects }: ClusterState, pod: PodId, owner: ObjectId): void {
  const first = objects.firstPod[owner]
  pods.nextOfOwner[pod] = first
  pods.previousOfOwner[pod] = NONE
  if (first !== NONE) pods.previousOfOwner[first] = pod
  objects.firstPod[owner] = pod
  objects.podCount[owner]++
}

export function unlinkFromOwner({ pods, objects }: ClusterState, pod: PodId): void {
  const owner = pods.owner[pod]
  const next = pods.nextOfOwner[pod]
  const previous = pods.previousOfOwner[pod]
  if (previous === NONE) objects.firstPod[owner] = next
  else pods.nextOfOwner[previous] = next
  if (next !== NONE) pods.previousOfOwner[next] = previous
  objects.podLeft(owner as ObjectId)
}
