/**
 * The Endpoints controller, as far as others see it: Endpoints go with their Service, whoever wrote them.
 *
 * Upstream: syncService of pkg/controller/endpoint/endpoints_controller.go (1.36).
 * Simplified: Endpoints of Services with a selector are not written; everything simulated reads EndpointSlices.
 */
import { Result } from '../apiserver/result.js'
import { CONTROLLER_WORKERS, ENDPOINT_SLICE_MAX_RETRIES, ENDPOINT_SLICE_RETRY } from '../model/defaults.js'
import { Change, Source } from '../state/change-log.js'
import type { ObjectId } from '../state/ids.js'
import { type ControllerContext, DONE, defineController, RETRY, type Reconciler } from './controller.js'
import { NameKeys } from './name-keys.js'

function create(context: ControllerContext): Reconciler {
  const { api, state, queue } = context
  const keys = new NameKeys()
  return {
    changed(_, row) {
      const { namespace, name } = state.objects.get(row as ObjectId).meta
      queue.add(keys.of(namespace, name))
    },

    reconcile(key) {
      const { namespace, name } = keys.get(key)
      if (state.objects.find('Service', namespace, name) !== undefined) return DONE
      const endpoints = state.objects.find('Endpoints', namespace, name)
      if (endpoints === undefined) return DONE
      const result = api.objects.delete(endpoints)
      context.charge()
      return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
    },
  }
}

export const endpoints = defineController({
  name: 'endpoints',
  source: 'endpoint-controller',
  args: {},
  workers: CONTROLLER_WORKERS.endpoints,
  maxRetries: ENDPOINT_SLICE_MAX_RETRIES,
  retryDelay: ENDPOINT_SLICE_RETRY,
  watches: [{ source: Source.Objects, kind: 'Service', fields: Change.Deleted }],
  create,
})
