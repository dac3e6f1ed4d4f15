import { notFoundMessage } from '../model/kinds.js'
import type { OperationName } from '../model/operations.js'
import type { NodeId } from '../state/ids.js'
import type { OperatorContext } from './operation.js'

/**
 * Does something to each of the nodes named; those that do not exist are reported.
 * Upstream: the resource builder of staging/src/k8s.io/cli-runtime/pkg/resource/builder.go (1.36).
 * Simplified: nothing known.
 */
export function eachNode(
  { api, report }: OperatorContext,
  operation: OperationName,
  names: readonly string[],
  act: (node: NodeId, name: string) => void,
): void {
  for (const name of names) {
    const node = api.state.nodes.find(name)
    if (node !== undefined) act(node, name)
    else report(operation, 'REJECTED', '', { object: `Node/${name}`, error: notFoundMessage('Node', name) })
  }
}
