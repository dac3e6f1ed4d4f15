/**
 * The pods of an autoscaler's target as its informer lists them, over the columns of the store: what metrics-server
 * measured of each is joined by row and not by name, and pods that count alike are counted, not listed.
 *
 * Upstream: groupPods in pkg/controller/podautoscaler/replica_calculator.go (1.36).
 * Simplified: nothing known; what is not told by columns is told pod by pod, as for recorded cases.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { SampleTime } from '../../model/metrics-api.js'
import type { Labels } from '../../model/pod-spec.js'
import { type NamespaceId, NONE, PHASE_NAMES, Phase, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import type { TargetPods } from './autoscaler-world.js'
import { isUnready, type PodClass, PodGroup, type PodTally, type ReadinessRules } from './pod-tally.js'
import { PodVersions } from './pod-versions.js'
import { requestOf, type ScaledPod } from './scaled-pod.js'
import { EqualPodsList, type SteadyPods, steadyPodsRestUntil, tallySteadyPods } from './steady-pods.js'

/** Where the steady pods of an autoscaler are kept between its looks. */
export interface SteadyPodsMemory {
  steadyPods: SteadyPods | undefined
}

const NO_PODS: readonly PodId[] = []

export class WatchedPods implements TargetPods {
  readonly #context: ControllerContext
  readonly #rules: ReadinessRules
  /** It listens once there is a look to remember. */
  #versions: PodVersions | undefined
  #namespace = ''
  #namespaceId: NamespaceId = NONE as NamespaceId
  #selector: CompiledSelector | undefined
  #now: SimTime = 0
  #memory: SteadyPodsMemory | undefined
  #steady: SteadyPods | undefined
  #pods: readonly PodId[] = NO_PODS
  #labels: readonly Labels[] | undefined
  /** Of the latest tally: when it was measured, and how many were. */
  #time: SampleTime | undefined
  #measured = 0
  /** Samples by row, of rows whose stamp is that of the latest tally. */
  #milli = new Float64Array(0)
  #stamps = new Int32Array(0)
  #sources: (object | undefined)[] = []
  #stamp = 0

  constructor(context: ControllerContext, rules: ReadinessRules) {
    this.#context = context
    this.#rules = rules
  }

  /** The controller's informer tells of a pod. */
  heard(pod: PodId, fields: number): void {
    this.#versions?.heard(pod, fields)
  }

  /** Begins a look. */
  look(namespace: string, selector: CompiledSelector, now: SimTime, memory: SteadyPodsMemory): this {
    this.#namespace = namespace
    this.#selector = selector
    this.#now = now
    this.#memory = memory
    this.#time = undefined
    this.#labels = undefined
    const known = memory.steadyPods
    if (known?.selector === selector && this.#versions?.sum(known.namespace, known.sets) === known.sum) {
      this.#namespaceId = known.namespace
      this.#steady = known
      this.#pods = NO_PODS
    } else {
      this.#namespaceId = this.#context.state.namespaceId(namespace)
      this.#steady = undefined
      memory.steadyPods = undefined
      this.#pods = this.#listed(selector)
    }
    return this
  }

  /** Begins a look that has not come to the pods. */
  forget(): void {
    this.#selector = undefined
    this.#steady = undefined
    this.#pods = NO_PODS
    this.#time = undefined
  }

  /** What selects the pods; undefined when the look did not come so far. */
  get selector(): CompiledSelector | undefined {
    return this.#selector
  }

  get count(): number {
    return this.#steady?.count ?? this.#pods.length
  }

  get labels(): readonly Labels[] {
    return this.#steady?.labels ?? (this.#labels ??= this.#labelsOfPods())
  }

