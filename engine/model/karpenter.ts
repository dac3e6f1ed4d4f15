/**
 * Karpenter's objects and its catalogue of instance types as a run is given them, in the field names of the API.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/nodepool.go and nodeclaim.go.
 * Simplified: of a NodeClass only the reference counts.
 */
import type { Amounts, Labels } from './pod-spec.js'
import type { Taint } from './taints.js'

export interface NodePoolRequirement {
  readonly key: string
  /** In, NotIn, Exists, DoesNotExist, Gt, Lt, Gte or Lte. */
  readonly operator: string
  readonly values?: readonly string[]
  /** How many different values the instance types left to choose from must have. */
  readonly minValues?: number
}

export interface NodeClassReference {
  readonly group: string
  readonly kind: string
  readonly name: string
}

export interface NodePoolTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels }
  readonly spec: {
    readonly requirements?: readonly NodePoolRequirement[]
    readonly taints?: readonly Taint[]
    /** Taints that something on the node takes off once it has started; pods need not tolerate them. */
    readonly startupTaints?: readonly Taint[]
    /** A duration or `Never`. */
    readonly expireAfter?: string
    readonly terminationGracePeriod?: string
    readonly nodeClassRef?: NodeClassReference
  }
}

export interface NodePoolSpec {
  readonly template: NodePoolTemplate
  /** The pool of the highest weight is tried first; absent: 0. */
  readonly weight?: number
  /** Totals that the pool's nodes must not exceed, `nodes` for their number. */
  readonly limits?: Amounts
  readonly disruption?: {
    /** A duration or `Never`. */
    readonly consolidateAfter?: string
    readonly consolidationPolicy?: 'WhenEmpty' | 'WhenEmptyOrUnderutilized' | 'Balanced'
    readonly budgets?: readonly {
      readonly nodes: string
      readonly reasons?: readonly string[]
      readonly schedule?: string
      readonly duration?: string
    }[]
  }
}

export interface NodePool {
  readonly metadata: { readonly name: string }
  readonly spec: NodePoolSpec
}
