import type { Taint } from '../model/taints.js'
import type { TaintSetId } from '../state/ids.js'
import { eachNode } from './each-node.js'
import { defineOperation } from './operation.js'

/**
 * Sets taints on nodes and takes them away, as `kubectl taint --overwrite` does.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/taint/taint.go and utils.go (1.36).
 * Simplified: nothing known.
 */
export const taint = defineOperation('taint', context => ({ nodes, add, remove }) => {
  const { state, nodes: registry } = context.api
  eachNode(context, 'taint', nodes, node => {
    const before = state.taintSets.get(state.nodes.taints[node] as TaintSetId)
    const kept = before.filter(
      present => !remove.some(text => isMeant(present, text)) && !add.some(other => isSame(present, other)),
    )
    registry.patchTaints(node, [...kept, ...add])
  })
  return { nodes, ...(add.length > 0 ? { add } : {}), ...(remove.length > 0 ? { remove } : {}) }
})

function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect
}

/** Whether `key`, `key:effect` or `key=value:effect` names the taint. */
function isMeant({ key, value = '', effect }: Taint, text: string): boolean {
  const [name, wantedEffect] = text.split(':')
  const [wantedKey, wantedValue] = name.split('=')
  return (
    key === wantedKey &&
    (wantedEffect === undefined || wantedEffect === effect) &&
    (wantedValue === undefined || wantedValue === value)
  )
}
