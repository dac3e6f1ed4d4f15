import type { SimTime } from '../kernel/time.js'
import type { Manifest } from './manifest.js'
import type { NodeConditionType } from './node-conditions.js'
import type {
  DrainSettings,
  NodeChoice,
  RebootSettings,
  ReclaimSettings,
  TerminateSettings,
  UpgradeSettings,
} from './node-operations.js'
import type { Labels } from './pod-spec.js'
import type { Taint } from './taints.js'

/** An object by its name; cluster-wide kinds have the namespace ''. */
export interface ObjectName {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export type PatchType = 'strategic' | 'merge' | 'json'

/** One entry of a JSON patch (RFC 6902). */
export interface JsonPatchEntry {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

interface OperationFields {
  'create-nodes': { readonly pool: number; readonly names: readonly string[] }
  'create-pods': {
    readonly namespace: string
    readonly names: readonly string[]
    readonly template: number
    readonly runFor: SimTime
  }
  apply: { readonly manifest: Manifest }
  patch: ObjectName & {
    readonly type: PatchType
    readonly patch: unknown
    /** Of pods: the resources of their containers, which the object itself does not let change. */
    readonly subresource?: 'resize'
  }
  scale: ObjectName & { readonly replicas: number }
  /** By `names`, or by `selector`: those found are sorted by name, and `count` takes the first of them. */
  delete: {
    readonly kind: string
    readonly namespace: string
    readonly names: readonly string[]
    /** A label selector as kubectl writes it. */
    readonly selector?: string
    readonly count?: number
    readonly gracePeriodSeconds?: number
    readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
  }
  cordon: { readonly nodes: readonly string[] }
  uncordon: { readonly nodes: readonly string[] }
  /** Images by name of the container, `*` for all. */
  'set-image': ObjectName & { readonly images: Labels }
  'pause-rollout': ObjectName
  'resume-rollout': ObjectName
  'restart-rollout': ObjectName
  /** Back to a revision; 0: the one before. */
  'undo-rollout': ObjectName & { readonly toRevision: number }
  /** Of a Job or CronJob. */
  suspend: ObjectName & { readonly suspended: boolean }
  /** A Job from a CronJob's template, out of turn. */
  'trigger-cron-job': { readonly namespace: string; readonly cronJob: string; readonly name: string }
  drain: NodeChoice &
    DrainSettings & {
      /** All nodes are cordoned before the first one is drained. */
      readonly cordonAllFirst: boolean
      /** So many nodes at once, as when several people drain. Absent: one after another. */
      readonly parallel?: number
    }
  /** Machines go down, as their kubelets are configured to, and come back. */
  reboot: RebootSettings
  /** Nodes are emptied and replaced, or come back changed, so many at once. */
  'upgrade-nodes': UpgradeSettings
  /** The cloud takes machines back after a notice; `pick` of those chosen at random, 0: all. */
  'reclaim-nodes': NodeChoice & ReclaimSettings & { readonly pick: number }
  /** The cloud takes machines away without a notice. */
  'terminate-nodes': TerminateSettings
  /** One eviction a pod, in order of name, no retry. */
  evict: { readonly namespace: string; readonly names: readonly string[]; readonly selector?: string }
  /** `remove` names taints as kubectl does: `key`, `key:effect` or `key=value:effect`. */
  taint: {
    readonly nodes: readonly string[]
    readonly add: readonly Taint[]
    readonly remove: readonly string[]
  }
  /** The kubelet reports this while it goes on heartbeating. */
  condition: {
    readonly nodes: readonly string[]
    readonly type: NodeConditionType
    readonly status: 'True' | 'False' | 'Unknown'
    readonly reason: string
  }
  /** The kubelet falls silent: no lease, no status, no reaction to pods; containers go on. */
  'kill-node': { readonly nodes: readonly string[] }
  'revive-node': { readonly nodes: readonly string[] }
  /** Forces the readiness of pods; without `ready` they go back to their own. */
  'pod-ready': { readonly namespace: string; readonly selector: string; readonly ready?: boolean }
  /** CPU in use by the pods of an app, given for each or divided evenly over the running ones. */
  load: {
    readonly app: string
    readonly totalMilliCPU?: number
    readonly perPodMilliCPU?: number
    /** No pod uses more of a total than this. */
    readonly maxMilliCPU?: number
  }
  /** An external provisioner of volumes starts. */
  provisioner: { readonly name: string; readonly createDelay: SimTime; readonly deleteDelay: SimTime }
}

export type OperationName = keyof OperationFields

/** What operation `Op` does, and when. */
export type OperationOf<Op extends OperationName> = OperationFields[Op] & {
  readonly op: Op
  readonly at: SimTime
}

/** Something that is done to the cluster from outside. */
export type Operation = { [Op in OperationName]: OperationOf<Op> }[OperationName]
