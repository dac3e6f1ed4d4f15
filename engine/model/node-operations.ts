/**
 * What is done to nodes and their machines: how they are chosen, emptied, rebooted, upgraded and taken away.
 */
import type { DistributionSpec } from '../kernel/distributions.js'
import type { SimTime } from '../kernel/time.js'
import type { IntOrPercent } from './int-or-percent.js'
import type { Labels } from './pod-spec.js'
import type { Taint } from './taints.js'

/** Nodes by `nodes`, and those of `selector` and `pools` in order of name. */
export interface NodeChoice {
  readonly nodes: readonly string[]
  /** A label selector as kubectl writes it. */
  readonly selector?: string
  /** Indexes of node pools. */
  readonly pools?: readonly number[]
}

/** How a node is emptied: the flags of `kubectl drain`. */
export interface DrainSettings {
  /** Wait after a refused eviction. */
  readonly retryAfter: SimTime
  /** A node's drain is given up after this time; NEVER: not at all. */
  readonly timeout: SimTime
  /** Pods of DaemonSets stay, or else keep the drain from beginning. Absent: they stay. */
  readonly ignoreDaemonSets?: boolean
  /** Pods with emptyDir volumes go, or else keep the drain from beginning. Absent: they go. */
  readonly deleteEmptyDirData?: boolean
  /** Pods without a controller go, or else keep the drain from beginning. Absent: they go. */
  readonly force?: boolean
  /** Instead of the pods' own grace period. */
  readonly gracePeriodSeconds?: number
  /** Pods are deleted and budgets not asked. Absent: they are evicted. */
  readonly disableEviction?: boolean
  /** Only these pods; a label selector as kubectl writes it. */
  readonly podSelector?: string
  /** Pods that should have gone so long ago are not waited for. Absent: they are. */
  readonly skipWaitForDeleteTimeoutSeconds?: number
}

/** What becomes of a node whose drain does not end well. */
export type AfterFailedDrain =
  /** Its pods are deleted without asking budgets, and it goes on. */
  | 'force'
  /** It is put back to use and left as it is. */
  | 'skip'
  /** It stays cordoned, and no other node has its turn. */
  | 'stop'

export interface RebootSettings extends NodeChoice {
  /** From power off until the kubelet starts, in seconds. */
  readonly downFor: DistributionSpec
  /** So many nodes at once; Infinity: all. */
  readonly parallel: number
  /** From one node being Ready again until the next goes down. */
  readonly pause: SimTime
  /** Absent: nodes are not drained before. */
  readonly drain?: DrainSettings
  readonly afterFailedDrain: AfterFailedDrain
}

export interface UpgradeSettings extends NodeChoice {
  /**
   * Machines beyond those there are, and missing ones; a share is of the nodes that have their turn together.
   */
  readonly maxSurge: IntOrPercent
  readonly maxUnavailable: IntOrPercent
  /**
   * All nodes with one value of this label have their turn before the next value's, in order. Absent: all at
   * once.
   */
  readonly orderBy?: string
  /** Nodes are replaced by new ones, or come back themselves. */
  readonly replace: boolean
  /** `status.nodeInfo.kubeletVersion` afterwards. Absent: as before. */
  readonly version?: string
  /** Labels added to upgraded nodes. */
  readonly labels: Labels
  /** Of a node that comes back: from power off until its kubelet starts, in seconds. */
  readonly downFor: DistributionSpec
  /** Of a new node: from the request until it registers, in seconds. */
  readonly bootTime: DistributionSpec
  /** After each node, and after each group of `orderBy`. */
  readonly pause: SimTime
  readonly pauseBetweenGroups: SimTime
  readonly drain: DrainSettings
  readonly afterFailedDrain: AfterFailedDrain
}

/** Who deletes the Node object of a machine that is no more. */
export type NodeRemoval =
  /** The cloud's node lifecycle controller, once the node is not Ready. */
  | 'cloud'
  /** Whoever took the machine away, in the same moment. */
  | 'with-machine'

/** What happens to the machines of nodes that the cloud takes back. */
export interface ReclaimSettings {
  /** From the notice until the power goes. */
  readonly notice: SimTime
  /** A termination handler cordons and drains the node meanwhile. */
  readonly isHandled: boolean
  /** Set by the handler. */
  readonly taint?: Taint
  readonly drain: DrainSettings
  readonly removal: NodeRemoval
  /**
   * From the loss until a machine like it registers, in seconds. Absent: none does, unless a node group wants
   * it.
   */
  readonly replacedAfter?: DistributionSpec
}

export interface TerminateSettings extends NodeChoice {
  /** Machines are shut down as their kubelets are configured to, or lose their power. */
  readonly isGraceful: boolean
  readonly removal: NodeRemoval
  readonly replacedAfter?: DistributionSpec
}
