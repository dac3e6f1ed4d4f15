/**
 * The DaemonSet controller: one pod on every node that is eligible, pinned to it by affinity and placed
 * there by the scheduler, and rolling updates over the nodes.
 *
 * Upstream: pkg/controller/daemon/daemon_controller.go and update.go (1.36).
 * Simplified: the check that own writes have been seen (StaleControllerConsistencyDaemonSet) is left to
 * the expectations; changes of nodes are looked at when they are seen, without a queue of their own.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { DaemonSetReconciler } from './daemon-set-reconciler.js'

const { Added, Deleted, Deleting, Spec, Labels, Ownership, Phase, Ready, Taints } = Change

export const daemonset = defineController({
  name: 'daemonset',
  source: 'daemonset-controller',
  args: {},
  workers: CONTROLLER_WORKERS.daemonset,
  watches: [
    {
      source: Source.Objects,
      kind: 'DaemonSet',
      fields: Added | Deleted | Deleting | Spec,
      key: (_, row) => row,
    },
    { source: Source.Objects, kind: 'ControllerRevision', fields: Deleted },
    {
      source: Source.Pods,
      fields: Added | Deleted | Deleting | Labels | Ownership | Phase | Ready,
      onlyWith: 'DaemonSet',
    },
    { source: Source.Nodes, fields: Added | Labels | Taints, onlyWith: 'DaemonSet' },
  ],
  create: context => new DaemonSetReconciler(context),
})
