/**
 * The node lifecycle controller.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go (1.36).
 * Simplified: see node-lifecycle-reconciler.ts.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { NODE_LIFECYCLE_ARGS } from './node-lifecycle-args.js'
import { NodeLifecycleReconciler } from './node-lifecycle-reconciler.js'

const { Added, Deleted, Labels, Taints, Unschedulable, NodeReady, Pressure, Lease } = Change

export const nodelifecycle = defineController({
  name: 'nodelifecycle',
  source: 'node-controller',
  args: NODE_LIFECYCLE_ARGS,
  workers: CONTROLLER_WORKERS.nodelifecycle,
  watches: [
    {
      source: Source.Nodes,
      fields: Added | Deleted | Labels | Taints | Unschedulable | NodeReady | Pressure | Lease,
    },
  ],
  create: (context, args) => new NodeLifecycleReconciler(context, args),
})
