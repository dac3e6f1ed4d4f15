/**
 * What the volumes of a pod ask of its node: the places they can be reached from, as alternatives, and how many of each
 * driver must be attached.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/volumetopology.go and
 * pkg/scheduling/volumeusage.go.
 * Simplified: nothing known.
 */
import { driverOfProvisioner } from '../../model/csi-translation.js'
import type { NodeSelectorRequirement } from '../../model/node-affinity.js'
import type { Volume } from '../../model/pod-spec.js'
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../model/storage.js'
import { Requirements } from './requirements.js'
import type { SchedulingPod } from './scheduling-pod.js'
import { HOSTNAME } from './well-known-labels.js'

/** The storage objects of the cluster by name. */
export interface StorageLookup {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  storageClass(name: string): StorageClass | undefined
}

export interface PodVolumes {
  /** One of these must be met, tried in this order; none: any node will do. */
  readonly alternatives: readonly Requirements[]
  /** Drivers and claims, each volume that may have to be attached. */
  readonly attached: readonly AttachedVolume[]
}

export interface AttachedVolume {
  readonly driver: string
  /** Namespace and name of the claim. */
  readonly claim: string
}

export const NO_VOLUMES: PodVolumes = { alternatives: [], attached: [] }

const AWS_BLOCK_STORE_DRIVER = 'ebs.csi.aws.com'

/** Claims, volumes and classes that do not exist ask for nothing. */
export function podVolumes(pod: SchedulingPod, storage: StorageLookup): PodVolumes {
  let alternatives: readonly (Requirements | undefined)[] = [undefined]
  const attached: AttachedVolume[] = []
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimName(pod, volume)
    const claim = name === undefined ? undefined : storage.claim(pod.namespace, name)
    if (claim === undefined) continue
    const places = placesOf(claim, storage)
    if (places.length > 0) alternatives = combine(alternatives, places)
    const driver = driverOf(claim, storage)
    if (driver !== '') attached.push({ driver, claim: `${pod.namespace}/${name}` })
  }
  if (alternatives.length === 1 && alternatives[0] === undefined && attached.length === 0) return NO_VOLUMES
  return { alternatives: alternatives.filter(one => one !== undefined), attached }
}

/** The name of the claim behind a volume; that of an ephemeral volume is made from its pod's. */
export function claimName(pod: SchedulingPod, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName
  return volume.ephemeral === undefined ? undefined : `${pod.name}-${volume.name}`
}

/** The driver that attaches the claim's volume, empty if none is known. */
export function driverOf(claim: PersistentVolumeClaim, storage: StorageLookup): string {
  const { volumeName = '', storageClassName = '' } = claim.spec
  if (volumeName !== '') {
    const spec = storage.volume(volumeName)?.spec
    if (spec?.csi !== undefined) return spec.csi.driver
    return spec?.awsElasticBlockStore === undefined ? '' : AWS_BLOCK_STORE_DRIVER
  }
  const storageClass = storageClassName === '' ? undefined : storage.storageClass(storageClassName)
  return storageClass === undefined ? '' : driverOfProvisioner(storageClass.spec.provisioner)
}

/** Every combination that can be met, or all of them if none can. */
function combine(
  alternatives: readonly (Requirements | undefined)[],
  places: readonly Requirements[],
): readonly Requirements[] {
  const pairs = alternatives.flatMap(known => places.map(place => ({ known, place })))
  const possible = pairs.filter(({ known, place }) => known === undefined || known.intersects(place))
  return (possible.length > 0 ? possible : pairs).map(({ known, place }) => {
    const both = known?.copy() ?? new Requirements()
    both.addAll(place)
    return both
  })
}

function placesOf(claim: PersistentVolumeClaim, storage: StorageLookup): readonly Requirements[] {
  const { volumeName = '', storageClassName = '' } = claim.spec
  if (volumeName !== '') {
    const volume = storage.volume(volumeName)
    return volume === undefined ? [] : placesOfVolume(volume)
  }
  const storageClass = storageClassName === '' ? undefined : storage.storageClass(storageClassName)
  const places: Requirements[] = []
  for (const { matchLabelExpressions = [] } of storageClass?.spec.allowedTopologies ?? []) {
    if (matchLabelExpressions.length === 0) continue
    places.push(
      Requirements.read(matchLabelExpressions.map(({ key, values }) => ({ key, operator: 'In', values }))),
    )
  }
  return places
}

function placesOfVolume({ spec }: PersistentVolume): readonly Requirements[] {
  const places: Requirements[] = []
  // A pod that moves to a new node gets another local volume, so the old node's name does not hold it back.
  const isOnHost = spec.local !== undefined || spec.hostPath !== undefined
  for (const { matchExpressions } of spec.nodeAffinity?.required?.nodeSelectorTerms ?? []) {
    const all = matchExpressions ?? []
    if (all.length === 0) continue
    const counting = isOnHost ? all.filter(isNotAboutHost) : all
    places.push(Requirements.read(counting))
  }
  return places
}

function isNotAboutHost({ key }: NodeSelectorRequirement): boolean {
  return key !== HOSTNAME
}
