/**
 * Out-of-memory kills: of a container that exceeds its limit, or whose pod exceeds the pod's; and, when all pods or the
 * whole machine need more than there is, of the one that the kernel likes least. The moment of each is worked out
 * beforehand, and anew whenever memory takes another course.
 *
 * Upstream: the kernel's oom_badness; limits of pkg/kubelet/cm and kuberuntime (memory.max, memory.oom.group) and
 * pkg/kubelet/qos/policy.go, pkg/kubelet/oom/oom_watcher_linux.go (1.36).
 * Simplified: all memory counts as resident, there is no swap; a container whose use nobody knows is never picked.
 */
import { type EventHandle, NO_EVENT } from '../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { oomScoreAdjustment } from '../../model/qos.js'
import { value } from '../../model/quantity.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import { reservedMemory } from '../reserved-memory.js'
import { firstAbove } from './first-above.js'
import { bytesOf, type Growing, type MemoryContainer, type MemoryPod, type MemoryUse } from './memory-use.js'

/** A container that starts does not fill its memory in no time; a second is our assumption. */
const LEAST_RUN: SimTime = 1 * SECOND
const PAGE_BYTES = 4096

export interface OutOfMemoryPorts {
  /** The kernel kills the container. */
  kill(pod: PodId, container: string, startedAt: SimTime): void
  /** It did so because the whole machine ran out. */
  systemRanOut(node: NodeId, container: string): void
}

interface Candidate {
  readonly followed: MemoryPod
  readonly one: MemoryContainer
}

/** What is limited, and how much of it is in use. */
interface Room {
  readonly growths: readonly Growing[]
  readonly constantBytes: number
  readonly limitBytes: number
  readonly isMachine: boolean
}

export class OutOfMemory {
  readonly #kernel: Kernel
  readonly #state: ClusterState
  readonly #memory: MemoryUse
  readonly #ports: OutOfMemoryPorts
  readonly #overLimit: EventKind
  readonly #ranOut: EventKind
  readonly #podEvents = new Map<PodId, EventHandle>()
  readonly #nodeEvents = new Map<NodeId, EventHandle>()

  constructor(kernel: Kernel, state: ClusterState, memory: MemoryUse, ports: OutOfMemoryPorts) {
    this.#kernel = kernel
    this.#state = state
    this.#memory = memory
    this.#ports = ports
    this.#overLimit = kernel.on('kubelet/OverMemoryLimit', Rank.Kubelet, pod => this.#limitHit(pod as PodId))
    this.#ranOut = kernel.on('kubelet/OutOfMemory', Rank.Kubelet, node => this.#nodeRanOut(node as NodeId))
  }

  /** The pod's memory or its limits take another course from now on. */
  changed(followed: MemoryPod): void {
    this.#planPod(followed)
    this.#planNode(followed.node)
  }

  forgetNode(node: NodeId): void {
    this.#cancel(this.#nodeEvents, node)
  }

