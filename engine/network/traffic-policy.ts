/**
 * What a Service says of where its traffic stays.
 * Upstream: pkg/proxy/serviceport.go, staging/src/k8s.io/endpointslice/trafficdist (1.36).
 * Simplified: nothing known.
 */
import type { Labels } from '../model/pod-spec.js'
import type { ServiceSpec } from '../model/services.js'
import type { TrafficPolicy } from './traffic-shares.js'

const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'

/** @param isDirect clients know the endpoints themselves: no rule of a node has a say */
export function trafficPolicy(
  spec: ServiceSpec | undefined,
  annotations: Labels,
  origin: 'inside' | 'outside',
  zones: Readonly<Record<string, number>>,
  isDirect: boolean,
): TrafficPolicy {
  if (spec === undefined || isDirect) return { isLocal: false, origin, topology: 'none', zones, isDirect }
  const { internalTrafficPolicy, externalTrafficPolicy, trafficDistribution } = spec
  const isLocal = (origin === 'inside' ? internalTrafficPolicy : externalTrafficPolicy) === 'Local'
  const topology = topologyOf(trafficDistribution, annotations)
  return { isLocal, origin, topology, zones, isDirect }
}

/** An annotation that asks for hints goes before the field. */
function topologyOf(distribution: string | undefined, annotations: Labels): TrafficPolicy['topology'] {
  const mode = annotations[TOPOLOGY_MODE]
  if (mode === 'Auto' || mode === 'auto') return 'auto'
  if (distribution === 'PreferClose' || distribution === 'PreferSameZone') return 'zone'
  return distribution === 'PreferSameNode' ? 'node' : 'none'
}
