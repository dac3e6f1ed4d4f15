/**
 * Which pod a node under pressure evicts first: those above their requests, then low priority, then whoever uses most
 * above its request. A pod without known usage goes before all others.
 *
 * Upstream: rankMemoryPressure, rankDiskPressureFunc, rankPIDPressure of pkg/kubelet/eviction/helpers.go (1.36).
 * Simplified: of the volumes of a pod, only what its containers write is measured.
 */
import type { Amounts } from '../model/pod-spec.js'

/** What pressure is about. */
export type StarvedResource = 'memory' | 'ephemeral-storage' | 'inodes' | 'pids'

export interface ContainerUsage {
  readonly name: string
  /** Absent: not measured. */
  readonly memoryBytes?: number
  /** What is written to the container's own layer, and to its logs. */
  readonly rootfsBytes: number
  readonly logsBytes: number
  readonly inodes: number
}

export interface PodUsage {
  readonly memoryBytes: number
  readonly processes: number
  readonly containers: readonly ContainerUsage[]
}

/** What eviction looks at in a pod. */
export interface EvictablePod {
  readonly name: string
  readonly priority: number
  readonly isCritical: boolean
  /** terminationGracePeriodSeconds. */
  readonly gracePeriodSeconds: number | undefined
  readonly memoryRequest: number
  readonly storageRequest: number
  readonly containers: readonly {
    readonly name: string
    readonly requests: Amounts
    readonly limits: Amounts
  }[]
  readonly usage: PodUsage | undefined
}

/** Which parts of a pod's writing lie on the filesystem under pressure. */
export interface DiskParts {
  readonly rootfs: boolean
  readonly logs: boolean
}

export const WHOLE_DISK: DiskParts = { rootfs: true, logs: true }

/** The pods in the order they would be evicted; equals keep the order they came in. */
export function rankPods<P extends EvictablePod>(
  pods: readonly P[],
  resource: StarvedResource,
  parts: DiskParts,
): P[] {
  return pods.toSorted((a, b) => {
    const first = compareUnknown(a, b)
    if (resource === 'pids') {
      return a.priority - b.priority || first || usedOf(b, resource, parts) - usedOf(a, resource, parts)
    }
    if (first !== 0 || a.usage === undefined) return first || a.priority - b.priority
    return (
      Number(isAbove(b, resource, parts)) - Number(isAbove(a, resource, parts)) ||
      a.priority - b.priority ||
      excessOf(b, resource, parts) - excessOf(a, resource, parts)
    )
  })
}

function compareUnknown(a: EvictablePod, b: EvictablePod): number {
  return Number(b.usage === undefined) - Number(a.usage === undefined)
}

function isAbove(pod: EvictablePod, resource: StarvedResource, parts: DiskParts): boolean {
  return usedOf(pod, resource, parts) > (resource === 'inodes' ? 0 : requestOf(pod, resource))
}

/** Inodes are measured against the requested storage in bytes, as upstream does it. */
function excessOf(pod: EvictablePod, resource: StarvedResource, parts: DiskParts): number {
  return usedOf(pod, resource, parts) - requestOf(pod, resource)
}

function requestOf({ memoryRequest, storageRequest }: EvictablePod, resource: StarvedResource): number {
  return resource === 'memory' ? memoryRequest : storageRequest
}

function usedOf({ usage }: EvictablePod, resource: StarvedResource, { rootfs, logs }: DiskParts): number {
  if (usage === undefined) return 0
  if (resource === 'memory') return usage.memoryBytes
  if (resource === 'pids') return usage.processes
  let used = 0
  for (const container of usage.containers) {
    if (resource === 'inodes') used += rootfs ? container.inodes : 0
    else used += (rootfs ? container.rootfsBytes : 0) + (logs ? container.logsBytes : 0)
  }
  return used
}
