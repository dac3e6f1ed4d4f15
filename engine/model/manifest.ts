import type { Labels } from './pod-spec.js'

/** An ordinary Kubernetes manifest after defaulting, amounts as written. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Labels
    readonly annotations?: Labels
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}
