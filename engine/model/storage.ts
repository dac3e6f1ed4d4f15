import type { ObjectMeta } from './api-object.js'
import type { LabelSelector } from './labels.js'
import type { NodeSelector } from './node-affinity.js'
import type { Amounts, PersistentVolumeClaimSpec } from './pod-spec.js'

/**
 * The storage objects as far as they are simulated, in Kubernetes' own field names. Fields that a manifest
 * has beside `spec` (those of StorageClass and CSIStorageCapacity) lie in the spec here.
 * Upstream: staging/src/k8s.io/api/core/v1/types.go and storage/v1/types.go (1.36).
 */
export interface StorageObject<Spec, Status = unknown> {
  readonly meta: ObjectMeta
  readonly spec: Spec
  readonly status: Status
}

/** Sources of a volume, inline or persistent, that a CSI driver has taken over. */
export interface InTreeSource {
  readonly gcePersistentDisk?: { readonly pdName: string }
  readonly awsElasticBlockStore?: { readonly volumeID: string }
  readonly azureDisk?: { readonly diskURI: string }
  readonly cinder?: { readonly volumeID: string }
  readonly portworxVolume?: { readonly volumeID: string }
}

export interface ClaimReference {
  readonly apiVersion?: string
  readonly kind?: string
  readonly namespace: string
  readonly name: string
  /** The number of the claim; a text when it comes from a manifest, and then the name decides. */
  readonly uid?: number | string
}

export interface PersistentVolumeSpec extends InTreeSource {
  readonly accessModes?: readonly string[]
  readonly capacity?: Amounts
  readonly claimRef?: ClaimReference
  readonly csi?: { readonly driver: string; readonly volumeHandle: string }
  readonly hostPath?: { readonly path: string }
  readonly local?: { readonly path: string }
  readonly nfs?: { readonly server: string; readonly path: string }
  readonly nodeAffinity?: { readonly required?: NodeSelector }
  readonly persistentVolumeReclaimPolicy?: string
  readonly storageClassName?: string
  readonly volumeAttributesClassName?: string
  readonly volumeMode?: string
}

export interface PersistentVolumeStatus {
  readonly phase?: string
  /** Why a volume has failed. */
  readonly message?: string
}

export interface PersistentVolumeClaimStatus {
  readonly phase?: string
  readonly accessModes?: readonly string[]
  readonly capacity?: Amounts
}

export interface TopologySelectorTerm {
  readonly matchLabelExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[]
}

export interface StorageClassSpec {
  readonly provisioner: string
  /** Immediate when left out. */
  readonly volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer'
  readonly allowedTopologies?: readonly TopologySelectorTerm[]
  readonly reclaimPolicy?: string
  readonly allowVolumeExpansion?: boolean
}

export interface CSINodeSpec {
  readonly drivers?: readonly {
    readonly name: string
    readonly nodeID?: string
    readonly topologyKeys?: readonly string[]
    readonly allocatable?: { readonly count?: number }
  }[]
}

export interface CSIDriverSpec {
  readonly attachRequired?: boolean
  readonly storageCapacity?: boolean
}

export interface CSIStorageCapacitySpec {
  readonly storageClassName: string
  readonly capacity?: string
  readonly maximumVolumeSize?: string
  readonly nodeTopology?: LabelSelector
}

export interface VolumeAttachmentSpec {
  readonly attacher?: string
  readonly nodeName: string
  readonly source: { readonly persistentVolumeName?: string }
}

export type PersistentVolume = StorageObject<PersistentVolumeSpec, PersistentVolumeStatus>
export type PersistentVolumeClaim = StorageObject<PersistentVolumeClaimSpec, PersistentVolumeClaimStatus>
export type StorageClass = StorageObject<StorageClassSpec>

/** Set on a claim when it has been bound to a volume for good. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
/** Set on a volume or claim that the controller bound, and not the user. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
/** Set on a claim by the scheduler: provision a volume that this node can reach. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
/** Set on a claim by the controller: the provisioner that is to make its volume. The older name is set, too. */
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
export const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner'
/** Set on a volume by its provisioner, which is also to delete it. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
/** Keep claims while pods use them, and volumes while they are bound. */
export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection'
export const VOLUME_PROTECTION = 'kubernetes.io/pv-protection'
/** The provisioner of classes whose volumes are made by hand. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner'
const BETA_STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class'

/** The class a claim asks for, empty for none. */
export function classOfClaim({ meta, spec }: PersistentVolumeClaim): string {
  return meta.annotations[BETA_STORAGE_CLASS] ?? spec.storageClassName ?? ''
}

/** The class a volume belongs to, empty for none. */
export function classOfVolume({ meta, spec }: PersistentVolume): string {
  return meta.annotations[BETA_STORAGE_CLASS] ?? spec.storageClassName ?? ''
}

/** Whether the claim has its volume and both sides know it. */
export function isFullyBound({ meta, spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? '') !== '' && meta.annotations[BIND_COMPLETED] !== undefined
}
