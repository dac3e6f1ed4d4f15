/**
 * The descheduler's policy as it is written, in its own field names.
 * Upstream: pkg/api/v1alpha2/types.go and the types.go of pkg/framework/plugins of the descheduler 0.36.0.
 */
import type { SimTime } from '../kernel/time.js'
import type { LabelSelector } from './labels.js'

/** The descheduler of a run. */
export interface DeschedulerSettings {
  readonly policy: DeschedulerPolicy
  /** Time between two passes; without meaning beside a schedule. */
  readonly interval: SimTime
  /** Cron schedule of the passes, in UTC. */
  readonly schedule?: string
}

export interface DeschedulerPolicy {
  readonly profiles?: readonly DeschedulerProfile[]
  readonly nodeSelector?: string
  readonly maxNoOfPodsToEvictPerNode?: number
  readonly maxNoOfPodsToEvictPerNamespace?: number
  readonly maxNoOfPodsToEvictTotal?: number
  readonly gracePeriodSeconds?: number
}

export interface DeschedulerProfile {
  readonly name: string
  readonly pluginConfig?: readonly { readonly name: string; readonly args?: object }[]
  readonly plugins?: {
    readonly deschedule?: PluginSet
    readonly balance?: PluginSet
    readonly filter?: PluginSet
    readonly preevictionfilter?: PluginSet
  }
}

export interface PluginSet {
  readonly enabled?: readonly string[]
  readonly disabled?: readonly string[]
}

/** At most one of the two lists may be given. */
export interface Included {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
}

export interface DefaultEvictorArgs {
  readonly nodeSelector?: string
  readonly labelSelector?: LabelSelector
  readonly namespaceLabelSelector?: LabelSelector
  readonly priorityThreshold?: { readonly value?: number; readonly name?: string }
  readonly nodeFit?: boolean
  readonly minReplicas?: number
  /** A duration such as `20m0s`. */
  readonly minPodAge?: string
  readonly noEvictionPolicy?: string
  readonly podProtections?: {
    readonly extraEnabled?: readonly string[]
    readonly defaultDisabled?: readonly string[]
    readonly config?: {
      readonly PodsWithPVC?: { readonly protectedStorageClasses?: readonly { readonly name: string }[] }
    }
  }
  /** The six below are older ways to say the same. */
  readonly evictLocalStoragePods?: boolean
  readonly evictDaemonSetPods?: boolean
  readonly evictSystemCriticalPods?: boolean
  readonly evictFailedBarePods?: boolean
  readonly ignorePvcPods?: boolean
  readonly ignorePodsWithoutPDB?: boolean
}

/** Percentages by resource name. */
export type ResourceThresholds = Readonly<Record<string, number>>

export interface LowNodeUtilizationArgs {
  readonly thresholds: ResourceThresholds
  readonly targetThresholds: ResourceThresholds
  readonly useDeviationThresholds?: boolean
  readonly numberOfNodes?: number
  readonly evictableNamespaces?: Included
  readonly evictionLimits?: { readonly node?: number }
}

export interface HighNodeUtilizationArgs {
  readonly thresholds: ResourceThresholds
  readonly numberOfNodes?: number
  readonly evictionModes?: readonly string[]
  readonly evictableNamespaces?: Included
}

export interface RemoveDuplicatesArgs {
  readonly namespaces?: Included
  readonly excludeOwnerKinds?: readonly string[]
}

export interface PodSelectionArgs {
  readonly namespaces?: Included
  readonly labelSelector?: LabelSelector
}

export interface TopologySpreadArgs extends PodSelectionArgs {
  readonly constraints?: readonly string[]
  readonly topologyBalanceNodeFit?: boolean
}

export interface NodeAffinityArgs extends PodSelectionArgs {
  readonly nodeAffinityType?: readonly string[]
}

export interface NodeTaintsArgs extends PodSelectionArgs {
  readonly includePreferNoSchedule?: boolean
  readonly excludedTaints?: readonly string[]
  readonly includedTaints?: readonly string[]
}

export interface TooManyRestartsArgs extends PodSelectionArgs {
  readonly podRestartThreshold?: number
  readonly includingInitContainers?: boolean
  readonly states?: readonly string[]
}

export interface PodLifeTimeArgs extends PodSelectionArgs {
  readonly maxPodLifeTimeSeconds?: number
  readonly states?: readonly string[]
  readonly ownerKinds?: Included
  readonly conditions?: readonly {
    readonly type?: string
    readonly status?: string
    readonly reason?: string
    readonly minTimeSinceLastTransitionSeconds?: number
  }[]
  readonly exitCodes?: readonly number[]
  readonly includingInitContainers?: boolean
}

export interface FailedPodsArgs extends PodSelectionArgs {
  readonly excludeOwnerKinds?: readonly string[]
  readonly minPodLifetimeSeconds?: number
  readonly reasons?: readonly string[]
  readonly exitCodes?: readonly number[]
  readonly includingInitContainers?: boolean
}
