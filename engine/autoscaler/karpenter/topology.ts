/**
 * Spreading, affinity and anti-affinity in one scheduling simulation: the rules of the pods to be placed with their
 * counts, kept up to date as pods find places, and the anti-affinity of all others the other way round.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/topology.go.
 * Simplified: nothing known.
 */
import type { Taint } from '../../model/taints.js'
import type { ClusterNode } from './cluster-node.js'
import { toleratesAll } from './daemon-overhead.js'
import type { PodShape } from './pod-shape.js'
import { Requirement } from './requirement.js'
import { Requirements } from './requirements.js'
import type { SchedulingPod } from './scheduling-pod.js'
import type { TopologyCensus } from './topology-census.js'
import { type Domains, type DomainsByKey, NO_DOMAINS } from './topology-domains.js'
import { TopologyGroup, TopologyKind, type TopologyRule } from './topology-group.js'
import { inverseRules, type NamespaceLabels, topologyRules } from './topology-rules.js'
import { HOSTNAME } from './well-known-labels.js'

/** What the topology is counted in. */
export interface TopologyCluster {
  /** Of all nodes, those thought away included: pods that stay on them count. */
  readonly census: TopologyCensus
  readonly isThere: (node: ClusterNode) => boolean
  /** Pods that are to be placed and so are not where they are. */
  readonly moving: ReadonlySet<string>
  readonly domains: DomainsByKey
  readonly namespaces: NamespaceLabels
  readonly respectsPreferences: boolean
}

interface ShapeTopology {
  readonly owned: readonly TopologyGroup[]
  /** Those of its own anti-affinity, in which it is recorded for others to see. */
  readonly ownedInverse: readonly TopologyGroup[]
}

export class Topology {
  readonly #cluster: TopologyCluster
  readonly #groups: TopologyGroup[] = []
  readonly #inverse: TopologyGroup[] = []
  readonly #byKey = new Map<string, TopologyGroup>()
  readonly #inverseByKey = new Map<string, TopologyGroup>()
  readonly #ofShape = new Map<PodShape, ShapeTopology>()
  readonly #counting = new Map<PodShape, { groups: TopologyGroup[]; seen: number }>()
  readonly #repelling = new Map<PodShape, { groups: TopologyGroup[]; seen: number }>()

  constructor(cluster: TopologyCluster) {
    this.#cluster = cluster
    for (const { pod, labels } of cluster.census.repelling) {
      if (!cluster.moving.has(pod.uid)) this.#trackInverse(pod, labels)
    }
  }

