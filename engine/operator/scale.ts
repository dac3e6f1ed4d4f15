import { defineOperation } from './operation.js'
import { patched } from './patched.js'

/** Kinds with a scale subresource. */
const SCALABLE: ReadonlySet<string> = new Set([
  'Deployment',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
])

/**
 * Sets the replicas of a workload through its scale subresource.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/scale/scale.go, pkg/registry/apps/deployment/storage (1.36).
 * Simplified: no precondition on the present number of replicas.
 */
export const scale = defineOperation('scale', context => operation => {
  const { kind, namespace, name, replicas } = operation
  if (SCALABLE.has(kind)) return patched(context, 'scale', operation, { spec: { replicas } }, { replicas })
  const error = 'the server could not find the requested resource'
  context.report('scale', 'REJECTED', namespace, { object: `${kind}/${name}`, error })
  return undefined
})
