/**
 * A pod of the store as Karpenter looks at it.
 * Upstream: Karpenter core 1.15, pkg/utils/pod/scheduling.go.
 * Simplified: nothing known.
 */
import type { ApiServer } from '../../../apiserver/api-server.js'
import { NEVER, SECOND } from '../../../kernel/time.js'
import { NONE, type NodeId, Phase, type PodId } from '../../../state/ids.js'
import { annotationsOf, isMirrorPod, ownerOf, templateOf } from '../../controlled-pods.js'
import type { DisruptedPod } from '../disrupted-pod.js'

export function viewedPod(api: ApiServer, pod: PodId): DisruptedPod {
  const { state } = api
  const { pods, nodes, namespaces, labelSets } = state
  const kinds = ownerKinds(api, pod)
  const node = pods.node[pod] as NodeId
  const startTime = pods.startedAt[pod]
  const deletionTime = pods.deletionAt[pod]
  return {
    namespace: namespaces.get(pods.namespaceOf(pod)),
    name: pods.name[pod] as string,
    uid: String(pods.uid[pod]).padStart(12, '0'),
    labels: labelSets.get(pods.labelsOf(pod)),
    annotations: annotationsOf(state, pod),
    priority: pods.priority[pod],
    spec: templateOf(state, pod).spec,
    createdAtSeconds: Math.floor(pods.createdAt[pod] / SECOND),
    nodeName: node === NONE ? undefined : nodes.name[node],
    isPending: pods.phase[pod] === Phase.Pending,
    isTerminal: pods.isFinished(pod),
    isTerminating: deletionTime !== NEVER,
    isOfDaemonSet: kinds.includes('DaemonSet'),
    isOfStatefulSet: kinds.includes('StatefulSet'),
    isStatic: kinds.includes('Node') || isMirrorPod(state, pod),
    isUnready: startTime !== NEVER && pods.ready[pod] === 0,
    ...(startTime === NEVER ? {} : { startTime }),
    ...(deletionTime === NEVER ? {} : { deletionTime }),
  }
}

/** Waiting for a node that the scheduler has looked for in vain, and neither a DaemonSet's nor a node's own. */
export function isProvisionable({ state }: ApiServer, pod: PodId, viewed: DisruptedPod): boolean {
  const { pods } = state
  const hasFailed = pods.node[pod] === NONE && pods.unschedulableReason[pod] !== NONE
  const isPreempting = pods.nominatedNode[pod] !== NONE
  return hasFailed && !isPreempting && !viewed.isOfDaemonSet && !viewed.isStatic
}

function ownerKinds({ state, pods }: ApiServer, pod: PodId): readonly string[] {
  if (pods.references.hasOthers(pod)) return pods.references.of(pod).map(({ kind }) => kind)
  const owner = ownerOf(state, pod)
  return owner === undefined ? [] : [owner.kind]
}
