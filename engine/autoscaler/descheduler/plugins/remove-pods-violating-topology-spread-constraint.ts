/**
 * Evicts pods of topology domains that have more than their share, where a constraint is violated, until the domains
 * would be balanced if each pod landed in the smallest.
 * Upstream: pkg/framework/plugins/removepodsviolatingtopologyspreadconstraint/topologyspreadconstraint.go of the
 * descheduler 0.36.0.
 * Simplified: domains of equal size go in the order of the nodes, where upstream's order is that of a hash map.
 */
import type { TopologySpreadArgs } from '../../../model/descheduler.js'
import { sortLikeGo } from '../../../model/go-sort.js'
import { type CompiledSelector, compileRequirements, compileSelector } from '../../../model/labels.js'
import type { TopologySpreadConstraint } from '../../../model/pod-spec.js'
import { findUntoleratedTaint, keepsAway } from '../../../model/taints.js'
import { activePodsOn, type ViewedNode, type ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { fitsAnyOtherNode, requiredNodes } from '../node-fit.js'
import { isSelected, type PluginHandle, type RunPlugin } from '../plugin.js'

interface Constraint {
  /** Equal for constraints of which one is enough. */
  readonly key: string
  readonly maxSkew: number
  readonly topologyKey: string
  readonly selector: CompiledSelector
  isEligible(node: ViewedNode): boolean
}

interface Domain {
  readonly value: string
  pods: ViewedPod[]
}

export const removePodsViolatingTopologySpreadConstraint: RunPlugin<TopologySpreadArgs> = (
  args,
  handle,
  nodes,
) => {
  const { constraints = ['DoNotSchedule'], topologyBalanceNodeFit = true } = args
  const selected = isSelected(args)
  const isCandidate = (pod: ViewedPod): boolean => selected(pod) && handle.filter(pod)
  const nodeOf = new Map(nodes.map(node => [node.name, node]))
  const byNamespace = new Map<string, ViewedPod[]>()
  for (const node of nodes) {
    for (const pod of activePodsOn(handle.cluster, node.name)) {
      if (!isCandidate(pod)) continue
      const list = byNamespace.get(pod.namespace) ?? []
      byNamespace.set(pod.namespace, list)
      list.push(pod)
    }
  }
  const leaving = new Set<ViewedPod>()
  for (const pods of byNamespace.values()) {
    for (const constraint of constraintsOf(pods, constraints)) {
      const domains = domainsOf(constraint, pods, nodes, nodeOf)
      if (isBalanced(domains, constraint)) continue
      const eligible = nodes.filter(node => constraint.isEligible(node))
      for (const pod of surplus(constraint, domains, eligible, handle, topologyBalanceNodeFit))
        leaving.add(pod)
    }
  }
  evictAll(leaving, handle)
}

function evictAll(pods: ReadonlySet<ViewedPod>, handle: PluginHandle): void {
  const fullNodes = new Set<string>()
  for (const pod of pods) {
    if (fullNodes.has(pod.nodeName) || !handle.preEvictionFilter(pod)) continue
    const eviction = handle.evict(pod)
    if (eviction === Eviction.TotalLimit) return
    if (eviction === Eviction.NodeLimit) fullNodes.add(pod.nodeName)
  }
}

/** Those of all pods together, each once. */
function constraintsOf(pods: readonly ViewedPod[], allowed: readonly string[]): Constraint[] {
  const found = new Map<string, Constraint>()
  for (const pod of pods) {
    for (const written of pod.spec.topologySpreadConstraints ?? []) {
      if (!allowed.includes(written.whenUnsatisfiable)) continue
      const constraint = compileConstraint(written, pod)
      if (constraint !== undefined && !found.has(constraint.key)) found.set(constraint.key, constraint)
    }
  }
  return [...found.values()]
}

function compileConstraint(written: TopologySpreadConstraint, pod: ViewedPod): Constraint | undefined {
  const selector = selectorOf(written, pod)
  if (selector === undefined) return undefined
  const { maxSkew, topologyKey, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = written
  const { nodeSelector, affinity, tolerations = [] } = pod.spec
  const isAffinityHonored = nodeAffinityPolicy === 'Honor'
  const areTaintsHonored = nodeTaintsPolicy === 'Honor'
  const matches = requiredNodes(pod.spec)
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const key = JSON.stringify([
    maxSkew,
    topologyKey,
    selector.selectsNothing,
    selector.requirements,
    nodeAffinityPolicy,
    nodeTaintsPolicy,
    isAffinityHonored ? [nodeSelector, required] : [],
    areTaintsHonored ? tolerations : [],
  ])
  return {
    key,
    maxSkew,
    topologyKey,
    selector,
    isEligible(node) {
      if (isAffinityHonored && !matches(node)) return false
      return !areTaintsHonored || findUntoleratedTaint(node.taints, tolerations, keepsAway) === undefined
    },
  }
}

/** Labels named by `matchLabelKeys` have to be those of the pod; nothing is added to what selects nothing. */
function selectorOf(written: TopologySpreadConstraint, pod: ViewedPod): CompiledSelector | undefined {
  const selector = compileSelector(written.labelSelector)
  if (selector === undefined || selector.selectsNothing) return selector
  const keys = (written.matchLabelKeys ?? []).filter(key => key in pod.labels)
  if (keys.length === 0) return selector
  const own = keys.map(key => ({ key, operator: '=' as const, values: [pod.labels[key]] }))
  return compileRequirements([...own, ...selector.requirements])
}

/** Domains without pods count as long as a node of theirs is eligible. */
function domainsOf(
  constraint: Constraint,
  pods: readonly ViewedPod[],
  nodes: readonly ViewedNode[],
  nodeOf: ReadonlyMap<string, ViewedNode>,
): Domain[] {
  const { topologyKey, selector } = constraint
  const domains = new Map<string, Domain>()
  const domainOf = (value: string): Domain => {
    const domain = domains.get(value) ?? { value, pods: [] }
    domains.set(value, domain)
    return domain
  }
  for (const node of nodes) {
    if (topologyKey in node.labels && constraint.isEligible(node)) domainOf(node.labels[topologyKey])
  }
  for (const pod of pods) {
    const value = nodeOf.get(pod.nodeName)?.labels[topologyKey]
    if (value !== undefined && !pod.isTerminating && selector.matches(pod.labels))
      domainOf(value).pods.push(pod)
  }
  return [...domains.values()]
}

function isBalanced(domains: readonly Domain[], { maxSkew }: Constraint): boolean {
  const sizes = domains.map(({ pods }) => pods.length)
  return Math.max(...sizes) - Math.min(...sizes) <= maxSkew
}

/** The pods to evict: from the largest domain to the smallest, half of what is too much, to the average at most. */
function surplus(
  { maxSkew, topologyKey }: Constraint,
  domains: readonly Domain[],
  eligible: readonly ViewedNode[],
  handle: PluginHandle,
  needsFit: boolean,
): ViewedPod[] {
  const total = domains.reduce((sum, { pods }) => sum + pods.length, 0)
  const average = total / domains.length
  const sorted = sortedDomains(domains)
  const small = new Set(sorted.filter(({ pods }) => pods.length < average).map(({ value }) => value))
  const targets = eligible.filter(({ labels }) => topologyKey in labels && small.has(labels[topologyKey]))
  const fits = (pod: ViewedPod): boolean => fitsAnyOtherNode(handle.cluster, pod, targets)
  const leaving: ViewedPod[] = []
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    if (sorted[high].pods.length <= average) high--
    const from = sorted[high]
    const to = sorted[low]
    const skew = from.pods.length - to.pods.length
    const excess = Math.ceil(from.pods.length - average)
    const lack = Math.ceil(average - to.pods.length)
    const moved = Math.min(excess, lack, Math.ceil((skew - maxSkew) / 2))
    if (skew <= maxSkew || moved <= 0) {
      low++
      continue
    }
    // Those that fit nowhere else come first and so stay.
    const isFitting = new Map(from.pods.map(pod => [pod, fits(pod)]))
    from.pods.sort((a, b) => Number(isFitting.get(a)) - Number(isFitting.get(b)))
    const going = from.pods.slice(from.pods.length - moved)
    leaving.push(...going.filter(pod => !needsFit || isFitting.get(pod) === true))
    from.pods = from.pods.slice(0, from.pods.length - moved)
    to.pods = [...to.pods, ...going]
  }
  return leaving
}

/** Small ones first; in each the pods that are bound to nodes and those of high priority first. */
function sortedDomains(domains: readonly Domain[]): Domain[] {
  const sorted = domains.map(({ value, pods }) => ({ value, pods: [...pods] }))
  for (const { pods } of sorted) {
    sortLikeGo(pods, (a, b) => {
      const isBound = isBoundToNodes(a)
      return isBound === isBoundToNodes(b) ? !isMoreImportant(a, b) : isBound
    })
  }
  sortLikeGo(sorted, (a, b) => a.pods.length < b.pods.length)
  return sorted
}

function isBoundToNodes({ spec: { nodeSelector, affinity } }: ViewedPod): boolean {
  return nodeSelector !== undefined || affinity?.nodeAffinity !== undefined
}

/** Of two without a priority each is more important than the other. */
function isMoreImportant(
  { spec: { priority: a } }: ViewedPod,
  { spec: { priority: b } }: ViewedPod,
): boolean {
  if (a !== undefined && b !== undefined) return a > b
  return a !== undefined || b === undefined
}
