/**
 * Groups of equal nodes as the cloud provider keeps them: the sizes the autoscaler reads and sets.
 *
 * Upstream: cloudprovider/cloud_provider.go NodeGroup of cluster-autoscaler 1.36.1.
 * Simplified: groups are neither created nor deleted; none scales only between zero and its maximum.
 */
import type { NodeId } from '../../state/ids.js'

export interface NodeGroup {
  readonly id: string
  readonly minSize: number
  readonly maxSize: number
  /** What was asked for, nodes that have not joined yet included. */
  readonly targetSize: number
}

export interface NodeGroups {
  readonly all: readonly NodeGroup[]
  /** The group of a node of the simulated cluster. */
  of(node: NodeId): NodeGroup | undefined
}
