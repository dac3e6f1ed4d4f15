/**
 * Pods of a StatefulSet: their stable names, labels and volumes, and what each state of theirs means to
 * the set.
 *
 * Upstream: pkg/controller/statefulset/stateful_set_utils.go (1.36).
 * Simplified: hostname and subdomain are left out of the pods, as nothing simulated resolves them.
 */
import type { SimTime } from '../../kernel/time.js'
import type { Labels, PersistentVolumeClaimTemplate, Volume } from '../../model/pod-spec.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { PodTemplateSpec, StatefulSetSpec } from '../../model/workloads.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { Phase, type PodId } from '../../state/ids.js'
import type { PodTable } from '../../state/pods.js'
import { CONTROLLER_REVISION_HASH } from '../controller-revisions.js'
import { isAvailable } from '../pod-availability.js'

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index'

/** The number at the end of a pod's name, when what stands before it is the name of the set. */
export function ordinalOf(setName: string, podName: string): number | undefined {
  const dash = podName.lastIndexOf('-')
  if (dash !== setName.length || !podName.startsWith(setName)) return undefined
  const digits = podName.slice(dash + 1)
  return /^\d+$/.test(digits) ? Number(digits) : undefined
}

export function podNameOf(setName: string, ordinal: number): string {
  return `${setName}-${ordinal}`
}

/** Whether the set wants a pod of this ordinal. */
export function isInRange({ ordinals: { start }, replicas }: StatefulSetSpec, ordinal: number): boolean {
  return ordinal >= start && ordinal < start + replicas
}

export function isRunningAndReady({ phase, ready }: PodTable, pod: PodId): boolean {
  return phase[pod] === Phase.Running && ready[pod] === 1
}

/** Not ready for long enough, or on its way out. */
export function isUnavailable(
  pods: PodTable,
  pod: PodId,
  minReadySeconds: number,
  clock: WallClock,
  now: SimTime,
): boolean {
  return pods.isTerminating(pod) || !isAvailable(pods, pod, minReadySeconds, clock, now)
}

/** Name of the revision the pod was made from, empty when it carries none. */
export function revisionNameOf({ pods, labelSets }: ClusterState, pod: PodId): string {
  return labelSets.get(pods.labelsOf(pod))[CONTROLLER_REVISION_HASH] ?? ''
}

export function claimNameOf(
  template: PersistentVolumeClaimTemplate,
  setName: string,
  ordinal: number,
): string {
  return `${template.metadata?.name ?? ''}-${setName}-${ordinal}`
}

/** What tells the pod of this ordinal from its siblings. */
export function identityLabels(setName: string, ordinal: number): Labels {
  return { [POD_NAME_LABEL]: podNameOf(setName, ordinal), [POD_INDEX_LABEL]: String(ordinal) }
}

/** The template of one pod: identity, revision and its own volume claims added. */
export function statefulTemplate(
  setName: string,
  claimTemplates: readonly PersistentVolumeClaimTemplate[],
  revision: { readonly name: string; readonly template: PodTemplateSpec },
  ordinal: number,
): PodTemplateSpec {
  const { metadata, spec } = revision.template
  const labels = {
    ...metadata.labels,
    ...identityLabels(setName, ordinal),
    [CONTROLLER_REVISION_HASH]: revision.name,
  }
  const volumes = withClaims(spec.volumes ?? [], claimTemplates, setName, ordinal)
  return {
    metadata: { ...metadata, labels },
    spec: volumes.length === 0 ? spec : { ...spec, volumes },
  }
}

/** The claims first, and the volumes of the template that no claim replaces. */
function withClaims(
  volumes: readonly Volume[],
  claimTemplates: readonly PersistentVolumeClaimTemplate[],
  setName: string,
  ordinal: number,
): readonly Volume[] {
  if (claimTemplates.length === 0) return volumes
  const names = new Set(claimTemplates.map(({ metadata }) => metadata?.name))
  const claims = claimTemplates.map(template => ({
    name: template.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimNameOf(template, setName, ordinal), readOnly: false },
  }))
  return [...claims, ...volumes.filter(({ name }) => !names.has(name))]
}

/** Whether the pod carries its identity. */
export function hasIdentity(
  { pods, labelSets }: ClusterState,
  pod: PodId,
  setName: string,
  ordinal: number,
): boolean {
  const labels = labelSets.get(pods.labelsOf(pod))
  const wanted = identityLabels(setName, ordinal)
  return Object.keys(wanted).every(key => labels[key] === wanted[key])
}

/** Whether the pod mounts the claims of its ordinal. */
export function hasStorage(
  { pods, templates }: ClusterState,
  pod: PodId,
  claimTemplates: readonly PersistentVolumeClaimTemplate[],
  setName: string,
  ordinal: number,
): boolean {
  const { volumes = [] } = templates.get(pods.templateOf(pod)).spec
  return claimTemplates.every(template => {
    const claim = claimNameOf(template, setName, ordinal)
    const volume = volumes.find(({ name }) => name === template.metadata?.name)
    return volume?.persistentVolumeClaim?.claimName === claim
  })
}
