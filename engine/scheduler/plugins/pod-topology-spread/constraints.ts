import { type CompiledSelector, compileSelector, selectorOfLabels } from '../../../model/labels.js'
import { compileNodeSelector } from '../../../model/node-affinity.js'
import { anchorOf } from '../../../model/pod-affinity.js'
import type { PodSpec, TopologySpreadConstraint } from '../../../model/pod-spec.js'
import { canonicalJson } from '../../../model/pod-template.js'
import type { ClusterCounts } from '../../counts/cluster-counts.js'
import type { DomainCounts } from '../../counts/domain-counts.js'
import type { NodeRequirement } from '../../counts/eligible-nodes.js'
import type { Selection } from '../../counts/selection.js'
import type { TopologyKey } from '../../counts/topology-key.js'
import type { PodShape } from '../../framework/pod-shape.js'

export const HOSTNAME = 'kubernetes.io/hostname'

/** One constraint of a pod shape, ready to be asked. */
export interface SpreadConstraint {
  readonly maxSkew: number
  readonly minDomains: number
  /** Where a node is; nodes without the label are in no domain. */
  readonly key: TopologyKey
  readonly isHostname: boolean
  readonly selection: Selection
  readonly table: DomainCounts
  /** 1 when the pod itself is one of those counted. */
  readonly selfMatch: 0 | 1
}

/** What constraints are made ready from. */
export interface WrittenConstraints {
  readonly constraints: readonly TopologySpreadConstraint[]
  /** In place of the constraints' own selectors. */
  readonly selector?: CompiledSelector
  /** Nodes that lack a key stay out of all counts. */
  readonly requireAllKeys: boolean
}

/**
 * Makes the constraints of a shape ready: finds the counts each of them reads.
 *
 * Upstream: filterTopologySpreadConstraints and buildDefaultConstraints of
 * pkg/scheduler/framework/plugins/podtopologyspread/common.go (1.36).
 * Simplified: nothing known; matchLabelKeys are merged into the selector by the API server.
 */
export function readyConstraints(
  written: WrittenConstraints,
  shape: PodShape,
  counts: ClusterCounts,
): readonly SpreadConstraint[] {
  const keys = written.requireAllKeys ? written.constraints.map(({ topologyKey }) => topologyKey) : []
  return written.constraints.map(constraint => {
    const selector = written.selector ?? compileSelector(constraint.labelSelector)
    const selection = counts.selection(ruleOf(selector, shape.namespace))
    const { topologyKey, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint
    const requirement = requirementOf(shape.template.spec, keys, nodeAffinityPolicy, nodeTaintsPolicy)
    const eligible = counts.eligible(requirement)
    const counted = counts.key(topologyKey, !written.requireAllKeys)
    return {
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      key: counts.key(topologyKey),
      isHostname: topologyKey === HOSTNAME,
      selection,
      table: counts.table(selection, counted, eligible),
      selfMatch: selector?.matches(shape.labels) === true ? 1 : 0,
    }
  })
}

function ruleOf(selector: CompiledSelector | undefined, namespace: string): Selection['rule'] {
  return {
    key: `spread ${namespace} ${selector?.key ?? '(nothing)'}`,
    liveOnly: true,
    anchor: selector === undefined ? '' : anchorOf(selector),
    matches: (labels, other) => other === namespace && selector?.matches(labels) === true,
  }
}

function requirementOf(
  spec: PodSpec,
  keys: readonly string[],
  nodeAffinityPolicy: string,
  nodeTaintsPolicy: string,
): NodeRequirement {
  const topologyKeys = [...new Set(keys)].toSorted()
  const honoursAffinity = nodeAffinityPolicy === 'Honor'
  const nodeSelector = honoursAffinity ? spec.nodeSelector : undefined
  const affinity = honoursAffinity
    ? spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    : undefined
  const tolerations = nodeTaintsPolicy === 'Honor' ? (spec.tolerations ?? []) : undefined
  const terms = affinity?.nodeSelectorTerms ?? []
  const asksForName =
    nodeSelector?.[HOSTNAME] !== undefined ||
    terms.some(
      ({ matchExpressions, matchFields }) =>
        (matchFields ?? []).length > 0 || (matchExpressions ?? []).some(({ key }) => key === HOSTNAME),
    )
  return {
    key: canonicalJson([topologyKeys, nodeSelector ?? {}, affinity ?? null, tolerations ?? null]),
    topologyKeys,
    asksForName,
    ...(nodeSelector === undefined ? {} : { nodeSelector: selectorOfLabels(nodeSelector) }),
    ...(affinity === undefined ? {} : { affinity: compileNodeSelector(affinity) }),
    ...(tolerations === undefined ? {} : { tolerations }),
  }
}
