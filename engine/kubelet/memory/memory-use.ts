/**
 * Memory of running containers: what their loads are measured to use, and what grows from their start, by annotation
 * or by a leak. Only pods of which something is known are followed.
 *
 * Upstream: nothing; real containers are measured.
 * Simplified: a leak is the first container's; containers that nothing is said of use nothing.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { Container, PodSpec } from '../../model/pod-spec.js'
import type { PodTemplate } from '../../model/pod-template.js'
import { amountAfter, type Growth, memoryCurves } from '../../model/pod-usage.js'
import type { ClusterState } from '../../state/cluster-state.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type NodeId,
  type PodId,
  type TemplateId,
} from '../../state/ids.js'
import { Measure } from '../../state/pod-loads.js'
import type { AttachedColumn } from '../../state/table.js'

/** A growth that began at some time. */
export interface Growing {
  readonly growth: Growth
  readonly since: SimTime
}

/** One container of a pod that is followed. */
export interface MemoryContainer {
  container: Container
  readonly isFirst: boolean
  readonly curve: Growth | undefined
  /** NEVER while it does not run. */
  startedAt: SimTime
  /** What its loads use now. */
  loadBytes: number
  growths: readonly Growing[]
}

export interface MemoryPod {
  readonly pod: PodId
  readonly uid: number
  readonly labels: LabelSetId
  readonly node: NodeId
  readonly template: PodTemplate
  readonly containers: readonly MemoryContainer[]
  leak: Growth | undefined
  /** The most that it will use while its loads stay as they are. */
  peakBytes: number
}

const NO_GROWTHS: readonly Growing[] = []

/** Memory of a container at a time, with its loads as they are. */
export function bytesOf({ startedAt, loadBytes, growths }: MemoryContainer, at: SimTime): number {
  if (startedAt === NEVER) return 0
  let bytes = loadBytes
  for (const { growth, since } of growths) bytes += amountAfter(growth, Math.max(at - since, 0))
  return bytes
}

export class MemoryUse {
  readonly #state: ClusterState
  readonly #byPod = new Map<PodId, MemoryPod>()
  /** By the labels that they had when they became known. */
  readonly #byLabels = new Map<LabelSetId, Set<MemoryPod>>()
  readonly #hasCurves: (boolean | undefined)[] = []
  /** Sum of the peaks of the node's pods. */
  readonly #peaks: AttachedColumn<Float64Array>
  readonly #changed: (pod: MemoryPod) => void
  readonly #now: () => SimTime

  /** @param changed is told of every pod whose memory takes another course from now on. */
  constructor(state: ClusterState, now: () => SimTime, changed: (pod: MemoryPod) => void) {
    this.#state = state
    this.#now = now
    this.#changed = changed
    this.#peaks = state.nodes.attach(Float64Array, 0)
    state.podLoads.memoryListener = {
      membershipChanged: pod => this.#membershipChanged(pod),
      memoryChanged: ({ namespace, labels }) => this.#loadsChanged(namespace, labels),
    }
  }

  /** Undefined: nobody knows what it uses. */
  of(pod: PodId): MemoryPod | undefined {
    return this.#byPod.size === 0 ? undefined : this.#byPod.get(pod)
  }

  podBytes(pod: PodId, at: SimTime): number {
    let bytes = 0
    for (const container of this.of(pod)?.containers ?? []) bytes += bytesOf(container, at)
    return bytes
  }

  containerBytes(pod: PodId, name: string, at: SimTime): number {
    const one = this.of(pod)?.containers.find(({ container }) => container.name === name)
    return one === undefined ? 0 : bytesOf(one, at)
  }

  /** The containers have other limits from now on. */
  resized(pod: PodId, { containers }: PodSpec): void {
    const followed = this.of(pod)
    if (followed === undefined) return
    for (const one of followed.containers)
      one.container = containers.find(({ name }) => name === one.container.name) ?? one.container
    this.#changed(followed)
  }

  /** From when on the pod's memory stays as it is. */
  fullAt(pod: PodId): SimTime {
    let full = 0
    for (const { growths } of this.of(pod)?.containers ?? [])
      for (const { growth, since } of growths) full = Math.max(full, since + growth.over)
    return full
  }

  /** What the node's pods will use at most together. */
  peakOf(node: NodeId): number {
    return this.#peaks.values[node]
  }

  /** A container has started; all of them without a name. */
  started(pod: PodId, now: SimTime, name?: string): void {
    const { pods, podLoads } = this.#state
    const isKnown = this.#byPod.has(pod) || this.#isGrowing(pods.templateOf(pod))
    if (!isKnown && !podLoads.usesMemory(pod)) return
    const followed = this.#follow(pod)
    for (const one of followed.containers)
      if (name === undefined ? isMain(followed, one) : one.container.name === name) one.startedAt = now
    this.#refresh(followed)
  }

  /** A container has ended; all of them without a name. */
  ended(pod: PodId, name?: string): void {
    const followed = this.of(pod)
    if (followed === undefined) return
    for (const one of followed.containers)
      if (name === undefined || one.container.name === name) one.startedAt = NEVER
    this.#refresh(followed)
  }

