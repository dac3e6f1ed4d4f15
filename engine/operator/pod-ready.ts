import type { PodId } from '../state/ids.js'
import { defineOperation } from './operation.js'
import { selectedNames } from './selected-names.js'

/**
 * Forces the readiness of pods, as a failing or a lying probe does, or gives it back to the pods.
 * Upstream: the Ready condition of pkg/kubelet/status/generate.go (1.36).
 * Simplified: pods that come later are not meant.
 */
export const podReady = defineOperation(
  'pod-ready',
  ({ api, agents }) =>
    ({ namespace, selector, ready }) => {
      const { state } = api
      const inNamespace = state.namespaceId(namespace)
      const pods = selectedNames(state, 'Pod', namespace, selector).map(
        name => state.pods.find(inNamespace, name) as PodId,
      )
      agents.forceReady(pods, ready)
      return { pods: pods.length, ready: ready ?? null, selector }
    },
)
