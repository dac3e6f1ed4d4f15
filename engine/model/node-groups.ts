import type { DistributionSpec } from '../kernel/distributions.js'
import type { SimTime } from '../kernel/time.js'
import type { ClusterAutoscalerSettings } from './cluster-autoscaler-defaults.js'

/** A group of equal machines that a provider adds and removes: its sizes, and what the provider does. */
export interface NodeGroupSettings {
  /** Index into the model's node pools: what the group's nodes are like; its name is the group's. */
  readonly pool: number
  readonly minSize: number
  readonly maxSize: number
  /** Machines that are there from the start. */
  readonly initialSize: number
  readonly provisioning: Provisioning
}

/** What becomes of a machine that is asked for. Times are drawn in seconds, for each machine anew. */
export interface Provisioning {
  /** From the request until the node registers. */
  readonly bootTime: DistributionSpec
  /** From its registration until the node is ready. */
  readonly readyDelay: SimTime
  /** From the request to delete it until the node is gone. */
  readonly shutdownTime: DistributionSpec
  /** Machines of the group that the provider grants at most; more are refused. Infinity: no quota. */
  readonly quota: number
  /** Share of machines that the provider has no capacity for. */
  readonly stockoutShare: number
  /** Share of machines that start and never register. */
  readonly lostShare: number
  /** From the request until a refusal is known. */
  readonly refusalDelay: SimTime
}

/** A cluster autoscaler and the groups it scales. */
export interface ClusterAutoscalerModel {
  readonly settings: ClusterAutoscalerSettings
  readonly groups: readonly NodeGroupSettings[]
}
