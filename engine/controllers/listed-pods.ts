/**
 * The pods an informer lists, in order of creation: where an index begins that is made when somebody first asks.
 *
 * Upstream: the first list of client-go/tools/cache/reflector.go (1.36).
 * Simplified: nothing known.
 */
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'

export function listedPods({ pods }: ClusterState, informer: Informer): PodId[] {
  const { createdSequence, deletedSequence, name } = pods
  const listed: PodId[] = []
  for (let row = 0; row < pods.highWater; row++) {
    const isUsed = name[row] !== undefined
    if (isUsed && informer.sees(createdSequence[row], deletedSequence[row])) listed.push(row as PodId)
  }
  return listed.sort((left, right) => createdSequence[left] - createdSequence[right])
}
