import { parseSelector } from '../model/selector-text.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId, NodeId } from '../state/ids.js'

/**
 * Names of the objects of a kind that a text selector picks, sorted; none when the selector cannot be read.
 * Upstream: staging/src/k8s.io/cli-runtime/pkg/resource/selector.go (1.36).
 * Simplified: nothing known.
 */
export function selectedNames(
  state: ClusterState,
  kind: string,
  namespace: string,
  text: string,
): readonly string[] {
  const selector = parseSelector(text)
  if ('error' in selector) return []
  const { pods, nodes, objects, labelSets } = state
  const names: string[] = []
  if (kind === 'Pod') {
    for (const [name, pod] of pods.names(state.namespaceId(namespace)))
      if (selector.matches(labelSets.get(pods.labelsOf(pod)))) names.push(name)
  } else if (kind === 'Node') {
    for (let row = 0; row < nodes.highWater; row++) {
      const node = row as NodeId
      if (!nodes.exists(node)) continue
      if (selector.matches(labelSets.get(nodes.labels[node] as LabelSetId)))
        names.push(nodes.name[node] as string)
    }
  } else {
    for (const id of objects.ofKind(kind)) {
      const { meta } = objects.get(id)
      if (meta.namespace === namespace && selector.matches(meta.labels)) names.push(meta.name)
    }
  }
  return names.sort()
}
