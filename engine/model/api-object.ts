import type { SimTime } from '../kernel/time.js'
import type { Labels } from './pod-spec.js'

/** One entry of `metadata.ownerReferences`, resolved to the owner's number. */
export interface OwnerReference {
  readonly apiVersion?: string
  readonly kind: string
  readonly name: string
  readonly uid: number
  readonly controller: boolean
  readonly blockOwnerDeletion: boolean
}

/**
 * The metadata every stored object has, times in virtual microseconds. Upstream: ObjectMeta of
 * staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go (1.36).
 */
export interface ObjectMeta {
  readonly namespace: string
  readonly name: string
  /** A number never used twice in a run, over all kinds. */
  readonly uid: number
  labels: Labels
  annotations: Labels
  owners: readonly OwnerReference[]
  finalizers: readonly string[]
  readonly createdAt: SimTime
  /** NEVER until deletion is requested. */
  deletionAt: SimTime
  generation: number
  resourceVersion: number
}
