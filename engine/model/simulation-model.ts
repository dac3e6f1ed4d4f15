import type { SimTime } from '../kernel/time.js'
import type { ControlPlaneSettings, KubeletSettings, SchedulerCosts } from './defaults.js'
import type { DeschedulerSettings } from './descheduler.js'
import type { FailureSettings } from './failures.js'
import type { KarpenterModel } from './karpenter-run.js'
import type { ClusterAutoscalerModel } from './node-groups.js'
import type { Operation } from './operations.js'
import type { Labels } from './pod-spec.js'
import type { PodTemplate } from './pod-template.js'
import type { Taint } from './taints.js'
import type { Traffic } from './traffic.js'
import type { ZoneTable } from './zone-table.js'

/**
 * The validated input of one run: plain, frozen data that crosses to a worker thread as it is. Names are resolved,
 * units converted (SimTime, milliCPU, bytes), defaults filled in; nothing here is read from a file again.
 */
export interface SimulationModel {
  readonly name: string
  readonly about: string
  readonly seed: string
  /** The run ends here at the latest; NEVER: when nothing is left to happen. */
  readonly until: SimTime
  /** The run is cut off after this many events; Infinity: never. */
  readonly maxEvents: number
  /** Wall clock of virtual time 0 in seconds since 1970, UTC: what API timestamps and cron schedules count from. */
  readonly epochSeconds: number
  /** Wall clocks of the time zones that schedules name. */
  readonly timeZones: Readonly<Record<string, ZoneTable>>
  readonly controlPlane: ControlPlaneSettings
  readonly kubelet: KubeletSettings
  readonly scheduler: SchedulerSettings
  readonly nodePools: readonly NodePool[]
  /** Absent: nobody adds or removes nodes. */
  readonly clusterAutoscaler?: ClusterAutoscalerModel
  /** Absent: there is no Karpenter, and NodePools mean nothing. */
  readonly karpenter?: KarpenterModel
  /** Templates that traces and bulk operations refer to by index. */
  readonly podTemplates: readonly LabelledTemplate[]
  readonly traces: readonly PodTrace[]
  /** What is done to the cluster, in order of time, equal times in the order of the file. */
  readonly operations: readonly Operation[]
  /** Absent: nobody evicts pods to have them placed anew. */
  readonly descheduler?: DeschedulerSettings
  /** What goes wrong, and when. */
  readonly failures: readonly FailureSettings[]
  /** Requests, usage and metrics; absent: nobody sends requests, and nothing is measured by itself. */
  readonly traffic?: Traffic
  readonly measure: MeasureSettings
}

export interface LabelledTemplate {
  readonly template: PodTemplate
  readonly labels: Labels
}

/** Nodes that are alike but for name, hostname and zone. */
export interface NodePool {
  readonly name: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly unschedulable: boolean
  /** By resource name: milliCPU for cpu, bytes for memory and storage, counts else. */
  readonly capacity: Readonly<Record<string, number>>
  readonly allocatable: Readonly<Record<string, number>>
  /** Zones given to the nodes in turn; empty: no zone label. */
  readonly zones: readonly string[]
  /** Annotations of every node, by which its kubelet is configured, too; absent: none. */
  readonly annotations?: Labels
  /** What each node runs by itself; absent: nothing. */
  readonly staticPods?: readonly StaticPod[]
  /** Image name to bytes: what is on every node of the pool from the start. */
  readonly images: Readonly<Record<string, number>>
  /** Of one node for one hour; absent: its nodes cost nothing that is counted. */
  readonly pricePerHour?: number
  /** Paid at the price of machines that may be taken away. Absent: no. */
  readonly spot?: boolean
}

/** A pod that nodes run by themselves, and show as a mirror pod `<name>-<node>`. */
export interface StaticPod extends LabelledTemplate {
  readonly name: string
  readonly namespace: string
}

/** Pods of a trace in columns, sorted by creation. All arrays have one length. */
export interface PodTrace {
  readonly name: string
  readonly namespace: string
  readonly names: readonly string[]
  readonly createdAt: Float64Array
  /** Index into the model's podTemplates. */
  readonly template: Uint32Array
  /** Running time until the containers exit with 0; NEVER: until deleted. */
  readonly runFor: Float64Array
  /** When the pod is deleted, whatever it is doing; NEVER: not at all. */
  readonly deletedAt: Float64Array
  /** Present: the list is a population to draw arrivals from, whatever the times say. */
  readonly inflation?: TraceInflation
  /** A pod that finished is deleted at once, as the trace knows nothing of finished pods. */
  readonly removeFinished: boolean
}

/** Arrivals made from a list of pods: shuffled, and repeated or thinned out until they ask for so much GPU. */
export interface TraceInflation {
  /** GPU that all arrivals together ask for, as a part of what the cluster has. */
  readonly ratio: number
  /** From one arrival to the next. */
  readonly interval: SimTime
}

export type { Manifest } from './manifest.js'
export type { Operation } from './operations.js'

export interface SchedulerSettings {
  readonly profiles: readonly SchedulerProfile[]
  /** 0: adaptive, as upstream; 1 to 100: that share of the nodes is scored. */
  readonly percentageOfNodesToScore: number
  /**
   * Among the best nodes: the one on top of a heap of scores, as upstream, where only scores of extenders get a random
   * number; a seeded random one; the first in the order of the search; or the first in a random order of the nodes that
   * stays for the whole run.
   */
  readonly tieBreak: 'heap' | 'random' | 'first' | 'node-order'
  /** A pod that no node can take waits for a change, as upstream, or is deleted at once. Absent: it waits. */
  readonly unschedulablePods?: 'wait' | 'delete'
  readonly podInitialBackoff: SimTime
  readonly podMaxBackoff: SimTime
  readonly costs: SchedulerCosts
}

/** One profile: which plugins are on at which point, with which weights and arguments. */
export interface SchedulerProfile {
  readonly schedulerName: string
  /** Name of a built-in plugin set the profile starts from, for example `default` or `most-allocated`. */
  readonly base: string
  readonly enabled: readonly PluginChoice[]
  readonly disabled: readonly { readonly point: string; readonly name: string }[]
  readonly pluginConfig: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Overrides the scheduler's own for this profile. */
  readonly percentageOfNodesToScore?: number
}

export interface PluginChoice {
  /** Extension point in camelCase, or `multiPoint`. */
  readonly point: string
  readonly name: string
  readonly weight?: number
}

export interface MeasureSettings {
  /** Distance of two rows of the time series. */
  readonly interval: SimTime
  /** Record names that are on; an absent one costs one branch. */
  readonly records: readonly string[]
}