  #labelsOfPods(): readonly Labels[] {
    const { pods, labelSets } = this.#context.state
    const labels: Labels[] = []
    let last = -1
    for (const pod of this.#pods) {
      const id = pods.labelsOf(pod)
      if (id !== last) labels.push(labelSets.get(id))
      last = id
    }
    return labels
  }

  list(): ScaledPod[] {
    const { state, clock } = this.#context
    const { pods, labelSets, templates } = state
    const listed = this.#selector === undefined ? [] : this.#listed(this.#selector)
    return listed.map(pod => {
      const startedAt = pods.startedAt[pod]
      const isTold = startedAt !== NEVER
      const status = pods.ready[pod] === 1 ? ('True' as const) : ('False' as const)
      return {
        name: pods.name[pod] as string,
        labels: labelSets.get(pods.labelsOf(pod)),
        phase: PHASE_NAMES[pods.phase[pod]],
        isDeleted: pods.isTerminating(pod),
        ...(isTold ? { startTime: clock.wholeSecond(startedAt) } : {}),
        ...(isTold ? { ready: { status, since: clock.wholeSecond(this.#readySince(pod)) } } : {}),
        spec: templates.get(pods.templateOf(pod)).spec,
      }
    })
  }

  tally(resource: string, container: string): PodTally | undefined {
    const selector = this.#selector
    if (selector === undefined) return undefined
    if (this.#steady !== undefined) {
      const { metrics, state } = this.#context
      const tally =
        metrics.rows && tallySteadyPods(this.#steady, state, metrics.rows, resource, container, this.#now)
      if (tally !== undefined) return tally
      this.#labels = this.#steady.labels
      this.#steady = undefined
      this.#pods = this.#listed(selector)
    }
    const time = this.#measure(selector, resource, container)
    this.#time = time
    if (time === undefined || this.#measured === 0) return undefined
    const { pods, templates } = this.#context.state
    const classes: PodClass[] = []
    let template = -1
    let request = 0
    let joined = 0
    for (const pod of this.#pods) {
      if (pods.templateOf(pod) !== template) {
        template = pods.templateOf(pod)
        const found = requestOf(templates.get(pods.templateOf(pod)).spec, resource, container)
        if (typeof found !== 'number') return undefined
        request = found
      }
      const isMeasured = this.#stamps[pod] === this.#stamp
      if (isMeasured) joined++
      const phase = pods.phase[pod]
      if (pods.isTerminating(pod) || phase === Phase.Failed) continue
      let group: PodGroup = PodGroup.Ready
      if (phase === Phase.Pending) group = PodGroup.Unready
      else if (!isMeasured) group = PodGroup.Missing
      else if (resource === 'cpu' && this.#isUnready(pod, time)) group = PodGroup.Unready
      count(classes, group, group === PodGroup.Ready ? this.#milli[pod] : 0, request)
    }
    // Somebody was measured whom the informer does not list.
    if (joined !== this.#measured) return undefined
    this.#keepSteady(selector, classes, time)
    return { classes }
  }

  /** Until when the answers stay as they are; `now` when that cannot be told. */
  restUntil(): SimTime {
    const { metrics } = this.#context
    const now = this.#now
    const steady = this.#steady ?? this.#memory?.steadyPods
    if (steady !== undefined && metrics.rows !== undefined)
      return steadyPodsRestUntil(steady, metrics.rows, now)
    if (this.#selector === undefined || metrics.steadyUntil === undefined) return now
    return Math.min(this.#ofAgeAt(), metrics.steadyUntil(this.#namespace, this.#selector, now))
  }

  /** When the first pod counts in another way for being older; `now` when that cannot be told. */
  #ofAgeAt(): SimTime {
    const time = this.#time
    const now = this.#now
    if (time === undefined) return now
    const { clock, state } = this.#context
    const { pods } = state
    let until = NEVER
    let running = 0
    for (const pod of this.#pods) {
      if (pods.phase[pod] !== Phase.Running) continue
      running++
      if (pods.isTerminating(pod)) continue
      const startedAt = pods.startedAt[pod]
      if (startedAt === NEVER) return now
      const ofAge = clock.wholeSecond(startedAt) + this.#rules.cpuInitializationPeriod
      if (ofAge <= now) continue
      if (pods.ready[pod] === 0) until = Math.min(until, ofAge)
      else if (time.timestamp < clock.wholeSecond(this.#readySince(pod)) + time.window) return now
    }
    // Somebody has no sample yet, or one too many is still told.
    return running === this.#measured ? until : now
  }

  #listed(selector: CompiledSelector): PodId[] {
    return this.#context.labelled.selected(this.#namespaceId, selector)
  }

  /** The kubelet writes the Ready condition with the start time and changes it when it turns. */
  #readySince(pod: PodId): SimTime {
    const { startedAt, readyAt } = this.#context.state.pods
    return readyAt[pod] === NEVER ? startedAt[pod] : readyAt[pod]
  }

  #isUnready(pod: PodId, { timestamp, window }: SampleTime): boolean {
    const { clock, state } = this.#context
    const { startedAt, ready } = state.pods
    if (startedAt[pod] === NEVER) return true
    const isFalse = ready[pod] === 0
    // Ready since long ago: no need to look further.
    if (!isFalse && startedAt[pod] + this.#rules.cpuInitializationPeriod <= this.#now) return false
    const since = clock.wholeSecond(this.#readySince(pod))
    const start = clock.wholeSecond(startedAt[pod])
    return isUnready(start, isFalse, since, timestamp - window, this.#rules, this.#now)
  }

  #measure(selector: CompiledSelector, resource: string, container: string): SampleTime | undefined {
    const { metrics, state } = this.#context
    if (metrics.rows === undefined) return undefined
    const { highWater } = state.pods
    if (this.#stamps.length < highWater) {
      this.#milli = new Float64Array(2 * highWater)
      this.#stamps = new Int32Array(2 * highWater)
      while (this.#sources.length < 2 * highWater) this.#sources.push(undefined)
    }
    const stamp = ++this.#stamp
    const milli = this.#milli
    const stamps = this.#stamps
    const sources = this.#sources
    this.#measured = 0
    const query = { namespace: this.#namespace, selector, resource, container }
    return metrics.rows.each(query, this.#now, (pod, usage, source) => {
      milli[pod] = usage
      stamps[pod] = stamp
      sources[pod] = source
      this.#measured++
    })
  }

  /** Keeps for later looks that all pods count, if they will go on to. */
  #keepSteady(selector: CompiledSelector, classes: readonly PodClass[], time: SampleTime): void {
    const { pods } = this.#context.state
    const memory = this.#memory
    if (memory === undefined || classes.some(({ group }) => group !== PodGroup.Ready)) return
    const list = new EqualPodsList()
    for (const pod of this.#pods) {
      const source = this.#sources[pod]
      const isGood = pods.phase[pod] === Phase.Running && pods.ready[pod] === 1 && !pods.isTerminating(pod)
      if (!isGood || source === undefined || this.#isUnready(pod, time)) return
      list.add(pod, pods.templateOf(pod), source)
    }
    const { state, labelled } = this.#context
    this.#versions ??= new PodVersions(state, labelled)
    const namespace = this.#namespaceId
    const sets = labelled.selectedLabels(namespace, selector)
    const sum = this.#versions.sum(namespace, sets)
    const { labels } = this
    const { parts } = list
    memory.steadyPods = { namespace, selector, sets, sum, count: this.#pods.length, labels, parts }
  }
}

function count(classes: PodClass[], group: PodGroup, milli: number, request: number): void {
  for (const one of classes) {
    if (one.group !== group || one.milli !== milli || one.request !== request) continue
    one.count++
    return
  }
  classes.push({ group, milli, request, count: 1 })
}
