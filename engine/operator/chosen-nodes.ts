import type { NodeChoice } from '../model/node-operations.js'
import type { OperationName } from '../model/operations.js'
import { parseSelector } from '../model/selector-text.js'
import type { LabelSetId, NodeId } from '../state/ids.js'
import { eachNode } from './each-node.js'
import type { OperatorContext } from './operation.js'

/**
 * The nodes that an operation is about: those named, in their order, and those of a selector or of node
 * pools, by name.
 * Upstream: the resource builder of staging/src/k8s.io/cli-runtime/pkg/resource/builder.go (1.36).
 * Simplified: pools are the scenario's, as clouds have them.
 */
export function chosenNodes(
  context: OperatorContext,
  operation: OperationName,
  { nodes: names, selector: text, pools = [] }: NodeChoice,
): NodeId[] {
  const { nodes, labelSets } = context.api.state
  const chosen: NodeId[] = []
  eachNode(context, operation, names, node => chosen.push(node))
  const selector = text === undefined ? undefined : parseSelector(text)
  const found: NodeId[] = []
  for (let row = 0; row < nodes.highWater; row++) {
    const node = row as NodeId
    if (!nodes.exists(node) || chosen.includes(node)) continue
    const isSelected =
      selector !== undefined &&
      !('error' in selector) &&
      selector.matches(labelSets.get(nodes.labels[node] as LabelSetId))
    if (isSelected || pools.includes(nodes.pool[node])) found.push(node)
  }
  found.sort((a, b) => ((nodes.name[a] as string) < (nodes.name[b] as string) ? -1 : 1))
  return [...chosen, ...found]
}
