/**
 * The garbage collector.
 *
 * Upstream: pkg/controller/garbagecollector, cmd/kube-controller-manager/app/core.go (1.36).
 * Simplified: see garbage-collector-reconciler.ts.
 */
import { CONTROLLER_WORKERS, GARBAGE_COLLECTOR_CLIENT } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { GarbageCollectorReconciler } from './garbage-collector-reconciler.js'

const { Added, Deleted, Deleting, Ownership } = Change
const FIELDS = Added | Deleted | Deleting | Ownership

export const garbagecollector = defineController({
  name: 'garbagecollector',
  source: 'garbage-collector-controller',
  args: {},
  workers: CONTROLLER_WORKERS.garbagecollector,
  clientScale: GARBAGE_COLLECTOR_CLIENT,
  watches: [
    { source: Source.Objects, fields: FIELDS },
    { source: Source.Pods, fields: FIELDS },
    { source: Source.Nodes, fields: Deleted },
  ],
  create: context => new GarbageCollectorReconciler(context),
})
