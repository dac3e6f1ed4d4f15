/**
 * A pod as the updater and the admission controller see it, and what a container of it really has: its status
 * says so once a resize may have changed it, the spec until then.
 * Upstream: vertical-pod-autoscaler/pkg/utils/resources/resourcehelpers.go (VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { Container, Labels, ResourceRequirements } from '../../model/pod-spec.js'
import { type ResourceList, resourceListOf } from '../../model/resource-list.js'

export interface ManagedPod {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly annotations: Labels
  /** The owner that controls it. */
  readonly controller?: { readonly kind: string; readonly name: string }
  readonly phase: string
  readonly isDeleted: boolean
  readonly startTime?: SimTime
  readonly conditions: readonly ResizeCondition[]
  readonly containers: readonly Container[]
  readonly containerStatuses: readonly ManagedContainerStatus[]
}

export interface ResizeCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

export interface ManagedContainerStatus {
  readonly name: string
  readonly resources?: ResourceRequirements
  /** How the container before this one ended. */
  readonly lastTerminated?: {
    readonly reason?: string
    readonly startedAt?: SimTime
    readonly finishedAt?: SimTime
  }
}

interface HasContainers {
  readonly containers: readonly Container[]
  readonly containerStatuses: readonly ManagedContainerStatus[]
}

export interface CurrentResources {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

export function currentResources(
  { containers, containerStatuses }: HasContainers,
  name: string,
): CurrentResources {
  const status = containerStatuses.find(candidate => candidate.name === name)
  const resources = status?.resources ?? containers.find(candidate => candidate.name === name)?.resources
  return { requests: resourceListOf(resources?.requests), limits: resourceListOf(resources?.limits) }
}
