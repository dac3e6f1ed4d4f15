/**
 * One rule of spreading, affinity or anti-affinity, shared by all pods that have it: how many pods it means are in each
 * domain of its key, and the domains that are left for one more.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/topologygroup.go. A new node can always be
 * made, so the least of all host names is taken to be 0.
 * Simplified: where upstream takes any of the equally good domains, this takes the first by name.
 */
import type { CompiledSelector } from '../../model/labels.js'
import type { PodShape } from './pod-shape.js'
import { Operator, Requirement } from './requirement.js'
import type { TopologyNodeFilter } from './topology-node-filter.js'
import { HOSTNAME } from './well-known-labels.js'

export const TopologyKind = { Spread: 'spread', Affinity: 'affinity', AntiAffinity: 'anti-affinity' } as const
export type TopologyKind = (typeof TopologyKind)[keyof typeof TopologyKind]

export interface TopologyRule {
  readonly kind: TopologyKind
  readonly topologyKey: string
  readonly namespaces: ReadonlySet<string>
  readonly selector: CompiledSelector
  /** Selects the pods that are counted in the cluster: all of them, where the rule has no selector. */
  readonly countingSelector: CompiledSelector
  /** For spreading; the others have none. */
  readonly maxSkew: number
  readonly minDomains: number | undefined
  readonly nodeFilter: TopologyNodeFilter | undefined
  /** Equal for rules that upstream takes for one. */
  readonly key: string
  /** Equal for rules that count the same pods in the same domains. */
  readonly countingKey: string
}

export class TopologyGroup {
  readonly rule: TopologyRule
  readonly #counts = new Map<string, number>()
  readonly #empty = new Set<string>()

  constructor(rule: TopologyRule, domains: Iterable<string>) {
    this.rule = rule
    for (const domain of domains) this.register(domain)
  }

  register(domain: string): void {
    if (this.#counts.has(domain)) return
    this.#counts.set(domain, 0)
    this.#empty.add(domain)
  }

  record(domain: string): void {
    this.#counts.set(domain, (this.#counts.get(domain) ?? 0) + 1)
    this.#empty.delete(domain)
  }

  selects({ namespace, labels }: PodShape): boolean {
    return this.rule.namespaces.has(namespace) && this.rule.selector.matches(labels)
  }

  /** The domains where one more pod may go, of those that the pod and its node both allow. */
  next(shape: PodShape, podDomains: Requirement, nodeDomains: Requirement): Requirement {
    const { kind } = this.rule
    if (kind === TopologyKind.Spread) return this.#nextForSpread(shape, podDomains, nodeDomains)
    if (kind === TopologyKind.Affinity) return this.#nextForAffinity(shape, podDomains, nodeDomains)
    return this.#nextForAntiAffinity(podDomains, nodeDomains)
  }

  #nextForSpread(shape: PodShape, podDomains: Requirement, nodeDomains: Requirement): Requirement {
    const { topologyKey, maxSkew } = this.rule
    const own = this.selects(shape) ? 1 : 0
    const host = this.#onlyHost(nodeDomains)
    if (host !== undefined) {
      return this.#oneOrNone((this.#counts.get(host) ?? 0) + own <= maxSkew ? host : undefined)
    }
    const least = topologyKey === HOSTNAME ? 0 : this.#leastCount(podDomains)
    let best: string | undefined
    let bestCount = 0
    for (const [domain, known] of this.#counts) {
      if (!nodeDomains.has(domain)) continue
      const count = known + own
      if (count - least > maxSkew) continue
      if (best === undefined || count < bestCount || (count === bestCount && domain < best)) {
        best = domain
        bestCount = count
      }
    }
    return this.#oneOrNone(best)
  }

  /** The fewest pods in any domain that the pod itself could go to; with too few domains it is 0. */
  #leastCount(podDomains: Requirement): number {
    let least = Number.POSITIVE_INFINITY
    let domains = 0
    for (const [domain, count] of this.#counts) {
      if (!podDomains.has(domain)) continue
      domains++
      if (count < least) least = count
    }
    const { minDomains } = this.rule
    return minDomains !== undefined && domains < minDomains ? 0 : least
  }

  #nextForAffinity(shape: PodShape, podDomains: Requirement, nodeDomains: Requirement): Requirement {
    const host = this.#onlyHost(nodeDomains)
    if (host !== undefined) {
      if (!podDomains.has(host)) return this.#oneOrNone(undefined)
      const hasPods = (this.#counts.get(host) ?? 0) > 0
      return this.#oneOrNone(hasPods || this.#mayBeFirst(shape, podDomains) ? host : undefined)
    }
    const occupied: string[] = []
    for (const [domain, count] of this.#counts) {
      if (count > 0 && podDomains.has(domain) && nodeDomains.has(domain)) occupied.push(domain)
    }
    if (occupied.length > 0 || !this.#mayBeFirst(shape, podDomains)) return this.#oneOf(occupied)
    // Where the node is already, if there is such a domain, and else anywhere: then the node cannot be this one.
    const both = podDomains.intersection(nodeDomains)
    const first = this.#firstDomain(both)
    return this.#oneOrNone(first ?? this.#firstDomain(podDomains))
  }

  /** A pod that its own rule means begins a domain, if there is no other pod yet that it could join. */
  #mayBeFirst(shape: PodShape, podDomains: Requirement): boolean {
    if (!this.selects(shape)) return false
    if (this.#counts.size === this.#empty.size) return true
    for (const [domain, count] of this.#counts) if (count > 0 && podDomains.has(domain)) return false
    return true
  }

  #nextForAntiAffinity(podDomains: Requirement, nodeDomains: Requirement): Requirement {
    const host = this.#onlyHost(nodeDomains)
    if (host !== undefined) return this.#oneOrNone((this.#counts.get(host) ?? 0) === 0 ? host : undefined)
    const free: string[] = []
    if (nodeDomains.operator === Operator.In && nodeDomains.values.size < this.#empty.size) {
      for (const domain of nodeDomains.values) {
        if (this.#empty.has(domain) && podDomains.has(domain)) free.push(domain)
      }
    } else {
      for (const domain of this.#empty) {
        if (nodeDomains.has(domain) && podDomains.has(domain)) free.push(domain)
      }
    }
    return this.#oneOf(free)
  }

  #firstDomain(allowed: Requirement): string | undefined {
    let first: string | undefined
    for (const domain of this.#counts.keys()) {
      if ((first === undefined || domain < first) && allowed.has(domain)) first = domain
    }
    return first
  }

  /** Host names of nodes to come are not registered before they have a pod, so a single one is always good. */
  #onlyHost(nodeDomains: Requirement): string | undefined {
    if (this.rule.topologyKey !== HOSTNAME || nodeDomains.values.size !== 1) return undefined
    const [host] = nodeDomains.values
    return host
  }

  #oneOrNone(domain: string | undefined): Requirement {
    return this.#oneOf(domain === undefined ? [] : [domain])
  }

  #oneOf(domains: readonly string[]): Requirement {
    return Requirement.in(this.rule.topologyKey, domains)
  }
}
