/**
 * Which pods need to be run container by container, and what their containers are: those with init containers, probes,
 * hooks, images to pull, restart rules, or annotations about single containers. All others are run as a whole.
 *
 * Upstream: computePodActions of pkg/kubelet/kuberuntime/kuberuntime_manager.go (1.36).
 * Simplified: ephemeral containers are never added.
 */
import {
  type ContainerBehaviour,
  containerBehaviour,
  namesContainers,
} from '../../model/container-behaviour.js'
import { isRecorded, type PodBehaviour } from '../../model/pod-behaviour.js'
import type { Container, PodSpec } from '../../model/pod-spec.js'
import type { PodTemplate } from '../../model/pod-template.js'

/** Containers that run out of memory do so one by one. */
const MEMORY_USAGE = 'kubelapse.io/memory-usage'

export type ContainerRole = 'init' | 'sidecar' | 'main'

export interface PlannedContainer {
  readonly container: Container
  readonly role: ContainerRole
  readonly behaviour: ContainerBehaviour
}

export interface PodPlan {
  readonly spec: PodSpec
  /** Init containers and sidecars in their order, then the others. */
  readonly containers: readonly PlannedContainer[]
}

/** Whether pods of the template are run container by container. */
export function needsPlan({ spec, annotations }: PodTemplate): boolean {
  if (isRecorded(annotations)) return false
  if ((spec.initContainers ?? []).length > 0 || spec.containers.some(hasMore)) return true
  return namesContainers(annotations) || (spec.containers.length > 1 && MEMORY_USAGE in annotations)
}

export function podPlan({ spec, annotations }: PodTemplate, ordinal: number, pod: PodBehaviour): PodPlan {
  const containers: PlannedContainer[] = []
  const add = (container: Container, role: ContainerRole): void => {
    const isFirst = containers.length === 0
    const behaviour = containerBehaviour(container, role, isFirst, annotations, ordinal, pod)
    containers.push({ container, role, behaviour })
  }
  for (const container of spec.initContainers ?? []) {
    add(container, container.restartPolicy === 'Always' ? 'sidecar' : 'init')
  }
  for (const container of spec.containers) add(container, 'main')
  return { spec, containers }
}

function hasMore(container: Container): boolean {
  const { startupProbe, readinessProbe, livenessProbe, lifecycle, restartPolicy } = container
  if (startupProbe ?? readinessProbe ?? livenessProbe ?? lifecycle ?? restartPolicy) return true
  const restarts = (container.resizePolicy ?? []).some(one => one.restartPolicy === 'RestartContainer')
  return restarts || (container.restartPolicyRules ?? []).length > 0
}
