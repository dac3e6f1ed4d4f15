/**
 * A new machine like the one of a node: what its kubelet will register. Of labels and taints only those are
 * taken over that belong to the machine's kind.
 *
 * Upstream: initialNode of pkg/kubelet/kubelet_node_status.go (1.36); node groups of clouds.
 * Simplified: all annotations are taken over, as the kubelet's configuration stands in them.
 */
import type { NodeDraft } from '../../apiserver/node-registry.js'
import type { Labels } from '../../model/pod-spec.js'
import type { NodePool } from '../../model/simulation-model.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type LabelSetId, NONE, type NodeId, type TaintSetId } from '../../state/ids.js'

const HOSTNAME = 'kubernetes.io/hostname'
/** Taints of the control plane come and go with a node's state. */
const OF_CONTROL_PLANE = /^node(?:\.cloudprovider)?\.kubernetes\.io\//

export interface Changed {
  readonly labels?: Labels
  readonly kubeletVersion?: string | undefined
}

export function likeNode(
  state: ClusterState,
  pools: readonly NodePool[],
  node: NodeId,
  { labels: added = {}, kubeletVersion }: Changed = {},
): NodeDraft {
  const { nodes, labelSets, taintSets } = state
  const pool = nodes.pool[node] === NONE ? undefined : pools[nodes.pool[node]]
  const name = newName(state, nodes.name[node] as string)
  const { readyDelay } = nodes
  const config = nodes.kubeletConfig[node]
  const annotations = nodes.annotations[node]
  const taints = taintSets.get(nodes.taints[node] as TaintSetId)
  return {
    name,
    labels: { ...labelSets.get(nodes.labels[node] as LabelSetId), ...added, [HOSTNAME]: name },
    taints: pool?.taints ?? taints.filter(({ key }) => !OF_CONTROL_PLANE.test(key)),
    unschedulable: false,
    capacity: amountsOf(state, nodes.capacityAmounts, node),
    allocatable: amountsOf(state, nodes.allocatable, node),
    images: new Map(Object.entries(pool?.images ?? {})),
    pool: nodes.pool[node],
    readyDelay: readyDelay[node],
    ...(config === undefined ? {} : { kubelet: config }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(pool?.staticPods === undefined ? {} : { staticPods: pool.staticPods }),
    ...(kubeletVersion === undefined ? {} : { kubeletVersion }),
  }
}

/** The old name with a number: `worker-3` is followed by `worker-3-r1`, and that one by `worker-3-r2`. */
function newName({ nodes }: ClusterState, old: string): string {
  const numbered = /^(.*)-r(\d+)$/.exec(old)
  const [stem, last] = numbered === null ? [old, 0] : [numbered[1], Number(numbered[2])]
  for (let number = last + 1; ; number++) {
    const name = `${stem}-r${number}`
    if (nodes.find(name) === undefined) return name
  }
}

function amountsOf(
  { resources, nodes }: ClusterState,
  matrix: Float64Array,
  node: NodeId,
): Readonly<Record<string, number>> {
  const row = node * nodes.resourceWidth
  return Object.fromEntries(
    resources.names.flatMap((name, i) => (matrix[row + i] === 0 ? [] : [[name, matrix[row + i]]])),
  )
}
