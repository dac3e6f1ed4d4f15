import { enableAdmission } from './apiserver/admission/admission.js'
import { ApiClient } from './apiserver/api-client.js'
import { ApiServer } from './apiserver/api-server.js'
import { ClusterAutoscaler } from './autoscaler/cluster-autoscaler/cluster-autoscaler.js'
import { Descheduler } from './autoscaler/descheduler/descheduler.js'
import { Karpenter } from './autoscaler/karpenter/karpenter.js'
import { KIND as VERTICAL_POD_AUTOSCALER } from './autoscaler/vpa/stored-autoscalers.js'
import { VerticalPodAutoscalers } from './autoscaler/vpa/vertical-pod-autoscalers.js'
import { ControllerManager } from './controllers/controller-manager.js'
import { controllers } from './controllers/index.js'
import { Failures } from './failure/failures.js'
import { Component, type FaultPorts } from './failure/fault-ports.js'
import { FAILURE_MODELS } from './failure/models/index.js'
import { Kernel } from './kernel/kernel.js'
import { Streams } from './kernel/rng.js'
import { NEVER, type SimTime } from './kernel/time.js'
import { Kubelet } from './kubelet/kubelet.js'
import { LoadDriver } from './load/load-driver.js'
import { MetricsServer } from './load/metrics-server.js'
import { CronSchedules } from './model/cron-schedules.js'
import { DEFAULT_METRICS_SERVER } from './model/defaults.js'
import { expectedPods } from './model/expected-pods.js'
import type { KarpenterModel } from './model/karpenter-run.js'
import { limitOf } from './model/run-limit.js'
import type { SimulationModel } from './model/simulation-model.js'
import type { Traffic } from './model/traffic.js'
import { WallClock } from './model/wall-clock.js'
import { zonesByName } from './model/zone-table.js'
import { Network } from './network/network.js'
import type { NodeAgents, OutcomeSink } from './operator/operation.js'
import { Operator } from './operator/operator.js'
import { recordedResources } from './record/recorded-resources.js'
import { Recorder } from './record/recorder.js'
import type { RunOptions } from './record/run-options.js'
import type { RunResult } from './record/run-result.js'
import { filterPlugins } from './scheduler/filter-plugins.js'
import type { AnyPlugin } from './scheduler/framework/define-plugin.js'
import { PLUGINS } from './scheduler/plugins/index.js'
import { Scheduler } from './scheduler/scheduler.js'
import { type Capacities, ClusterState, DEFAULT_CAPACITIES } from './state/cluster-state.js'
import { Informer } from './state/informer.js'
import { verify } from './state/verify.js'

export interface SimulationOptions extends RunOptions {
  /** Room of the tables at the start; results never depend on it. */
  readonly capacities?: Capacities
  /** Told what became of the model's operations. */
  readonly outcomes?: OutcomeSink
  /** Recounts everything that is kept incrementally after every so many events: for tests. */
  readonly verifyEvery?: number
  /** Scheduler plugins beside the built-in ones, for profiles to name. */
  readonly plugins?: readonly AnyPlugin[]
}

/** Events between two calls of `progress`. */
const PROGRESS_EVENTS = 200_000

/**
 * The composition root of one run: the only file that knows every component. Components are made in a fixed
 * order and meet in the store; nothing else connects them.
 */
export class Simulation {
  readonly model: SimulationModel
  readonly kernel: Kernel
  readonly state: ClusterState
  readonly api: ApiServer
  readonly recorder: Recorder
  readonly scheduler: Scheduler
  readonly controllerManager: ControllerManager
  readonly kubelet: Kubelet
  readonly operator: Operator
  /** Undefined when nothing goes wrong by itself. */
  readonly #failures: Failures | undefined
  /** Undefined when nobody scales node groups. */
  readonly #autoscaler: ClusterAutoscaler | undefined
  /** Undefined when there is none. */
  #karpenter: Karpenter | undefined
  readonly #options: SimulationOptions