  /** Makes the groups of the shape that are not there yet. To be called for every pod before the first is placed. */
  know(shape: PodShape): void {
    if (this.#ofShape.has(shape)) return
    const { respectsPreferences, namespaces } = this.#cluster
    const ownedInverse = inverseRules(shape, namespaces).map(rule => this.#inverseGroup(rule, shape))
    const rules = topologyRules(shape, respectsPreferences, namespaces)
    this.#ofShape.set(shape, {
      owned: [...new Set(rules.map(rule => this.#group(rule, shape)))],
      ownedInverse,
    })
  }

  /** Whether anything but the pod's own requirements decides where it may go. */
  concerns(shape: PodShape): boolean {
    return this.#owned(shape).length > 0 || this.#repels(shape).length > 0
  }

  /** Whether placing the pod can change where others may go. */
  isCounted(shape: PodShape): boolean {
    return this.#counts(shape).length > 0 || (this.#ofShape.get(shape)?.ownedInverse.length ?? 0) > 0
  }

  /**
   * The requirements of a node narrowed to the domains that are left for the pod; undefined if one rule leaves none.
   * @param requirements those of the node and the pod together
   */
  narrow(
    shape: PodShape,
    requirements: Requirements,
    mayBeUndefined: ReadonlySet<string>,
  ): Requirements | undefined {
    let narrowed: Requirements | undefined
    for (const groups of [this.#owned(shape), this.#repels(shape)]) {
      for (const group of groups) {
        const key = group.rule.topologyKey
        const podDomains = shape.strictRequirements.find(key) ?? Requirement.exists(key)
        const nodeDomains = requirements.find(key) ?? Requirement.exists(key)
        const domains = group.next(shape, podDomains, nodeDomains)
        if (domains.values.size === 0) return undefined
        narrowed ??= requirements.copy()
        narrowed.add(domains)
      }
    }
    if (narrowed === undefined) return requirements
    return requirements.isCompatible(narrowed, mayBeUndefined) ? narrowed : undefined
  }

  /** The pod has found a place on a node with these requirements. */
  record(shape: PodShape, taints: readonly Taint[], requirements: Requirements): void {
    for (const group of this.#counts(shape)) {
      const { kind, topologyKey, nodeFilter } = group.rule
      if (nodeFilter?.matches(taints, requirements) === false) continue
      const domains = requirements.get(topologyKey)
      if (kind === TopologyKind.AntiAffinity) recordAll(group, domains)
      // Others are counted only where it is certain.
      else if (domains.onlyValue !== undefined) group.record(domains.onlyValue)
    }
    for (const group of this.#ofShape.get(shape)?.ownedInverse ?? []) {
      recordAll(group, requirements.get(group.rule.topologyKey))
    }
  }

  /** Whether a rule looks at the names of nodes. */
  get mindsHosts(): boolean {
    return [...this.#groups, ...this.#inverse].some(({ rule }) => rule.topologyKey === HOSTNAME)
  }

  /** A node of this name is there or will be. */
  registerHost(host: string): void {
    for (const group of this.#groups) if (group.rule.topologyKey === HOSTNAME) group.register(host)
    for (const group of this.#inverse) if (group.rule.topologyKey === HOSTNAME) group.register(host)
  }

  #owned(shape: PodShape): readonly TopologyGroup[] {
    return this.#ofShape.get(shape)?.owned ?? []
  }

  /** Groups that the pod adds to. New groups come at the end of the list. */
  #counts(shape: PodShape): readonly TopologyGroup[] {
    return selecting(this.#counting, this.#groups, shape)
  }

  /** Groups of other pods' anti-affinity that mean the pod. */
  #repels(shape: PodShape): readonly TopologyGroup[] {
    return selecting(this.#repelling, this.#inverse, shape)
  }

  #group(rule: TopologyRule, shape: PodShape): TopologyGroup {
    let group = this.#byKey.get(rule.key)
    if (group === undefined) {
      group = new TopologyGroup(rule, reachable(this.#domains(rule), rule, shape))
      this.#count(group)
      this.#byKey.set(rule.key, group)
      this.#groups.push(group)
    }
    return group
  }

  #inverseGroup(rule: TopologyRule, owner: Pick<PodShape, 'spec'>): TopologyGroup {
    let group = this.#inverseByKey.get(rule.key)
    if (group === undefined) {
      group = new TopologyGroup(rule, reachable(this.#domains(rule), rule, owner))
      this.#inverseByKey.set(rule.key, group)
      this.#inverse.push(group)
    }
    return group
  }

  #trackInverse(pod: SchedulingPod, labels: Readonly<Record<string, string>>): void {
    for (const rule of inverseRules(pod, this.#cluster.namespaces)) {
      const group = this.#inverseGroup(rule, pod)
      const domain: string | undefined = labels[rule.topologyKey]
      if (domain !== undefined) group.record(domain)
    }
  }

  #domains({ topologyKey }: TopologyRule): Domains {
    return this.#cluster.domains.get(topologyKey) ?? NO_DOMAINS
  }

  /** Domains of nodes that are there, and the pods in the cluster that the rule means. */
  #count(group: TopologyGroup): void {
    const { census, isThere, moving } = this.#cluster
    const { nodes, domainOfNode, pods, domainOfPod } = census.count(group.rule)
    for (let i = 0; i < nodes.length; i++) if (isThere(nodes[i])) group.register(domainOfNode[i])
    for (let i = 0; i < pods.length; i++) if (!moving.has(pods[i])) group.record(domainOfPod[i])
  }
}

/** The domains that a pool reaches whose taints the pod tolerates; for spreading its taints count only if told so. */
function reachable(
  domains: Domains,
  { nodeFilter }: TopologyRule,
  { spec }: Pick<PodShape, 'spec'>,
): string[] {
  const mindsTaints = nodeFilter === undefined || nodeFilter.honorsTaints
  const reached: string[] = []
  for (const [domain, taintSets] of domains) {
    if (!mindsTaints || taintSets.some(taints => toleratesAll(spec, taints))) reached.push(domain)
  }
  return reached
}

function recordAll(group: TopologyGroup, domains: Requirement): void {
  for (const domain of domains.values) group.record(domain)
}

function selecting(
  known: Map<PodShape, { groups: TopologyGroup[]; seen: number }>,
  all: readonly TopologyGroup[],
  shape: PodShape,
): readonly TopologyGroup[] {
  let entry = known.get(shape)
  if (entry === undefined) known.set(shape, (entry = { groups: [], seen: 0 }))
  for (; entry.seen < all.length; entry.seen++) {
    if (all[entry.seen].selects(shape)) entry.groups.push(all[entry.seen])
  }
  return entry.groups
}
