/**
 * The EndpointSlice mirroring controller: slices for Endpoints that users write themselves.
 *
 * Upstream: pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go (1.36).
 * Simplified: see mirroring-reconciler.ts.
 */
import { CONTROLLER_WORKERS, ENDPOINT_SLICE_MAX_RETRIES, MIRRORING_RETRY } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { MirroringReconciler } from './mirroring-reconciler.js'

const { Added, Annotations, Deleted, Deleting, Labels, Spec } = Change

export const endpointslicemirroring = defineController({
  name: 'endpointslicemirroring',
  source: 'endpoint-slice-mirroring-controller',
  args: {},
  workers: CONTROLLER_WORKERS.endpointslicemirroring,
  maxRetries: ENDPOINT_SLICE_MAX_RETRIES,
  retryDelay: MIRRORING_RETRY,
  watches: [
    { source: Source.Objects, kind: 'Service', fields: Added | Deleted | Spec },
    {
      source: Source.Objects,
      kind: 'Endpoints',
      fields: Added | Deleted | Deleting | Spec | Labels | Annotations,
    },
    { source: Source.Objects, kind: 'EndpointSlice', fields: Added | Deleted | Deleting | Spec | Labels },
  ],
  create: context => new MirroringReconciler(context),
})
