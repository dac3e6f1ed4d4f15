/**
 * The recommender's model: pods with their containers, the aggregated states they feed, the autoscalers that
 * select them, and what each should recommend.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/model (cluster.go, vpa.go), routines/recommender.go,
 * routines/vpa.go and checkpoint/checkpoint_writer.go (VPA 1.8.1).
 * Simplified: histories from Prometheus; other recommenders than the default one.
 */
import type { CompiledSelector } from '../../model/labels.js'
import type { Amounts, Labels } from '../../model/pod-spec.js'
import { quantityOf, quantityOfMilli } from '../../model/quantity.js'
import { byCodeUnits } from '../../model/resource-list.js'
import {
  containerPolicyOf,
  type PodResourcePolicy,
  type VerticalPodAutoscalerCondition,
} from '../../model/vertical-pod-autoscaler.js'
import { RECOMMENDER } from '../../model/vertical-pod-autoscaler-defaults.js'
import { AggregateState, type StateCheckpoint } from './aggregate-state.js'
import { ContainerSamples } from './container-samples.js'
import type { EpochMicros } from './decaying-histogram.js'
import { type ContainerEstimate, type Estimate, estimateContainer } from './estimate.js'
import { applyPolicy, type ContainerRecommendation, type MutableResources } from './recommendation.js'

/** A pod's containers by name. */
interface TrackedPod {
  readonly namespace: string
  labels: Labels
  labelsKey: string
  isFinished: boolean
  readonly containers: Map<string, ContainerSamples>
}

/** A state and what tells it from others. */
interface KeyedState {
  readonly namespace: string
  readonly container: string
  readonly labels: Labels
  readonly state: AggregateState
}

interface TrackedAutoscaler {
  readonly namespace: string
  selector: CompiledSelector
  policy: PodResourcePolicy | null | undefined
  /** The keys of the states it uses. */
  readonly states: Set<string>
  /** States restored from checkpoints, by container. */
  readonly restored: Map<string, AggregateState>
  conditions: readonly VerticalPodAutoscalerCondition[]
}

export interface Recommendation {
  readonly containers: readonly ContainerRecommendation[]
  readonly conditions: readonly VerticalPodAutoscalerCondition[]
}

const RESOURCES = ['cpu', 'memory']
const NO_PODS = 'NoPodsMatched'

export class Recommender {
  readonly #globalMaxAllowed: Amounts
  readonly #pods = new Map<string, TrackedPod>()
  readonly #states = new Map<string, KeyedState>()
  readonly #autoscalers = new Map<string, TrackedAutoscaler>()
  #lastCollection = -Infinity
  #now: EpochMicros = 0

  /** @param globalMaxAllowed `--container-recommendation-max-allowed-cpu` and its like for memory */
  constructor(globalMaxAllowed: Amounts = {}) {
    this.#globalMaxAllowed = globalMaxAllowed
  }

