/**
 * Finds out-of-memory kills in the difference of two states of a pod, and in the event of an eviction for
 * memory.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/input/oom/observer.go (VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { Container, ResourceRequirements } from '../../model/pod-spec.js'
import { scaledInt64 } from '../../model/quantity-arithmetic.js'
import { currentResources } from './managed-pod.js'

export interface Termination {
  readonly reason?: string
  readonly finishedAt: SimTime
}

export interface ObservedContainer {
  readonly name: string
  readonly restartCount: number
  readonly resources?: ResourceRequirements
  readonly isRunning: boolean
  /** Set while it has ended and not started again. */
  readonly terminated?: Termination
  /** How the container before this one ended. */
  readonly lastTerminated?: Termination
}

export interface ObservedPod {
  readonly containers: readonly Container[]
  readonly containerStatuses: readonly ObservedContainer[]
}

export interface OutOfMemory {
  readonly container: string
  readonly requestedMemoryBytes: number
  readonly time: SimTime
}

const OOM_KILLED = 'OOMKilled'

export function outOfMemoryKills(before: ObservedPod, after: ObservedPod): OutOfMemory[] {
  const kills: OutOfMemory[] = []
  for (const status of after.containerStatuses) {
    const old = before.containerStatuses.find(({ name }) => name === status.name)
    if (old === undefined) continue
    const hasRestarted = status.restartCount > old.restartCount
    const isNew = old.terminated === undefined || hasRestarted
    if (status.terminated?.reason === OOM_KILLED && isNew) {
      kills.push(killOf(status.name, after, status.terminated.finishedAt))
      continue
    }
    // It may have been killed and started again between two looks; what it had is in the old state.
    const wasRunning = status.isRunning && old.isRunning && hasRestarted
    if (wasRunning && status.lastTerminated?.reason === OOM_KILLED) {
      kills.push(killOf(status.name, before, status.lastTerminated.finishedAt))
    }
  }
  return kills
}

function killOf(container: string, pod: ObservedPod, time: SimTime): OutOfMemory {
  const memory = currentResources(pod, container).requests.get('memory')
  return { container, requestedMemoryBytes: memory === undefined ? 0 : Number(scaledInt64(memory, 0)), time }
}
