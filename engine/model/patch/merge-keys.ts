/**
 * How the lists and maps of Kubernetes' own kinds are patched: which lists merge and by which key, and which
 * maps are replaced or trimmed. Everything not named here: maps merge, lists are replaced as a whole.
 *
 * Upstream: `patchStrategy` and `patchMergeKey` tags of staging/src/k8s.io/api and apimachinery meta/v1
 * (1.36).
 * Simplified: fields are told by their name and the name of the field around them, not by their full path.
 */
export interface PatchStrategy {
  /** A list that merges: the key of its elements, '' for a list of scalars. */
  readonly mergeKey?: string
  /** A map or list that the patch replaces. */
  readonly replace?: boolean
  /** `$retainKeys` counts: fields of a union that the patch does not name go. */
  readonly retainKeys?: boolean
}

const BY_NAME: PatchStrategy = { mergeKey: 'name' }
const BY_TYPE: PatchStrategy = { mergeKey: 'type' }
const SCALARS: PatchStrategy = { mergeKey: '' }

/** By `parent.field`, else by `field`. */
const STRATEGIES: ReadonlyMap<string, PatchStrategy> = new Map<string, PatchStrategy>([
  ['metadata.ownerReferences', { mergeKey: 'uid' }],
  ['metadata.finalizers', SCALARS],
  ['containers', BY_NAME],
  ['initContainers', BY_NAME],
  ['ephemeralContainers', BY_NAME],
  ['containers.ports', { mergeKey: 'containerPort' }],
  ['initContainers.ports', { mergeKey: 'containerPort' }],
  ['ports', { mergeKey: 'port' }],
  ['env', BY_NAME],
  ['volumeMounts', { mergeKey: 'mountPath' }],
  ['volumeDevices', { mergeKey: 'devicePath' }],
  ['volumes', { mergeKey: 'name', retainKeys: true }],
  ['resourceClaims', { mergeKey: 'name', retainKeys: true }],
  ['imagePullSecrets', BY_NAME],
  ['schedulingGates', BY_NAME],
  ['hostAliases', { mergeKey: 'ip' }],
  ['topologySpreadConstraints', { mergeKey: 'topologyKey' }],
  ['secrets', BY_NAME],
  ['podCIDRs', SCALARS],
  ['podIPs', { mergeKey: 'ip' }],
  ['conditions', BY_TYPE],
  ['addresses', BY_TYPE],
  ['strategy', { retainKeys: true }],
])

const PLAIN: PatchStrategy = {}
const REPLACED: PatchStrategy = { replace: true }

/** @param parent name of the field around this one, '' at the top */
export function patchStrategy(kind: string, parent: string, field: string): PatchStrategy {
  if (kind === 'PodDisruptionBudget' && parent === 'spec' && field === 'selector') return REPLACED
  // Slices and Endpoints carry lists of ports and addresses that do not merge.
  if ((kind === 'EndpointSlice' || kind === 'Endpoints') && field !== 'finalizers') return PLAIN
  return STRATEGIES.get(`${parent}.${field}`) ?? STRATEGIES.get(field) ?? PLAIN
}
