import { Streams } from '../kernel/rng.js'
import { chosenNodes } from './chosen-nodes.js'
import { defineOperation } from './operation.js'
import { loseMachine } from './reclaims.js'

/**
 * The cloud takes machines back after a notice, or away without one.
 * Upstream: see reclaims.ts.
 * Simplified: nothing known.
 */
export const reclaimNodes = defineOperation('reclaim-nodes', context => {
  const choice = new Streams(context.kernel.seed).stream('operator/reclaim-nodes')
  return operation => {
    const nodes = chosenNodes(context, 'reclaim-nodes', operation)
    const count = operation.pick === 0 ? nodes.length : Math.min(operation.pick, nodes.length)
    for (let i = 0; i < count; i++) {
      const [node] = nodes.splice(operation.pick === 0 ? 0 : choice.integer(nodes.length), 1)
      context.reclaims.reclaim(node, operation, 'reclaim-nodes')
    }
    return undefined
  }
})

export const terminateNodes = defineOperation('terminate-nodes', context => operation => {
  const { nodes: table } = context.api.state
  const nodes = chosenNodes(context, 'terminate-nodes', operation)
  const names = nodes.map(node => table.name[node])
  for (const node of nodes) loseMachine(context, node, operation, operation.isGraceful)
  return { nodes: names }
})