  /** The pod uses more memory than its own from now on, or no longer does. */
  leak(pod: PodId, growth: Growth | undefined, now: SimTime): void {
    const { pods } = this.#state
    if (!pods.exists(pod) || (growth === undefined && !this.#byPod.has(pod))) return
    const isNew = !this.#byPod.has(pod)
    const followed = this.#follow(pod)
    followed.leak = growth
    const first = followed.containers.find(({ isFirst }) => isFirst)
    if (first === undefined) return
    if (isNew && pods.runningAt[pod] !== NEVER && !pods.isFinished(pod)) first.startedAt = now
    this.#refresh(followed, now)
  }

  /** The containers of one pod are from now on those of the other, which is of the same template. */
  handOver(from: PodId, to: PodId): void {
    const known = this.of(from)
    if (known === undefined) return
    const followed = this.#follow(to)
    followed.leak = known.leak
    for (const [i, { startedAt, growths }] of known.containers.entries()) {
      followed.containers[i].startedAt = startedAt
      followed.containers[i].growths = growths
    }
    this.forget(from)
    this.#refresh(followed)
  }

  forget(pod: PodId): void {
    const followed = this.of(pod)
    if (followed === undefined) return
    this.#peaks.values[followed.node] -= followed.peakBytes
    this.#byPod.delete(pod)
    this.#byLabels.get(followed.labels)?.delete(followed)
    this.#state.memoryGrowths.set(pod, [])
    followed.peakBytes = 0
    for (const container of followed.containers) container.startedAt = NEVER
    this.#changed(followed)
  }

  #isGrowing(template: TemplateId): boolean {
    const known = this.#hasCurves[template]
    if (known !== undefined) return known
    const { spec, annotations } = this.#state.templates.get(template)
    const all = [...spec.containers, ...(spec.initContainers ?? [])]
    const isGrowing = memoryCurves(annotations, all).size > 0
    this.#hasCurves[template] = isGrowing
    return isGrowing
  }

  #follow(pod: PodId): MemoryPod {
    const { pods, templates } = this.#state
    const known = this.#byPod.get(pod)
    if (known !== undefined && known.uid === pods.uid[pod]) return known
    if (known !== undefined) this.forget(pod)
    const template = templates.get(pods.templateOf(pod))
    const all = [...template.spec.containers, ...(template.spec.initContainers ?? [])]
    const curves = memoryCurves(template.annotations, all)
    const containers = all.map((container, i): MemoryContainer => {
      const curve = curves.get(container.name)
      return { container, isFirst: i === 0, curve, startedAt: NEVER, loadBytes: 0, growths: NO_GROWTHS }
    })
    const followed: MemoryPod = {
      pod,
      uid: pods.uid[pod],
      labels: pods.labelsOf(pod),
      node: pods.nodeOf(pod),
      template,
      containers,
      leak: undefined,
      peakBytes: 0,
    }
    this.#byPod.set(pod, followed)
    const alike = this.#byLabels.get(followed.labels)
    if (alike === undefined) this.#byLabels.set(followed.labels, new Set([followed]))
    else alike.add(followed)
    return followed
  }

  /** A pod of which nothing was known may have come into a load after its start. */
  #membershipChanged(pod: PodId): void {
    const { pods, podLoads } = this.#state
    const followed = this.#byPod.get(pod)
    if (followed !== undefined) return this.#refreshLoads(followed)
    if (pods.node[pod] === NONE || pods.isFinished(pod) || pods.runningAt[pod] === NEVER) return
    if (podLoads.usesMemory(pod)) this.started(pod, pods.runningAt[pod])
  }

  #loadsChanged(namespace: NamespaceId, labels: LabelSetId): void {
    for (const followed of this.#byLabels.get(labels) ?? [])
      if (this.#state.pods.namespace[followed.pod] === namespace) this.#refreshLoads(followed)
  }

  #refreshLoads(followed: MemoryPod): void {
    const { podLoads } = this.#state
    const isSame = followed.containers.every(({ container, isFirst, loadBytes, startedAt }) => {
      if (startedAt === NEVER) return true
      return podLoads.valueNow(followed.pod, container.name, isFirst, Measure.MemoryBytes) === loadBytes
    })
    if (!isSame) this.#refresh(followed)
  }

  /** @param leakSince when a leak that has just begun did so; else it begins anew with its container. */
  #refresh(followed: MemoryPod, leakSince?: SimTime): void {
    const { podLoads, memoryGrowths } = this.#state
    let peak = 0
    for (const one of followed.containers) {
      const { container, curve, startedAt, isFirst } = one
      if (startedAt === NEVER) {
        one.growths = NO_GROWTHS
        continue
      }
      const { leak } = followed
      const former = one.growths.find(({ growth }) => growth === leak && growth !== curve)
      const growths: Growing[] = curve === undefined ? [] : [{ growth: curve, since: startedAt }]
      if (isFirst && leak !== undefined) {
        const since = leakSince ?? Math.max(former?.since ?? startedAt, startedAt)
        growths.push({ growth: leak, since })
      }
      one.growths = growths
      one.loadBytes = podLoads.valueNow(followed.pod, container.name, isFirst, Measure.MemoryBytes)
      peak += one.loadBytes
      for (const { growth } of growths) peak += Math.max(growth.from, growth.to)
    }
    this.#peaks.values[followed.node] += peak - followed.peakBytes
    followed.peakBytes = peak
    const growths = followed.containers.flatMap(one =>
      one.growths.map(({ growth, since }) => ({ container: one.container.name, growth, since })),
    )
    const grewBefore = memoryGrowths.of(followed.pod).length > 0
    memoryGrowths.set(followed.pod, growths)
    if (grewBefore || growths.length > 0)
      podLoads.tell(this.#state.pods.namespaceOf(followed.pod), followed.labels, this.#now())
    this.#changed(followed)
  }
}

/** Whether it is started with all others, when a pod is run as a whole. */
function isMain({ template: { spec } }: MemoryPod, { container }: MemoryContainer): boolean {
  return spec.containers.some(({ name }) => name === container.name)
}
