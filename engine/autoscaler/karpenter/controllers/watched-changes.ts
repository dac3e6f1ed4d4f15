/**
 * What Karpenter watches of pods, nodes and other objects.
 * Upstream: Karpenter core 1.15, the informers of pkg/controllers/state/informer.
 * Simplified: nothing known.
 */
import { Change } from '../../../state/change-log.js'
import { NODE_POOL_KIND } from './node-pools.js'

export const POD_CHANGES =
  Change.Added |
  Change.Deleted |
  Change.Deleting |
  Change.Labels |
  Change.Annotations |
  Change.Spec |
  Change.Bound |
  Change.Phase |
  Change.Ready |
  Change.Nominated |
  Change.Conditions |
  Change.Ownership
/** Of a pod that has its node these alone are no reason to look again; budgets of pods tell of readiness themselves. */
export const QUIET_CHANGES = Change.Ready | Change.Nominated | Change.Conditions
export const NODE_CHANGES =
  Change.Added |
  Change.Deleted |
  Change.Labels |
  Change.Annotations |
  Change.Taints |
  Change.Allocatable |
  Change.NodeReady
export const OBJECT_CHANGES = Change.Added | Change.Deleted | Change.Labels | Change.Spec | Change.Status
export const BUDGET = 'PodDisruptionBudget'
const DAEMON_SET = 'DaemonSet'
/** Kinds that scheduling looks up beside these. */
export const LOOKED_UP: ReadonlySet<string> = new Set([
  BUDGET,
  DAEMON_SET,
  NODE_POOL_KIND,
  'Namespace',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StorageClass',
])
