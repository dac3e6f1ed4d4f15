/**
 * The ReplicaSet controller.
 *
 * Upstream: pkg/controller/replicaset/replica_set.go (1.36).
 * Simplified: see replica-set-reconciler.ts.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { defineController } from '../controller.js'
import { ReplicaSetReconciler } from './replica-set-reconciler.js'
import { watchesOf } from './watches.js'

export const replicaset = defineController({
  name: 'replicaset',
  source: 'replicaset-controller',
  args: {},
  workers: CONTROLLER_WORKERS.replicaset,
  watches: watchesOf('ReplicaSet'),
  create: context => new ReplicaSetReconciler(context, 'ReplicaSet'),
})
