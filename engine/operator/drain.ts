/**
 * Drains nodes as `kubectl drain` does: one after another, or several at once as when several people drain. A
 * node that cannot be drained does not keep the next one from its turn.
 *
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/drain/drain.go RunDrain (1.36).
 * Simplified: nothing known.
 */
import type { OperationOf } from '../model/operations.js'
import type { NodeId } from '../state/ids.js'
import { chosenNodes } from './chosen-nodes.js'
import { defineOperation, type OperatorContext } from './operation.js'

export const drain = defineOperation('drain', context => operation => {
  const nodes = chosenNodes(context, 'drain', operation)
  const { api, drainer } = context
  drainer.foresee(nodes, operation, operation.cordonAllFirst)
  if (operation.cordonAllFirst) for (const node of nodes) api.nodes.patchUnschedulable(node, true)
  const waiting = [...nodes]
  for (let i = 0; i < (operation.parallel ?? 1); i++) drainNext(context, operation, waiting)
  return undefined
})

function drainNext(context: OperatorContext, operation: OperationOf<'drain'>, waiting: NodeId[]): void {
  const node = waiting.shift()
  if (node === undefined) return
  const ended = (): void => drainNext(context, operation, waiting)
  context.drainer.drain({ node, operation: 'drain', settings: operation, ended })
}
