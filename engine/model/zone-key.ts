import type { Labels } from './pod-spec.js'

/** The labels that make a zone, region first; the older pair counts where the newer is absent. */
const REGION = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'] as const
const ZONE = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'] as const

/**
 * What tells the zones of a cluster apart; empty for a node that names neither region nor zone.
 * Upstream: staging/src/k8s.io/component-helpers/node/topology/helpers.go GetZoneKey (1.36).
 * Simplified: nothing known.
 */
export function zoneKeyOf(labels: Labels): string {
  const region = labels[REGION[0]] ?? labels[REGION[1]] ?? ''
  const zone = labels[ZONE[0]] ?? labels[ZONE[1]] ?? ''
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`
}