  constructor(model: SimulationModel, options: SimulationOptions = {}) {
    const { controlPlane } = model
    this.model = model
    this.#options = options
    const kernel = new Kernel({ seed: model.seed })
    this.kernel = kernel
    this.state = new ClusterState(options.capacities ?? DEFAULT_CAPACITIES)
    this.api = new ApiServer(kernel, this.state)
    enableAdmission(this.api)
    const clock = new WallClock(model.epochSeconds)
    const schedules = new CronSchedules(zonesByName(model.timeZones))
    this.recorder = new Recorder(kernel, this.state, {
      records: options.records ?? model.measure.records,
      interval: model.measure.interval,
      resources: options.resources ?? recordedResources(model),
      pools: model.nodePools.map(({ name }) => name),
      calendar: { clock, schedules },
      prices: model.nodePools,
      hasAutoscaler: model.clusterAutoscaler !== undefined || model.karpenter !== undefined,
      isPricedByMachine: model.karpenter !== undefined,
      ...(options.explain === undefined ? {} : { explain: options.explain }),
      ...(options.sink === undefined ? {} : { sink: options.sink }),
    })
    const informer = (name: string): Informer =>
      new Informer(kernel, this.state.log, name, controlPlane.watchLatency)
    this.scheduler = new Scheduler({
      kernel,
      api: this.api,
      informer: informer('scheduler'),
      client: new ApiClient(kernel, controlPlane.schedulerClient, controlPlane.requestLatency),
      settings: model.scheduler,
      streams: new Streams(model.seed),
      recorder: this.recorder,
      plugins: [...PLUGINS, ...(options.plugins ?? [])],
      workload: () => expectedPods(model),
      clock,
    })
    const metrics = this.#metricsServer(clock)
    this.controllerManager = new ControllerManager({
      kernel,
      api: this.api,
      settings: controlPlane,
      clock,
      metrics,
      autoscalings: this.recorder,
      timeZones: model.timeZones,
      events: this.recorder,
      controllers,
    })
    this.kubelet = new Kubelet(
      kernel,
      this.api,
      informer('kubelet'),
      model.kubelet,
      model.controlPlane,
      this.recorder,
    )
    this.operator = new Operator({
      kernel,
      api: this.api,
      informer: informer('operator'),
      model,
      agents: this.#agents(),
      groups: { lost: name => this.#lostMachine(name) },
      outcomes: this.#outcomes(),
      drains: this.recorder.disruptions.drains,
    })
    this.api.evictionObserver = (eviction, at) => this.recorder.disruptions.evicted(eviction, at)
    if (model.clusterAutoscaler !== undefined)
      this.#autoscaler = this.#newAutoscaler(informer('cluster-autoscaler'))
    if (model.traffic !== undefined) this.#startTraffic(model.traffic)
    this.#startAutoscalers(informer, clock, metrics)
    if (model.failures.length > 0) this.#failures = this.#newFailures(informer('failures'))
    if (options.trail === true) kernel.keepTrail()
    if (options.trace !== undefined) kernel.trace(options.trace.from, options.trace.to)
  }

  /** What became of an operation is recorded and told to whoever asked. */
  #outcomes(): OutcomeSink {
    const { recorder } = this
    const { outcomes } = this.#options
    return {
      operated(outcome, at) {
        recorder.operated(outcome, at)
        outcomes?.operated(outcome, at)
      },
    }
  }

  /** It lives by its events alone. */
  #newAutoscaler(informer: Informer): ClusterAutoscaler {
    const { kernel, api, model, recorder } = this
    const [profile] = model.scheduler.profiles
    const plugins = [...PLUGINS, ...(this.#options.plugins ?? [])]
    return new ClusterAutoscaler({
      kernel,
      api,
      informer,
      model,
      filters: snapshot =>
        filterPlugins(snapshot, { profile, plugins, objects: api.objects, now: () => kernel.now }),
      events: recorder,
      actions: action => recorder.nodesScaled(action),
      machines: recorder.scaling.costs,
    })
  }

  /** Whether the machine is of somebody who sees to it that there are enough of them. */
  #lostMachine(name: string): boolean {
    return this.#autoscaler?.lostMachine(name) === true || this.#karpenter?.lostMachine(name) === true
  }

