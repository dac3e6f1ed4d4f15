/**
 * Patches of Nodes: labels, taints and unschedulable.
 * Upstream: pkg/registry/core/node/strategy.go (1.36).
 * Simplified: annotations and the provider's fields are not kept.
 */
import { notFoundMessage } from '../model/kinds.js'
import type { Labels } from '../model/pod-spec.js'
import type { Taint } from '../model/taints.js'
import type { LabelSetId, TaintSetId } from '../state/ids.js'
import type { ApiServer } from './api-server.js'
import { ACCEPTED, type Answer, type Patcher } from './patch.js'
import { Result } from './result.js'

interface NodeSpec {
  readonly taints?: readonly Taint[]
  readonly unschedulable?: boolean
}

export function patchNode(api: ApiServer, name: string, patcher: Patcher): Answer {
  const { state } = api
  const node = state.nodes.find(name)
  if (node === undefined) return { result: Result.NotFound, message: notFoundMessage('Node', name) }
  const patched = patcher({
    metadata: { name, labels: state.labelSets.get(state.nodes.labels[node] as LabelSetId) },
    spec: {
      taints: state.taintSets.get(state.nodes.taints[node] as TaintSetId),
      unschedulable: state.nodes.unschedulable[node] === 1,
    },
  })
  if ('result' in patched) return patched
  const { metadata, spec } = patched.document
  const { taints = [], unschedulable = false } = (spec ?? {}) as NodeSpec
  api.nodes.patchLabels(node, (metadata['labels'] ?? {}) as Labels)
  api.nodes.patchTaints(node, taints)
  api.nodes.patchUnschedulable(node, unschedulable)
  return ACCEPTED
}