  #planPod(followed: MemoryPod): void {
    this.#cancel(this.#podEvents, followed.pod)
    const at = this.#overLimitAt(followed)
    if (at === NEVER) return
    this.#podEvents.set(followed.pod, this.#kernel.schedule(at, this.#overLimit, followed.pod))
  }

  #overLimitAt(followed: MemoryPod): SimTime {
    const { now } = this.#kernel
    const running = followed.containers.filter(({ startedAt }) => startedAt !== NEVER)
    let first: SimTime = NEVER
    for (const { container, growths, loadBytes, startedAt } of running) {
      const limit = limitOf(container.resources?.limits)
      if (limit === Infinity) continue
      const from = Math.max(now, startedAt + LEAST_RUN)
      first = Math.min(first, firstAbove(growths, loadBytes, limit, from))
    }
    const ofPod = limitOf(followed.template.spec.resources?.limits)
    if (ofPod === Infinity || running.length === 0) return first
    const growths = running.flatMap(one => one.growths)
    const load = running.reduce((sum, { loadBytes }) => sum + loadBytes, 0)
    const from = Math.max(now, ...running.map(({ startedAt }) => startedAt + LEAST_RUN))
    return Math.min(first, firstAbove(growths, load, ofPod, from))
  }

  #limitHit(pod: PodId): void {
    this.#podEvents.delete(pod)
    const followed = this.#memory.of(pod)
    if (followed === undefined) return
    const { now } = this.#kernel
    const running = followed.containers.filter(({ startedAt }) => startedAt !== NEVER)
    const over = running.find(one => {
      return one.startedAt + LEAST_RUN <= now && bytesOf(one, now) > limitOf(one.container.resources?.limits)
    })
    if (over !== undefined) return this.#kill({ followed, one: over })
    const ofPod = limitOf(followed.template.spec.resources?.limits)
    const sum = running.reduce((bytes, one) => bytes + bytesOf(one, now), 0)
    const candidates = running.map(one => ({ followed, one }))
    const victim = sum > ofPod ? this.#worst(followed.node, candidates, ofPod) : undefined
    if (victim !== undefined) this.#kill(victim)
    else this.#planPod(followed)
  }

  /** Nothing is planned while the peaks of all pods together leave room. */
  #planNode(node: NodeId): void {
    this.#cancel(this.#nodeEvents, node)
    let first: SimTime = NEVER
    for (const { growths, constantBytes, limitBytes } of this.#roomsOf(node))
      first = Math.min(first, firstAbove(growths, constantBytes, limitBytes, this.#kernel.now))
    if (first === NEVER) return
    this.#nodeEvents.set(node, this.#kernel.schedule(first, this.#ranOut, node))
  }

  #nodeRanOut(node: NodeId): void {
    this.#nodeEvents.delete(node)
    const { now } = this.#kernel
    for (const { growths, constantBytes, limitBytes, isMachine } of this.#roomsOf(node)) {
      if (firstAbove(growths, constantBytes, limitBytes, now) > now) continue
      const victim = this.#worst(node, this.#candidates(node), limitBytes)
      if (victim === undefined) break
      if (isMachine) this.#ports.systemRanOut(node, victim.one.container.name)
      // Its end plans anew, which comes back here at once as long as that is not enough.
      this.#kill(victim)
      return
    }
    if (this.#candidates(node).length > 0 && !this.#nodeEvents.has(node)) this.#planNode(node)
  }

  #kill({ followed: { pod }, one: { container, startedAt } }: Candidate): void {
    this.#ports.kill(pod, container.name, startedAt)
  }

  /** The machine with all that runs on it, and the pods with what is left to them. */
  #roomsOf(node: NodeId): Room[] {
    const { nodes, resources } = this.#state
    if (!nodes.exists(node)) return []
    const capacity = nodes.capacityAmounts[node * nodes.resourceWidth + resources.index('memory')]
    if (capacity === 0) return []
    const config = nodes.kubeletConfig[node]
    const system = config?.systemMemory ?? { from: 0, to: 0, over: 0 }
    const forPods = config?.isAllocatableEnforced === true ? capacity - reservedMemory(config) : capacity
    const peak = this.#memory.peakOf(node)
    const isMachineSafe = peak + Math.max(system.from, system.to) <= capacity
    if (isMachineSafe && peak <= forPods) return []
    const candidates = this.#candidates(node)
    const growths = candidates.flatMap(({ one }) => one.growths)
    const constantBytes = candidates.reduce((sum, { one }) => sum + one.loadBytes, 0)
    const ofSystem = { growth: system, since: nodes.createdAt[node] }
    return [
      { growths: [...growths, ofSystem], constantBytes, limitBytes: capacity, isMachine: true },
      { growths, constantBytes, limitBytes: forPods, isMachine: false },
    ]
  }

  #candidates(node: NodeId): Candidate[] {
    const { nodes, pods } = this.#state
    const candidates: Candidate[] = []
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) {
      const followed = this.#memory.of(row as PodId)
      for (const one of followed?.containers ?? [])
        if (one.startedAt !== NEVER && followed !== undefined) candidates.push({ followed, one })
    }
    return candidates
  }

  /** The most pages and, by its adjustment, so many thousandths of all that there is; the younger one of equals. */
  #worst(node: NodeId, candidates: readonly Candidate[], limitBytes: number): Candidate | undefined {
    const { nodes, resources } = this.#state
    const capacity = nodes.capacityAmounts[node * nodes.resourceWidth + resources.index('memory')]
    const { now } = this.#kernel
    let worst: Candidate | undefined
    let most = -Infinity
    for (const candidate of candidates) {
      const { followed, one } = candidate
      const adjustment = oomScoreAdjustment(followed.template.spec, one.container, capacity)
      const pages = Math.ceil(bytesOf(one, now) / PAGE_BYTES)
      const badness = pages + Math.trunc((adjustment * Math.trunc(limitBytes / PAGE_BYTES)) / 1000)
      if (pages === 0 || badness < most) continue
      if (badness === most && followed.uid < (worst?.followed.uid ?? 0)) continue
      worst = candidate
      most = badness
    }
    return worst
  }

  #cancel<Id>(handles: Map<Id, EventHandle>, id: Id): void {
    const handle = handles.get(id) ?? NO_EVENT
    if (handle === NO_EVENT) return
    this.#kernel.cancel(handle)
    handles.delete(id)
  }
}

function limitOf(limits: Readonly<Record<string, string>> | undefined): number {
  const text = limits?.['memory']
  const bytes = text === undefined ? 0 : (value(text) ?? 0)
  return bytes === 0 ? Infinity : bytes
}
