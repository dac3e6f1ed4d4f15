/**
 * What of a manifest nothing simulates: written down and kept, but without any effect. Nobody should have to find that
 * out by himself, so it is listed once for all manifests of a scenario.
 * Upstream: staging/src/k8s.io/api (1.36), whose fields these are.
 * Simplified: the insides of ignored fields are not looked at.
 */
import type { Manifest } from '../../engine/index.js'
import { isRecord } from '../describe-value.js'
import { TEMPLATE_PATHS } from './known-fields.js'

/** A field that some manifests have in vain. */
export interface IgnoredField {
  /** `pod`, `metadata`, or the kind of the object. */
  readonly subject: string
  /** Path within the subject; `*` when the whole object does nothing. */
  readonly field: string
  /** Objects that have it. */
  readonly objects: number
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}

/** Kinds that something acts upon. Objects of all others are only owned, counted and deleted. */
const ACTING = words(
  'Node Pod Namespace PriorityClass Deployment ReplicaSet ReplicationController StatefulSet DaemonSet Job CronJob ' +
    'ControllerRevision PodDisruptionBudget HorizontalPodAutoscaler VerticalPodAutoscaler Service Endpoints ' +
    'EndpointSlice PersistentVolume PersistentVolumeClaim StorageClass CSINode CSIDriver CSIStorageCapacity ' +
    'VolumeAttachment VolumeAttributesClass ResourceQuota LimitRange ResourceClaim ResourceClaimTemplate ' +
    'ResourceSlice DeviceClass ConfigMap Secret Ingress IngressClass NodePool NodeClaim EC2NodeClass PodGroup Workload',
)

/** Kinds whose status is read as it was written. */
const STATUS_COUNTS = words(
  'Node PersistentVolume PersistentVolumeClaim ResourceClaim CSINode VolumeAttachment NodeClaim NodePool',
)

const METADATA = words(
  'name namespace generateName labels annotations finalizers ownerReferences uid deletionTimestamp',
)

const CONTAINER = words(
  'env envFrom command args workingDir stdin stdinOnce tty terminationMessagePath terminationMessagePolicy ' +
    'volumeMounts volumeDevices securityContext',
)

const POD_SPEC = words(
  'hostname subdomain dnsPolicy dnsConfig serviceAccountName serviceAccount hostPID hostIPC hostUsers ' +
    'shareProcessNamespace automountServiceAccountToken enableServiceLinks setHostnameAsFQDN hostnameOverride ' +
    'securityContext imagePullSecrets hostAliases os ephemeralContainers',
)

/** Of other kinds the fields that do nothing. */
const OTHER: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'Service',
    words(
      'spec.sessionAffinity spec.sessionAffinityConfig spec.externalTrafficPolicy spec.internalTrafficPolicy ' +
        'spec.ipFamilies spec.ipFamilyPolicy spec.clusterIPs spec.externalIPs spec.healthCheckNodePort ' +
        'spec.allocateLoadBalancerNodePorts spec.loadBalancerIP spec.loadBalancerSourceRanges ' +
        'spec.loadBalancerClass',
    ),
  ],
  ['ConfigMap', words('data binaryData immutable')],
  ['Secret', words('data stringData type immutable')],
  ['StatefulSet', words('spec.serviceName')],
  ['Node', words('spec.podCIDR spec.podCIDRs spec.providerID')],
])

/** Adds up what is ignored over many manifests. */
export class IgnoredFields {
  readonly #objects = new Map<string, { subject: string; field: string; objects: number }>()

  /** Notes what nothing simulates of the manifest. */
  note(manifest: Manifest): void {
    const { kind, metadata, status } = manifest as Manifest & { readonly status?: unknown }
    const fields: (readonly [string, string])[] = []
    if (ACTING.has(kind)) {
      fields.push(...fieldsOf('metadata', metadata, key => !METADATA.has(key)))
      const hasStatus = isRecord(status) && Object.keys(status).length > 0
      if (hasStatus && !STATUS_COUNTS.has(kind)) fields.push(['metadata', 'status'])
      const path = kind === 'Pod' ? [] : TEMPLATE_PATHS.get(kind)
      if (path !== undefined) fields.push(...podFields(within(manifest, path)))
      for (const field of OTHER.get(kind) ?? []) {
        if (within(manifest, field.split('.')) !== undefined) fields.push([kind, field])
      }
    } else fields.push([kind, '*'])
    for (const key of new Set(fields.map(entry => entry.join(' ')))) this.#count(key)
  }

  /** Something of a manifest that was left out as a whole. */
  leaveOut(subject: string, why: string): void {
    this.#count(`${subject} ${why}`)
  }

  /** Subject by subject, the fields in the order in which they were met. */
  list(): readonly IgnoredField[] {
    const all = [...this.#objects.values()]
    const subjects = [...new Set(all.map(({ subject }) => subject))]
    return subjects.flatMap(subject => all.filter(field => field.subject === subject))
  }

  #count(key: string): void {
    const known = this.#objects.get(key)
    if (known !== undefined) {
      known.objects++
      return
    }
    const space = key.indexOf(' ')
    this.#objects.set(key, { subject: key.slice(0, space), field: key.slice(space + 1), objects: 1 })
  }
}

function podFields(pod: unknown): (readonly [string, string])[] {
  const spec = within(pod, ['spec'])
  const fields = [...fieldsOf('pod', spec, key => POD_SPEC.has(key))]
  for (const list of ['containers', 'initContainers'] as const) {
    const containers = within(spec, [list])
    if (!Array.isArray(containers)) continue
    for (const container of containers)
      fields.push(...fieldsOf('pod', container, key => CONTAINER.has(key), `${list}[].`))
  }
  return fields
}

function fieldsOf(
  subject: string,
  value: unknown,
  isIgnored: (key: string) => boolean,
  prefix = '',
): (readonly [string, string])[] {
  if (!isRecord(value)) return []
  const keys = Object.keys(value).filter(key => isIgnored(key) && !isEmpty(value[key]))
  return keys.map(key => [subject, prefix + key] as const)
}

/** What says nothing is not worth a line. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function within(value: unknown, path: readonly string[]): unknown {
  let inner = value
  for (const step of path) {
    if (!isRecord(inner)) return undefined
    inner = inner[step]
  }
  return inner
}
