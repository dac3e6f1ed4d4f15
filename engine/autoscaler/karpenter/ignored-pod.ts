/**
 * Pods that Karpenter leaves alone: they ask not to run on its nodes, or for something that no node of its can have, or
 * their volumes are not ready to be scheduled.
 * Upstream: Validate of Karpenter core 1.15, pkg/controllers/provisioning/provisioner.go, with ValidateRequirement of
 * pkg/apis/v1/nodeclaim_validation.go and ValidatePersistentVolumeClaims of scheduling/volumetopology.go.
 * Simplified: no cloud declares provisioners or topology keys as unsupported; the first reason found is told alone.
 */
import { NEVER } from '../../kernel/time.js'
import type { NodeSelectorRequirement } from '../../model/node-affinity.js'
import type { PodSpec } from '../../model/pod-spec.js'
import { BIND_COMPLETED, type PersistentVolumeClaim } from '../../model/storage.js'
import { claimName, type StorageLookup } from './pod-volumes.js'
import { Operator } from './requirement.js'
import { Requirements } from './requirements.js'
import type { SchedulingPod } from './scheduling-pod.js'
import { CAPACITY_TYPE, CapacityType, HOSTNAME, NODE_POOL, presentSpelling } from './well-known-labels.js'

const CAPACITY_TYPES: ReadonlySet<string> = new Set(Object.values(CapacityType))
const OWN_DOMAIN = 'karpenter.sh'

/** Why a pod is not provisioned for; undefined: it is. */
export function whyIgnored(
  pod: SchedulingPod,
  wellKnown: ReadonlySet<string>,
  storage: StorageLookup | undefined,
): string | undefined {
  if (Requirements.ofPod(pod.spec).find(NODE_POOL)?.operator === Operator.DoesNotExist) {
    return 'configured to not run on a Karpenter provisioned node'
  }
  return (
    whyBadSelection(pod.spec, wellKnown) ?? (storage === undefined ? undefined : whyBadVolumes(pod, storage))
  )
}

function whyBadSelection(
  { nodeSelector = {}, affinity }: PodSpec,
  wellKnown: ReadonlySet<string>,
): string | undefined {
  for (const key of Object.keys(nodeSelector)) {
    const bad = whyBadRequirement({ key, operator: Operator.In, values: [nodeSelector[key]] }, wellKnown)
    if (bad !== undefined) return bad
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  for (const { matchFields, matchExpressions } of required?.nodeSelectorTerms ?? []) {
    if (matchFields !== undefined && matchFields !== null) return 'terms with matchFields are not supported'
    for (const requirement of matchExpressions ?? []) {
      const bad = whyBadRequirement(requirement, wellKnown)
      if (bad !== undefined) return bad
    }
  }
  return undefined
}

function whyBadRequirement(
  { key: written, operator, values }: NodeSelectorRequirement,
  wellKnown: ReadonlySet<string>,
): string | undefined {
  const key = presentSpelling(written)
  if (!wellKnown.has(key) && isRestricted(key)) return `label ${key} is restricted`
  const given = values ?? []
  if (operator === Operator.In && key === CAPACITY_TYPE && !given.some(one => CAPACITY_TYPES.has(one))) {
    return `no known value for ${key}`
  }
  const isBound = operator === Operator.Gt || operator === Operator.Lt
  if (isBound && !(given.length === 1 && /^\+?[0-9]+$/.test(given[0]))) {
    return `key ${key} with operator ${operator} must have one integer that is not negative`
  }
  return undefined
}

/** Names of nodes cannot be asked for, nor labels that Karpenter itself puts on them. */
function isRestricted(key: string): boolean {
  const slash = key.indexOf('/')
  const domain = slash < 0 ? '' : key.slice(0, slash)
  return key === HOSTNAME || domain === OWN_DOMAIN || domain.endsWith(`.${OWN_DOMAIN}`)
}

function whyBadVolumes(pod: SchedulingPod, storage: StorageLookup): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimName(pod, volume)
    if (name === undefined) continue
    const claim = storage.claim(pod.namespace, name)
    const bad = claim === undefined ? 'not found' : whyBadClaim(claim, storage)
    if (bad !== undefined) return `persistentvolumeclaim ${pod.namespace}/${name}: ${bad}`
  }
  return undefined
}

function whyBadClaim(
  { meta, spec, status }: PersistentVolumeClaim,
  storage: StorageLookup,
): string | undefined {
  if (meta.deletionAt !== NEVER) return 'being deleted'
  if (status.phase === 'Lost') return 'bound to a volume that does not exist'
  const { volumeName = '', storageClassName = '' } = spec
  if (volumeName !== '') {
    const volume = storage.volume(volumeName)
    if (volume === undefined) return 'its volume was not found'
    if (volume.meta.deletionAt !== NEVER) return 'its volume is being deleted'
    return meta.annotations[BIND_COMPLETED] === undefined ? 'not fully bound yet' : undefined
  }
  if (storageClassName === '') return 'unbound and without a storage class'
  const storageClass = storage.storageClass(storageClassName)
  if (storageClass === undefined) return 'its storage class was not found'
  // Volumes of such classes are made before any node is chosen, so the pod has to wait for that.
  const mode = storageClass.spec.volumeBindingMode ?? 'Immediate'
  return mode === 'Immediate' ? 'unbound, although its class binds at once' : undefined
}