  #newKarpenter(own: KarpenterModel, informer: Informer, clock: WallClock): Karpenter {
    const { kernel, api, recorder, model } = this
    return new Karpenter({
      kernel,
      api,
      informer,
      model: own,
      clock,
      requestLatency: model.controlPlane.requestLatency,
      events: recorder,
      actions: action => recorder.nodesScaled(action),
      machines: recorder.scaling.costs,
    })
  }

  #metricsServer(clock: WallClock): MetricsServer {
    const { traffic, seed } = this.model
    if (traffic === undefined) return new MetricsServer(this.state, clock, DEFAULT_METRICS_SERVER)
    const { metrics, externalMetrics: external } = traffic
    return new MetricsServer(this.state, clock, { ...metrics, external, measuresIdle: true, seed })
  }

  #startTraffic(traffic: Traffic): void {
    const { kernel, state, model } = this
    const streams = new Streams(model.seed)
    const { watchLatency } = model.controlPlane
    this.recorder.traffic.source = new Network({ kernel, state, streams, traffic, watchLatency })
    const { epochSeconds, until } = model
    new LoadDriver({ kernel, state, streams, traffic, epochSeconds, until }).start()
  }

  /** They live by their events alone. */
  #startAutoscalers(informer: (name: string) => Informer, clock: WallClock, metrics: MetricsServer): void {
    const { kernel, api, model, recorder: events } = this
    const { requestLatency } = model.controlPlane
    const common = { kernel, api, clock, events, requestLatency }
    if (appliesAny(model, VERTICAL_POD_AUTOSCALER)) {
      const own = informer('vertical-pod-autoscaler')
      new VerticalPodAutoscalers({ ...common, informer: own, metrics }).start()
    }
    if (model.karpenter !== undefined)
      this.#karpenter = this.#newKarpenter(model.karpenter, informer('karpenter'), clock)
    const { descheduler: settings } = model
    if (settings !== undefined) {
      new Descheduler({ ...common, informer: informer('descheduler'), settings }).start()
    }
  }

  #newFailures(informer: Informer): Failures {
    const { kernel, api, model, recorder: sink } = this
    return new Failures({
      kernel,
      api,
      informer,
      ports: this.#faultPorts(),
      settings: model.failures,
      models: FAILURE_MODELS,
      pools: model.nodePools.map(({ name }) => name),
      sink,
    })
  }

  /** What operations can do to kubelets and machines. */
  #agents(): NodeAgents {
    const { kubelet } = this
    return {
      silence: node => kubelet.silence(node),
      revive: node => kubelet.revive(node),
      crash: node => kubelet.crash(node),
      shutDown: (node, isOff) => kubelet.shutDown(node, isOff),
      start: node => kubelet.start(node),
      reportCondition: (node, type, status, reason) => kubelet.reportCondition(node, type, status, reason),
      forceReady: (pods, ready) => kubelet.forceReady(pods, ready),
    }
  }

  /** What failures can do to the components; without an API server its clients are what is down. */
  #faultPorts(): FaultPorts {
    const { kubelet, scheduler, controllerManager, operator } = this
    return {
      silence: node => kubelet.silence(node),
      revive: node => kubelet.revive(node),
      crash: node => kubelet.crash(node),
      boot: node => kubelet.boot(node),
      reclaim: (node, settings, by) => operator.reclaim(node, settings, by),
      reportCondition: (node, type, status, reason) => kubelet.reportCondition(node, type, status, reason),
      exitContainers: (pod, exitCode) => kubelet.exitContainers(pod, exitCode),
      cutOffRegistry: isCutOff => kubelet.images.setRegistryDown(isCutOff),
      fillDisk: (node, growth) => kubelet.pressure.fillDisk(node, growth),
      leakMemory: (pod, growth) => kubelet.leakMemory(pod, growth),
      stop(component) {
        if (component === Component.Scheduler) scheduler.stop()
        if (component === Component.ControllerManager) controllerManager.stop()
      },
      start(component) {
        if (component === Component.Scheduler) scheduler.restart()
        if (component === Component.ControllerManager) controllerManager.restart()
      },
    }
  }

  run(): RunResult {
    const { kernel, model } = this
    const { progress, verifyEvery } = this.#options
    const step = verifyEvery ?? (progress === undefined ? Infinity : PROGRESS_EVENTS)
    const limits = { until: limitOf(model) }
    let left = model.maxEvents
    let outcome = kernel.run({ ...limits, maxEvents: Math.min(step, left) })
    while (outcome.reason === 'maxEvents' && (left -= outcome.events) > 0) {
      progress?.(kernel.now, kernel.executed)
      if (verifyEvery !== undefined) verify(this.state)
      outcome = kernel.run({ ...limits, maxEvents: Math.min(step, left) })
    }
    const end = this.#end(outcome.reason)
    this.#failures?.finish()
    const { summary, records } = this.recorder.finish(end)
    return {
      name: model.name,
      seed: model.seed,
      outcome: outcome.reason,
      end,
      digest: kernel.digestLog(),
      summary,
      records,
      traced: kernel.traced,
      trail: kernel.trail(),
    }
  }

  /** A run lasts as long as was said, also when nothing is left to do before; else until its last event. */
  #end(reason: RunResult['outcome']): SimTime {
    const { until } = this.model
    if (reason === 'until') return limitOf(this.model)
    return reason === 'drained' && until !== NEVER ? until : this.kernel.lastEventAt
  }
}

/** Whether the run will ever have an object of that kind. */
function appliesAny({ operations }: SimulationModel, kind: string): boolean {
  return operations.some(operation => operation.op === 'apply' && operation.manifest.kind === kind)
}

/** Runs a model to its end. */
export function simulate(model: SimulationModel, options: SimulationOptions = {}): RunResult {
  return new Simulation(model, options).run()
}