  /** A pod that is new, or whose labels or phase have changed. */
  putPod(id: string, namespace: string, labels: Labels, isFinished: boolean, now: EpochMicros): void {
    this.#now = now
    const key = labelsKeyOf(labels)
    const pod = this.#pods.get(id)
    if (pod === undefined) {
      this.#pods.set(id, { namespace, labels, labelsKey: key, isFinished, containers: new Map() })
      return
    }
    pod.isFinished = isFinished
    if (pod.labelsKey === key) return
    pod.labels = labels
    pod.labelsKey = key
    for (const [name, samples] of pod.containers) samples.bindTo(this.#stateFor(pod, name))
  }

  putContainer(podId: string, name: string, requestedMemoryBytes: number, now: EpochMicros): void {
    this.#now = now
    const pod = this.#pods.get(podId)
    if (pod === undefined) return
    const known = pod.containers.get(name)
    if (known !== undefined) {
      known.requestedMemoryBytes = requestedMemoryBytes
      return
    }
    this.#stateFor(pod, name)
    pod.containers.set(name, new ContainerSamples(requestedMemoryBytes, () => this.#stateFor(pod, name)))
  }

  deletePod(id: string): void {
    this.#pods.delete(id)
  }

  /** Answers whether each sample counted; undefined for a container that is not known. */
  addSample(
    podId: string,
    container: string,
    usage: { readonly milliCPU: number; readonly memoryBytes: number },
    time: EpochMicros,
  ): { readonly cpu: boolean; readonly memory: boolean } | undefined {
    this.#now = time
    const samples = this.#pods.get(podId)?.containers.get(container)
    if (samples === undefined) return undefined
    const cpu = samples.addCPUSample(usage.milliCPU, time)
    return { cpu, memory: samples.addMemorySample(usage.memoryBytes, time) }
  }

  /** Answers whether the kill counted. */
  recordOOM(podId: string, container: string, requestedMemoryBytes: number, time: EpochMicros): boolean {
    this.#now = time
    const samples = this.#pods.get(podId)?.containers.get(container)
    return samples?.recordOOM(requestedMemoryBytes, time) ?? false
  }

  /** An autoscaler that is new or has changed. Another selector makes it forget what it knew. */
  putAutoscaler(
    id: string,
    namespace: string,
    selector: CompiledSelector,
    policy: PodResourcePolicy | null | undefined,
  ): void {
    const known = this.#autoscalers.get(id)
    if (known !== undefined && known.selector.key === selector.key) {
      known.policy = policy
      return
    }
    const autoscaler: TrackedAutoscaler = {
      namespace,
      selector,
      policy,
      states: new Set(),
      restored: new Map(),
      conditions: known?.conditions ?? [],
    }
    this.#autoscalers.set(id, autoscaler)
    for (const [key, keyed] of this.#states) if (uses(autoscaler, keyed)) autoscaler.states.add(key)
  }

  deleteAutoscaler(id: string): void {
    this.#autoscalers.delete(id)
  }

  /** Gives an autoscaler what it knew before a restart. */
  restore(id: string, container: string, checkpoint: StateCheckpoint, now: EpochMicros): void {
    this.#autoscalers.get(id)?.restored.set(container, AggregateState.restored(checkpoint, now))
  }

  /** What an autoscaler recommends now; undefined for one that is not known. */
  recommend(id: string, now: EpochMicros): Recommendation | undefined {
    const autoscaler = this.#autoscalers.get(id)
    if (autoscaler === undefined) return undefined
    const containers = recommendedContainers(autoscaler, this.#statesByContainer(autoscaler, now))
    applyPolicy(containers, autoscaler.policy, this.#globalMaxAllowed)
    autoscaler.conditions = conditionsOf(containers.length > 0, this.#hasPods(autoscaler))
    return { containers, conditions: autoscaler.conditions }
  }

  /** The states of an autoscaler by container, as they stand. */
  checkpoints(id: string, now: EpochMicros): Map<string, StateCheckpoint> {
    const autoscaler = this.#autoscalers.get(id)
    if (autoscaler === undefined) return new Map()
    const states = this.#statesByContainer(autoscaler, now)
    return new Map([...states].map(([name, state]) => [name, state.checkpoint()]))
  }

  /** The same as they are stored: without the peaks of windows that are still open. */
  storedCheckpoints(id: string, now: EpochMicros): Map<string, StateCheckpoint> {
    const autoscaler = this.#autoscalers.get(id)
    if (autoscaler === undefined) return new Map()
    const states = this.#statesByContainer(autoscaler, now)
    for (const pod of this.#pods.values()) {
      for (const [name, samples] of pod.containers) {
        const state = autoscaler.states.has(stateKeyOf(pod, name)) ? states.get(name) : undefined
        if (state !== undefined) samples.subtractOpenPeak(state, now)
      }
    }
    return new Map([...states].map(([name, state]) => [name, state.checkpoint()]))
  }

  /**
   * Drops states, once an hour at most: expired ones, and those without samples or a pod to bring any. Answers whether
   * there were such.
   */
  collectGarbage(now: EpochMicros): boolean {
    if (now - this.#lastCollection < RECOMMENDER.collectionInterval) return false
    const before = this.#states.size
    this.#lastCollection = now
    const contributing = new Set<string>()
    for (const pod of this.#pods.values()) {
      if (pod.isFinished && !this.#isSelected(pod)) continue
      for (const name of pod.containers.keys()) contributing.add(stateKeyOf(pod, name))
    }
    for (const [key, { state }] of this.#states) {
      const isIdle = state.isEmpty && !contributing.has(key)
      if (!isIdle && !state.isExpired(now)) continue
      this.#states.delete(key)
      for (const autoscaler of this.#autoscalers.values()) autoscaler.states.delete(key)
    }
    return this.#states.size < before
  }

  /** When the first state expires, if no more samples come; undefined when there is none. */
  get nextExpiry(): EpochMicros | undefined {
    let next: EpochMicros | undefined
    for (const { state } of this.#states.values()) {
      if (next === undefined || state.expiresAt < next) next = state.expiresAt
    }
    return next
  }

  #stateFor(pod: TrackedPod, container: string): AggregateState {
    const key = stateKeyOf(pod, container)
    const known = this.#states.get(key)
    if (known !== undefined) return known.state
    const { namespace, labels } = pod
    const keyed: KeyedState = { namespace, container, labels, state: new AggregateState(this.#now) }
    this.#states.set(key, keyed)
    for (const autoscaler of this.#autoscalers.values()) {
      if (uses(autoscaler, keyed)) autoscaler.states.add(key)
    }
    return keyed.state
  }

  #statesByContainer({ states, restored }: TrackedAutoscaler, now: EpochMicros): Map<string, AggregateState> {
    const merged = new Map<string, AggregateState>()
    const merge = (container: string, state: AggregateState): void => {
      const sum = merged.get(container) ?? new AggregateState(now)
      merged.set(container, sum)
      sum.merge(state)
    }
    for (const key of states) {
      const keyed = this.#states.get(key)
      if (keyed !== undefined) merge(keyed.container, keyed.state)
    }
    for (const [container, state] of restored) merge(container, state)
    return merged
  }

  #hasPods(autoscaler: TrackedAutoscaler): boolean {
    for (const pod of this.#pods.values()) {
      if (pod.namespace === autoscaler.namespace && autoscaler.selector.matches(pod.labels)) return true
    }
    return false
  }

  /** A finished pod still counts while an autoscaler selects it, whose target keeps existing. */
  #isSelected(pod: TrackedPod): boolean {
    for (const { namespace, selector } of this.#autoscalers.values()) {
      if (namespace === pod.namespace && selector.matches(pod.labels)) return true
    }
    return false
  }
}

function uses({ namespace, selector }: TrackedAutoscaler, keyed: KeyedState): boolean {
  return namespace === keyed.namespace && selector.matches(keyed.labels)
}

function stateKeyOf({ namespace, labelsKey }: TrackedPod, container: string): string {
  return `${namespace}/${container}/${labelsKey}`
}

function labelsKeyOf(labels: Labels): string {
  const names = Object.keys(labels).sort(byCodeUnits)
  return names.map(name => `${name}=${labels[name]}`).join(',')
}

/** In the order of their names; containers whose mode is Off get none and do not share the pod's minimum. */
function recommendedContainers(
  { policy }: TrackedAutoscaler,
  states: ReadonlyMap<string, AggregateState>,
): ContainerRecommendation[] {
  const names = [...states.keys()].filter(name => containerPolicyOf(name, policy)?.mode !== 'Off')
  return names.sort(byCodeUnits).map(containerName => {
    const estimate = estimateContainer(states.get(containerName) as AggregateState, names.length)
    const controlled = containerPolicyOf(containerName, policy)?.controlledResources ?? RESOURCES
    const pick = (field: keyof Estimate): MutableResources => resourcesOf(estimate, field, controlled)
    return {
      containerName,
      target: pick('target'),
      lowerBound: pick('lowerBound'),
      upperBound: pick('upperBound'),
      uncappedTarget: pick('target'),
    }
  })
}

function resourcesOf(
  { cpu, memory }: ContainerEstimate,
  field: keyof Estimate,
  controlled: readonly string[],
): MutableResources {
  const resources: MutableResources = new Map()
  if (controlled.includes('cpu')) resources.set('cpu', quantityOfMilli(cpu[field]))
  if (controlled.includes('memory')) resources.set('memory', quantityOf(memory[field], 'BinarySI'))
  return resources
}

/** In the order of their types. */
function conditionsOf(isProvided: boolean, hasPods: boolean): VerticalPodAutoscalerCondition[] {
  const why = hasPods ? {} : { reason: NO_PODS, message: 'No pods match this VPA object' }
  const provided = 'RecommendationProvided'
  return [
    ...(hasPods ? [] : [{ type: NO_PODS, status: 'True' as const, ...why }]),
    isProvided ? { type: provided, status: 'True' } : { type: provided, status: 'False', ...why },
  ]
}
