/**
 * The values that labels of nodes can have at all: of each pool's instance types under its requirements, with the
 * taints a pod must tolerate to get there.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling (topologydomaingroup.go and buildDomainGroups
 * of topology.go). As there, the values that a pool rules out with NotIn count, too, where no type narrows them down.
 * Simplified: nothing known.
 */
import type { Taint } from '../../model/taints.js'
import type { PoolTemplate } from './pool-template.js'
import { Operator } from './requirement.js'
import type { Requirements } from './requirements.js'

/** By domain, the sets of taints of the pools that reach it; a pool without taints is the only one kept. */
export type Domains = ReadonlyMap<string, readonly (readonly Taint[])[]>

export type DomainsByKey = ReadonlyMap<string, Domains>

export const NO_DOMAINS: Domains = new Map()

export function domainsOf(pools: readonly PoolTemplate[]): DomainsByKey {
  const byKey = new Map<string, Map<string, (readonly Taint[])[]>>()
  for (const pool of pools) {
    if (pool.instanceTypes.length === 0) continue
    // Most types share the values of most labels.
    const seen = new Set<string>()
    for (const { requirements } of pool.instanceTypes) addTypeDomains(byKey, pool, requirements, seen)
    for (const requirement of pool.written) {
      if (requirement.operator !== Operator.In) continue
      for (const value of requirement.values) addDomain(byKey, requirement.key, value, pool.taints)
    }
  }
  return byKey
}

function addTypeDomains(
  byKey: Map<string, Map<string, (readonly Taint[])[]>>,
  pool: PoolTemplate,
  type: Requirements,
  seen: Set<string>,
): void {
  for (const own of type) {
    const wanted = pool.written.find(own.key)
    if (seen.has(own.meaning)) continue
    seen.add(own.meaning)
    const both = wanted === undefined ? own : own.intersection(wanted)
    for (const value of both.values) addDomain(byKey, own.key, value, pool.taints)
  }
  for (const { key, values } of pool.written) {
    if (type.has(key)) continue
    for (const value of values) addDomain(byKey, key, value, pool.taints)
  }
}

function addDomain(
  byKey: Map<string, Map<string, (readonly Taint[])[]>>,
  key: string,
  domain: string,
  taints: readonly Taint[],
): void {
  let domains = byKey.get(key)
  if (domains === undefined) byKey.set(key, (domains = new Map()))
  const known = domains.get(domain)
  if (known === undefined || taints.length === 0) domains.set(domain, [taints])
  else if (known[0].length > 0 && !known.includes(taints)) known.push(taints)
}
