/**
 * Brings the model's loads into the store: the rates of demands, and what containers use beside requests. One event a
 * change of a load, whatever number of pods it is about.
 *
 * Upstream: nothing; real load comes from outside.
 * Simplified: what is said of usage counts while a pod runs, whatever it does.
 */
import { invariant } from '../kernel/invariant.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import type { Streams } from '../kernel/rng.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import type { CompiledSelector } from '../model/labels.js'
import type { LoadSpec } from '../model/load.js'
import { parseSelector } from '../model/selector-text.js'
import type { Traffic, UsageProfile } from '../model/traffic.js'
import { Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId, NamespaceId, PodId } from '../state/ids.js'
import { LoadGroup } from '../state/pod-loads.js'
import type { LoadModel } from './load-model.js'
import { createLoad } from './models/index.js'

export interface LoadDriverOptions {
  readonly kernel: Kernel
  readonly state: ClusterState
  readonly streams: Streams
  readonly traffic: Traffic
  readonly epochSeconds: number
  /** The run goes on until then, whether or not a load changes; NEVER: as long as something happens. */
  readonly until: SimTime
}

/** A load that is followed, and what its value is for. */
interface Followed {
  readonly load: LoadModel
  apply(value: number, at: SimTime): void
}

/** The pods of a profile that drew the same pair of loads. */
interface UsageCurve {
  milliCPU: number
  memoryBytes: number
  readonly groups: Map<LabelSetId, LoadGroup>
}

interface Profile {
  readonly spec: UsageProfile
  readonly namespace: NamespaceId
  readonly selector: CompiledSelector
  readonly curves: UsageCurve[]
}

export class LoadDriver implements LogListener {
  readonly #options: LoadDriverOptions
  readonly #followed: Followed[] = []
  readonly #change: EventKind
  readonly #over: EventKind
  readonly #profiles: Profile[]

  constructor(options: LoadDriverOptions) {
    this.#options = options
    const { kernel, state, traffic } = options
    this.#change = kernel.on('load/Change', Rank.Failure, index => this.#changed(index))
    this.#over = kernel.on('load/Over', Rank.Failure, () => undefined)
    this.#profiles = traffic.usage.map(spec => this.#profile(spec))
    if (this.#profiles.length === 0) return
    state.log.listen(this, [{ source: Source.Pods, fields: Change.Phase | Change.Deleted }])
  }

  /** From now on the loads do what they say. */
  start(): void {
    const { kernel, state, traffic, until } = this.#options
    if (until !== NEVER) kernel.schedule(until, this.#over)
    traffic.demands.forEach(({ name, requestsPerSecond }, demand) => {
      this.#follow(requestsPerSecond, `demand/${name}`, (value, at) =>
        state.demands.set(demand, Math.max(0, value), at),
      )
    })
    for (let i = 0; i < this.#followed.length; i++) kernel.schedule(kernel.now, this.#change, i)
  }

  /** It looks at pods as they are, and keeps no row from being reused. */
  get cursor(): number {
    return this.#options.state.log.end
  }

  /** A pod is measured from its start to its end, by the loads that its number draws. */
  appended(_source: Source, row: number, fields: number, at: SimTime): void {
    const { podLoads, pods } = this.#options.state
    const pod = row as PodId
    const hasEnded = (fields & Change.Deleted) !== 0 || pods.isFinished(pod)
    if (!hasEnded && pods.runningAt[pod] !== at) return
    for (const profile of this.#profiles) {
      const group = this.#groupOf(profile, pod, at)
      if (group === undefined) continue
      if (hasEnded) podLoads.leave(pod, group, at)
      else if (!podLoads.of(pod).some(one => one.group === group && one.until === NEVER))
        podLoads.join(pod, group, at)
    }
    if ((fields & Change.Deleted) !== 0) podLoads.forget(pod)
  }

  #follow(spec: LoadSpec, name: string, apply: Followed['apply']): void {
    const { streams, epochSeconds } = this.#options
    this.#followed.push({ load: createLoad(spec, name, { streams, epochSeconds }), apply })
  }

  #changed(index: number): void {
    const { kernel } = this.#options
    const followed = this.#followed[index]
    const { load } = followed
    const { now } = kernel
    followed.apply(load.at(now), now)
    const next = load.nextChange(now)
    if (next !== NEVER) kernel.schedule(next, this.#change, index)
  }

  #profile(spec: UsageProfile): Profile {
    const { state } = this.#options
    const selector = parseSelector(spec.selector)
    invariant(!('error' in selector), `usage ${spec.name} has a selector that can be read`)
    const count = Math.max(1, spec.milliCPU.length, spec.memoryBytes.length)
    const curves = Array.from(
      { length: count },
      (): UsageCurve => ({
        milliCPU: 0,
        memoryBytes: 0,
        groups: new Map(),
      }),
    )
    curves.forEach((curve, i) => {
      const follow = (specs: readonly LoadSpec[], what: 'milliCPU' | 'memoryBytes'): void => {
        if (specs.length === 0) return
        const name = `usage/${spec.name}/${what}/${i}`
        this.#follow(specs[i % specs.length], name, (value, at) => {
          curve[what] = Math.max(0, value)
          for (const group of curve.groups.values()) this.#set(group, curve, at)
        })
      }
      follow(spec.milliCPU, 'milliCPU')
      follow(spec.memoryBytes, 'memoryBytes')
    })
    const namespace = state.namespaceId(spec.namespace)
    return { spec, namespace, selector, curves }
  }

  #groupOf({ spec, namespace, selector, curves }: Profile, pod: PodId, at: SimTime): LoadGroup | undefined {
    const { state, streams } = this.#options
    const { pods, labelSets } = state
    if (pods.namespaceOf(pod) !== namespace) return undefined
    const labels = pods.labelsOf(pod)
    if (!selector.matches(labelSets.get(labels))) return undefined
    const drawn = curves.length === 1 ? 0 : streams.keyed(`usage/${spec.name}`).at(pods.uid[pod])
    const curve = curves[Math.floor(drawn * curves.length)]
    let group = curve.groups.get(labels)
    if (group === undefined) {
      group = new LoadGroup(namespace, labels, spec.container)
      curve.groups.set(labels, group)
      this.#set(group, curve, at)
    }
    return group
  }

  #set(group: LoadGroup, { milliCPU, memoryBytes }: UsageCurve, at: SimTime): void {
    this.#options.state.podLoads.set(group, at, [milliCPU, memoryBytes, 0, 0])
  }
}
