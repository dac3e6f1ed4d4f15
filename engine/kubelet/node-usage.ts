/**
 * What the pods of a node use at a time, as eviction measures it.
 *
 * Upstream: makeSignalObservations of pkg/kubelet/eviction/helpers.go (1.36).
 * Simplified: what a pod uses is its first container's; the system itself uses nothing; logs are part of the layer.
 */
import { NEVER, type SimTime } from '../kernel/time.js'
import type { KubeletConfig } from '../model/kubelet-config.js'
import type { PodTemplate } from '../model/pod-template.js'
import { amountAfter, fullAfter, type PodUsageCurves, podUsageCurves } from '../model/pod-usage.js'
import { isCriticalPod } from '../model/qos.js'
import { effectiveRequests } from '../model/resources.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, Phase, type PodId, type TemplateId } from '../state/ids.js'
import type { Observations } from './eviction-observations.js'
import type { EvictablePod } from './eviction-rank.js'

/** A pod as eviction sees it. */
export interface ActivePod extends EvictablePod {
  readonly id: PodId
}

export class NodeUsage {
  readonly #state: ClusterState
  readonly #curves = new Map<TemplateId, PodUsageCurves | undefined>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** From when on the usage of the node's pods stays as it is, if no pod comes or goes. */
  fullAt(node: NodeId): SimTime {
    let full = 0
    for (const pod of this.#active(node)) {
      const curves = this.#curvesOf(pod)
      if (curves !== undefined) full = Math.max(full, this.#state.pods.runningAt[pod] + fullAfter(curves))
    }
    return full
  }

  activePods(node: NodeId, at: SimTime): ActivePod[] {
    return this.#active(node).map(pod => this.#activePod(pod, at))
  }

  observe(node: NodeId, config: KubeletConfig, at: SimTime): Observations {
    let memory = 0
    let disk = 0
    let inodes = 0
    let processes = 0
    for (const pod of this.#active(node)) {
      const curves = this.#curvesOf(pod)
      if (curves === undefined) continue
      const age = this.#age(pod, at)
      memory += amountAfter(curves.memory, age)
      disk += amountAfter(curves.disk, age)
      inodes += amountAfter(curves.inodes, age)
      processes += amountAfter(curves.processes, age)
    }
    const memoryCapacity = this.#capacity(node, 'memory')
    const diskCapacity = this.#capacity(node, 'ephemeral-storage')
    const fs = { available: Math.max(diskCapacity - disk, 0), capacity: diskCapacity }
    const nodes = { available: Math.max(config.inodes - inodes, 0), capacity: config.inodes }
    return {
      'memory.available': { available: Math.max(memoryCapacity - memory, 0), capacity: memoryCapacity },
      'pid.available': { available: Math.max(config.maxPID - processes, 0), capacity: config.maxPID },
      ...(diskCapacity === 0 ? {} : { 'nodefs.available': fs, 'imagefs.available': fs }),
      ...(config.inodes === 0 ? {} : { 'nodefs.inodesFree': nodes, 'imagefs.inodesFree': nodes }),
    }
  }

  #active(node: NodeId): PodId[] {
    const { pods, nodes } = this.#state
    const active: PodId[] = []
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod])
      if (pods.phase[pod] === Phase.Running) active.push(pod as PodId)
    return active
  }

  #activePod(pod: PodId, at: SimTime): ActivePod {
    const { pods } = this.#state
    const { spec, annotations } = this.#template(pod)
    const requests = effectiveRequests(spec)
    const curves = this.#curvesOf(pod)
    const age = this.#age(pod, at)
    return {
      id: pod,
      name: pods.name[pod] as string,
      priority: pods.priority[pod],
      isCritical: isCriticalPod(pods.priority[pod], annotations),
      gracePeriodSeconds: spec.terminationGracePeriodSeconds,
      memoryRequest: requests.get('memory') ?? 0,
      storageRequest: requests.get('ephemeral-storage') ?? 0,
      containers: spec.containers.map(({ name, resources }) => ({
        name,
        requests: resources?.requests ?? {},
        limits: resources?.limits ?? {},
      })),
      usage:
        curves === undefined
          ? undefined
          : {
              memoryBytes: amountAfter(curves.memory, age),
              processes: amountAfter(curves.processes, age),
              containers: [
                {
                  name: spec.containers[0].name,
                  rootfsBytes: amountAfter(curves.disk, age),
                  logsBytes: 0,
                  inodes: amountAfter(curves.inodes, age),
                },
              ],
            },
    }
  }

  #age(pod: PodId, at: SimTime): SimTime {
    const since = this.#state.pods.runningAt[pod]
    return since === NEVER ? 0 : Math.max(at - since, 0)
  }

  #capacity(node: NodeId, resource: string): number {
    const { nodes, resources } = this.#state
    return nodes.capacityAmounts[node * nodes.resourceWidth + resources.index(resource)]
  }

  #template(pod: PodId): PodTemplate {
    return this.#state.templates.get(this.#state.pods.templateOf(pod))
  }

  #curvesOf(pod: PodId): PodUsageCurves | undefined {
    const template = this.#state.pods.templateOf(pod)
    if (!this.#curves.has(template))
      this.#curves.set(template, podUsageCurves(this.#template(pod).annotations))
    return this.#curves.get(template)
  }
}
