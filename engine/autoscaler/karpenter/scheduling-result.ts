/**
 * What one scheduling simulation is asked and what it answers.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/scheduler.go (Results).
 * Simplified: nothing known.
 */
import type { ClusterNode } from './cluster-node.js'
import type { InstanceType, ResourceAmounts } from './instance-type.js'
import type { PoolTemplate } from './pool-template.js'
import type { Requirements } from './requirements.js'
import type { SchedulingPod } from './scheduling-pod.js'

export const MinValuesPolicy = { Strict: 'Strict', BestEffort: 'BestEffort' } as const
export type MinValuesPolicy = (typeof MinValuesPolicy)[keyof typeof MinValuesPolicy]

export const PreferencePolicy = { Respect: 'Respect', Ignore: 'Ignore' } as const
export type PreferencePolicy = (typeof PreferencePolicy)[keyof typeof PreferencePolicy]

/** What is left out has its usual value. */
export interface SchedulingRequest {
  /** To be placed, wherever they are now: bound ones are not counted where they are. */
  readonly pods: readonly SchedulingPod[]
  /** Nodes that are thought away, besides those marked for deletion. Their pods still count in topologies. */
  readonly without?: ReadonlySet<ClusterNode>
  /**
   * A pod that could have had reserved capacity waits for it instead of being given other capacity. Provisioning does
   * so, disruption does not.
   */
  readonly insistsOnReservations?: boolean
  /** Pods are not moved to nodes whose pods came or went lately: consolidation. */
  readonly sparesChangedNodes?: boolean
}

/** A node to be made. */
export interface NewClaim {
  readonly pool: PoolTemplate
  /** In the order in which they were placed. */
  readonly pods: readonly SchedulingPod[]
  /** By the price of their cheapest offering under the requirements, 600 at most. */
  readonly instanceTypes: readonly InstanceType[]
  readonly requirements: Requirements
  /** Of the pods and of the DaemonSets that will run there. */
  readonly requests: ResourceAmounts
  /** The pool's `minValues` had to be lowered. */
  readonly isMinValuesRelaxed: boolean
}

export interface Placement {
  readonly node: ClusterNode
  readonly pods: readonly SchedulingPod[]
}

export interface SchedulingError {
  /** Why, pool by pool. */
  readonly message: string
  /** Reserved capacity was there, but others took it: the pod is not unschedulable, it waits. */
  readonly isForReservation: boolean
}

export interface SchedulingResult {
  readonly claims: readonly NewClaim[]
  /** Nodes that were given pods, in the order in which they are tried: initialized ones first. */
  readonly placements: readonly Placement[]
  /** Pods that found no place. */
  readonly errors: ReadonlyMap<SchedulingPod, SchedulingError>
}
