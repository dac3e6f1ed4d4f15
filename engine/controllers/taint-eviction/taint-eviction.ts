/**
 * The controller that evicts pods because of NoExecute taints.
 *
 * Upstream: pkg/controller/tainteviction/taint_eviction.go (1.36).
 * Simplified: see taint-eviction-reconciler.ts.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { TaintEvictionReconciler } from './taint-eviction-reconciler.js'

export const tainteviction = defineController({
  name: 'taint-eviction-controller',
  source: 'taint-eviction-controller',
  args: {},
  workers: CONTROLLER_WORKERS.tainteviction,
  watches: [
    { source: Source.Nodes, fields: Change.Added | Change.Deleted | Change.Taints },
    { source: Source.Pods, fields: Change.Added | Change.Bound | Change.Deleted },
  ],
  create: context => new TaintEvictionReconciler(context),
})
