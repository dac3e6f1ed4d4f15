import { Change, Source } from '../../state/change-log.js'
import type { Watch } from '../controller.js'

/**
 * What concerns a ReplicaSet or ReplicationController: itself, and every change of a pod its status can show.
 * Upstream: pkg/controller/replicaset/replica_set.go addRS, updateRS, deleteRS, addPod, updatePod, deletePod (1.36).
 * Simplified: nobody is woken by the own status coming back, nor by a change of a pod that no status can show.
 */
export function watchesOf(kind: string): readonly Watch[] {
  const { Added, Deleted, Deleting, Spec, Labels, Ownership, Phase, Ready } = Change
  return [
    {
      source: Source.Objects,
      kind,
      fields: Added | Deleted | Deleting | Spec,
      key: (_, row) => row,
    },
    {
      source: Source.Pods,
      fields: Added | Deleted | Deleting | Labels | Ownership | Phase | Ready,
      onlyWith: kind,
    },
  ]
}
