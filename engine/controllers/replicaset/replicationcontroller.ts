/**
 * The ReplicationController controller: a ReplicaSet whose selector is a set of exact labels.
 *
 * Upstream: pkg/controller/replication/replication_controller.go (1.36).
 * Simplified: see replica-set-reconciler.ts.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { defineController } from '../controller.js'
import { ReplicaSetReconciler } from './replica-set-reconciler.js'
import { watchesOf } from './watches.js'

export const replicationcontroller = defineController({
  name: 'replicationcontroller',
  source: 'replication-controller',
  args: {},
  workers: CONTROLLER_WORKERS.replicationcontroller,
  watches: watchesOf('ReplicationController'),
  create: context => new ReplicaSetReconciler(context, 'ReplicationController'),
})
