/**
 * What the pods of a node use at a time, as eviction measures it.
 *
 * Upstream: makeSignalObservations of pkg/kubelet/eviction/helpers.go (1.36).
 * Simplified: what a pod writes is its first container's; logs are part of the layer.
 */
import { NEVER, type SimTime } from '../kernel/time.js'
import type { KubeletConfig } from '../model/kubelet-config.js'
import type { PodSpec } from '../model/pod-spec.js'
import type { PodTemplate } from '../model/pod-template.js'
import {
  amountAfter,
  fullAfter,
  type Growth,
  type PodUsageCurves,
  podUsageCurves,
} from '../model/pod-usage.js'
import { isCriticalPod } from '../model/qos.js'
import { effectiveRequests } from '../model/resources.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, Phase, type PodId, type TemplateId } from '../state/ids.js'
import { isMemorySignal, limitBytes, type Observations } from './eviction-observations.js'
import type { ContainerUsage, EvictablePod } from './eviction-rank.js'
import { bytesOf, type MemoryUse } from './memory/memory-use.js'
import { reservedMemory } from './reserved-memory.js'

/** A pod as eviction sees it. */
export interface ActivePod extends EvictablePod {
  readonly id: PodId
}

/** A growth that began at some time. */
interface Growing {
  readonly growth: Growth
  readonly since: SimTime
}

const NOTHING: Growth = { from: 0, to: 0, over: 0 }
/** Of a pod of which only the memory is known. */
const NO_USAGE: PodUsageCurves = { disk: NOTHING, inodes: NOTHING, processes: NOTHING }

function grown({ growth, since }: Growing, at: SimTime): number {
  return amountAfter(growth, Math.max(at - since, 0))
}

export class NodeUsage {
  readonly #state: ClusterState
  readonly #curves = new Map<TemplateId, PodUsageCurves | undefined>()
  /** What fills disks beside the pods. */
  readonly #disks = new Map<NodeId, Growing>()
  readonly #memory: MemoryUse

  constructor(state: ClusterState, memory: MemoryUse) {
    this.#state = state
    this.#memory = memory
  }

  /** Something beside the pods fills the node's disk from now on. */
  fillDisk(node: NodeId, growth: Growth | undefined, now: SimTime): void {
    if (growth === undefined) this.#disks.delete(node)
    else this.#disks.set(node, { growth, since: now })
  }

  /** The node has gone. */
  forget(node: NodeId): void {
    this.#disks.delete(node)
  }

  /** From when on the usage of the node's pods stays as it is, if no pod comes or goes. */
  fullAt(node: NodeId): SimTime {
    const filling = this.#disks.get(node)
    let full = filling === undefined ? 0 : filling.since + filling.growth.over
    const { kubeletConfig, createdAt } = this.#state.nodes
    full = Math.max(full, createdAt[node] + (kubeletConfig[node]?.systemMemory.over ?? 0))
    for (const pod of this.#active(node)) {
      const curves = this.#curvesOf(pod)
      if (curves !== undefined) full = Math.max(full, this.#state.pods.runningAt[pod] + fullAfter(curves))
      full = Math.max(full, this.#memory.fullAt(pod))
    }
    return full
  }

  /** Whether no threshold of memory can be met as long as loads stay as they are. */
  hasMemoryToSpare(node: NodeId, config: KubeletConfig): boolean {
    const { thresholds, systemMemory } = config
    const capacity = this.#capacity(node, 'memory')
    const peak = this.#memory.peakOf(node)
    const ofMachine = capacity - peak - Math.max(systemMemory.from, systemMemory.to)
    const ofPods = capacity - reservedMemory(config) - peak
    return thresholds.every(threshold => {
      if (!isMemorySignal(threshold.signal)) return true
      const isMachine = threshold.signal === 'memory.available'
      const available = isMachine ? ofMachine : ofPods
      return (
        available >=
        limitBytes(threshold, { available, capacity: isMachine ? capacity : available + peak }, false)
      )
    })
  }

  processesOf(pod: PodId, at: SimTime): number {
    const curves = this.#curvesOf(pod)
    return curves === undefined ? 0 : amountAfter(curves.processes, this.#age(pod, at))
  }

  activePods(node: NodeId, at: SimTime): ActivePod[] {
    return this.#active(node).map(pod => this.#activePod(pod, at))
  }

  observe(node: NodeId, config: KubeletConfig, at: SimTime): Observations {
    let memory = 0
    const filling = this.#disks.get(node)
    let disk = filling === undefined ? 0 : grown(filling, at)
    let inodes = 0
    let processes = 0
    for (const pod of this.#active(node)) {
      const curves = this.#curvesOf(pod)
      memory += this.#memory.podBytes(pod, at)
      if (curves === undefined) continue
      const age = this.#age(pod, at)
      disk += amountAfter(curves.disk, age)
      inodes += amountAfter(curves.inodes, age)
      processes += amountAfter(curves.processes, age)
    }
    for (const bytes of this.#state.nodes.images[node]?.values() ?? []) disk += bytes
    const memoryCapacity = this.#capacity(node, 'memory')
    const inUse =
      memory + amountAfter(config.systemMemory, Math.max(at - this.#state.nodes.createdAt[node], 0))
    const limit = memoryCapacity - reservedMemory(config)
    const diskCapacity = this.#capacity(node, 'ephemeral-storage')
    const fs = { available: Math.max(diskCapacity - disk, 0), capacity: diskCapacity }
    const nodes = { available: Math.max(config.inodes - inodes, 0), capacity: config.inodes }
    return {
      'memory.available': { available: Math.max(memoryCapacity - inUse, 0), capacity: memoryCapacity },
      ...(config.isAllocatableEnforced
        ? { 'allocatableMemory.available': { available: Math.max(limit - memory, 0), capacity: limit } }
        : {}),
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
    const followed = this.#memory.of(pod)
    const curves = this.#curvesOf(pod) ?? (followed === undefined ? undefined : NO_USAGE)
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
              memoryBytes: this.#memory.podBytes(pod, at),
              processes: amountAfter(curves.processes, age),
              containers: this.#containerUsage(pod, spec, curves, at),
            },
    }
  }

  #containerUsage(
    pod: PodId,
    { containers }: PodSpec,
    curves: PodUsageCurves,
    at: SimTime,
  ): ContainerUsage[] {
    const age = this.#age(pod, at)
    const followed = this.#memory.of(pod)?.containers ?? []
    return containers.map(({ name }, i) => {
      const memory = followed.find(({ container }) => container.name === name)
      return {
        name,
        ...(memory === undefined ? {} : { memoryBytes: bytesOf(memory, at) }),
        rootfsBytes: i === 0 ? amountAfter(curves.disk, age) : 0,
        logsBytes: 0,
        inodes: i === 0 ? amountAfter(curves.inodes, age) : 0,
      }
    })
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
