/**
 * The EndpointSlice controller: addresses of the pods that a Service selects.
 *
 * Upstream: pkg/controller/endpointslice/endpointslice_controller.go (1.36).
 * Simplified: see endpoint-slice-reconciler.ts.
 */
import { CONTROLLER_WORKERS, ENDPOINT_SLICE_MAX_RETRIES, ENDPOINT_SLICE_RETRY } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { EndpointSliceReconciler } from './endpoint-slice-reconciler.js'

const { Added, Deleted, Deleting, Labels, Phase, Ready, Spec } = Change

export const endpointslice = defineController({
  name: 'endpointslice',
  source: 'endpoint-slice-controller',
  args: {},
  workers: CONTROLLER_WORKERS.endpointslice,
  maxRetries: ENDPOINT_SLICE_MAX_RETRIES,
  retryDelay: ENDPOINT_SLICE_RETRY,
  watches: [
    { source: Source.Objects, kind: 'Service', fields: Added | Deleted | Deleting | Spec | Labels },
    { source: Source.Objects, kind: 'EndpointSlice', fields: Added | Deleted | Deleting | Spec | Labels },
    { source: Source.Nodes, fields: Deleted | Labels },
    {
      source: Source.Pods,
      fields: Added | Deleted | Deleting | Labels | Phase | Ready,
      onlyWith: 'Service',
    },
  ],
  create: context => new EndpointSliceReconciler(context),
})
