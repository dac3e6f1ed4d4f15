import type { ApiServer } from '../apiserver/api-server.js'
import { Result } from '../apiserver/result.js'
import { notFoundMessage } from '../model/kinds.js'
import type { OperationOf } from '../model/operations.js'
import { defineOperation } from './operation.js'
import { selectedNames } from './selected-names.js'

/**
 * Deletes objects by name or selector, with a propagation policy and a grace period.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/delete/delete.go (1.36).
 * Simplified: it does not wait until the objects are gone.
 */
export const deleteObjects = defineOperation('delete', ({ api, report }) => operation => {
  const { kind, namespace, names, selector, count = Number.POSITIVE_INFINITY, propagation = '' } = operation
  const found = selector === undefined ? names : selectedNames(api.state, kind, namespace, selector)
  const wanted = found.slice(0, count)
  for (const name of wanted) {
    if (deleteByName(api, operation, name) !== Result.NotFound) continue
    report('delete', 'REJECTED', namespace, {
      object: `${kind}/${name}`,
      error: notFoundMessage(kind, name),
    })
  }
  return { kind, names: wanted, propagation }
})

function deleteByName(api: ApiServer, operation: OperationOf<'delete'>, name: string): Result {
  const { state, pods, nodes, objects } = api
  const { kind, namespace, gracePeriodSeconds, propagation } = operation
  if (kind === 'Pod') {
    const pod = state.pods.find(state.namespaceId(namespace), name)
    return pod === undefined
      ? Result.NotFound
      : pods.delete(pod, state.pods.uid[pod], gracePeriodSeconds, propagation)
  }
  if (kind === 'Node') {
    const node = state.nodes.find(name)
    return node === undefined ? Result.NotFound : nodes.delete(node)
  }
  const id = state.objects.find(kind, namespace, name)
  return id === undefined ? Result.NotFound : objects.delete(id, propagation)
}
