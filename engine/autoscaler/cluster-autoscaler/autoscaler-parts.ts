/**
 * Puts the parts of one cluster autoscaler together. They know each other only by what they are given here.
 *
 * Upstream: builder/autoscaler.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { ApiClient } from '../../apiserver/api-client.js'
import type { ApiServer } from '../../apiserver/api-server.js'
import { EventRecorder, type EventSink } from '../../apiserver/event-recorder.js'
import { invariant } from '../../kernel/invariant.js'
import { type Kernel, Rank } from '../../kernel/kernel.js'
import { Streams } from '../../kernel/rng.js'
import type { ClusterAutoscalerSettings } from '../../model/cluster-autoscaler-defaults.js'
import type { SimulationModel } from '../../model/simulation-model.js'
import { WallClock } from '../../model/wall-clock.js'
import type { FilterPlugins } from '../../scheduler/framework/filter-run.js'
import type { Snapshot } from '../../scheduler/framework/snapshot.js'
import type { NodeId } from '../../state/ids.js'
import type { Informer } from '../../state/informer.js'
import { RemainingBudgets } from '../remaining-budgets.js'
import { SimulatedCluster } from '../simulated-cluster.js'
import { type ActionSink, AutoscalerEvents } from './autoscaler-events.js'
import { CloudProvider, type MachineGroup, type MachineObserver } from './cloud-provider.js'
import { ClusterWatch, type WatchListener } from './cluster-watch.js'
import { DrainRules } from './drain-rules.js'
import { type ClusterFacts, SCALE_DOWN_DISABLED } from './eligibility.js'
import type { Expander } from './expander.js'
import { expanders } from './expanders/index.js'
import { GroupStates } from './group-states.js'
import { NodeDeleter } from './node-deleter.js'
import { NodeTemplates } from './node-templates.js'
import { PendingPods } from './pending-pods.js'
import type { ResourceLimits } from './resource-limits.js'
import { ScaleDown } from './scale-down.js'
import { ScaleDownPlanner } from './scale-down-planner.js'
import { ScaleUp } from './scale-up.js'
import { UpcomingNodes } from './upcoming-nodes.js'
import { nodeUtilization } from './utilization.js'

export interface ClusterAutoscalerOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly model: SimulationModel
  /** The scheduler's filters over the autoscaler's own view. */
  readonly filters: (snapshot: Snapshot) => FilterPlugins
  readonly events: EventSink
  readonly actions: ActionSink
  readonly machines: MachineObserver
}

/** Who is told that another loop may find something. */
export type ChangeListener = Pick<WatchListener, 'changed' | 'unschedulable'>

export class AutoscalerParts {
  readonly settings: ClusterAutoscalerSettings
  readonly cluster: SimulatedCluster
  readonly provider: CloudProvider
  readonly watch: ClusterWatch
  readonly events: AutoscalerEvents
  readonly budgets: RemainingBudgets
  readonly states: GroupStates
  readonly pending: PendingPods
  readonly upcoming: UpcomingNodes
  readonly planner: ScaleDownPlanner
  readonly deleter: NodeDeleter
  readonly scaleUp: ScaleUp
  readonly scaleDown: ScaleDown
  readonly #options: ClusterAutoscalerOptions
  readonly #clock: WallClock
  readonly #client: ApiClient
  readonly #templates: NodeTemplates
  readonly #facts: ClusterFacts
  readonly #rules: DrainRules
  readonly #limits: ResourceLimits

  constructor(options: ClusterAutoscalerOptions, listener: ChangeListener) {
    const { kernel, api, model, filters, machines } = options
    const { clusterAutoscaler } = model
    invariant(clusterAutoscaler !== undefined, 'an autoscaler has settings')
    const { settings } = clusterAutoscaler
    this.#options = options
    this.settings = settings
    this.#clock = new WallClock(model.epochSeconds)
    this.#client = new ApiClient(kernel, settings.client, model.controlPlane.requestLatency)
    this.#limits = limitsOf(settings)
    this.cluster = new SimulatedCluster(api.state, filters)
    this.events = this.#newEvents()
    this.provider = new CloudProvider(kernel, api, model, machines)
    this.provider.changed = () => listener.changed()
    this.budgets = new RemainingBudgets(this.cluster.state)
    this.#templates = new NodeTemplates(api.state)
    this.upcoming = new UpcomingNodes(this.cluster, this.#templates)
    this.watch = this.#newWatch(listener)
    this.#facts = this.#newFacts()
    this.#rules = new DrainRules(this.cluster, this.watch.controllerOf, this.budgets, settings)
    this.planner = this.#newPlanner()
    this.states = this.#newStates()
    this.pending = new PendingPods(this.cluster, this.watch)
    this.scaleUp = this.#newScaleUp()
    this.deleter = this.#newDeleter(listener)
    this.scaleDown = this.#newScaleDown()
  }

  #newEvents(): AutoscalerEvents {
    const { kernel, api, events, actions } = this.#options
    const writer = new EventRecorder('cluster-autoscaler', this.#client, events, {
      now: () => kernel.now,
      on: (name, handler) => kernel.on(`cluster-autoscaler/${name}`, Rank.Autoscaler, handler),
    })
    return new AutoscalerEvents(api.state, writer, actions)
  }

  #newWatch({ changed, unschedulable }: ChangeListener): ClusterWatch {
    const { kernel, api, informer } = this.#options
    return new ClusterWatch({
      api,
      informer,
      cluster: this.cluster,
      expendablePodsPriorityCutoff: this.settings.expendablePodsPriorityCutoff,
      now: () => kernel.now,
      listener: {
        changed,
        unschedulable,
        nodeGone: node => this.planner.forget(node),
        daemonSetsChanged: () => this.#templates.forget(),
      },
    })
  }

  #newFacts(): ClusterFacts {
    return {
      controllerOf: this.watch.controllerOf,
      groups: { all: this.provider.groups, of: node => this.#groupOf(node) },
      isScaleDownDisabled: node => this.#isScaleDownDisabled(node),
      epochMicros: this.#clock.epochMicros,
    }
  }

  #newPlanner(): ScaleDownPlanner {
    const { cluster, budgets, settings } = this
    const options = { ...settings, limits: this.#limits, loopInterval: settings.scanInterval }
    return new ScaleDownPlanner({ cluster, facts: this.#facts, budgets, rules: this.#rules, options })
  }

  #newStates(): GroupStates {
    const { cluster, provider, events, settings, watch } = this
    const { nodes } = this.#options.api.state
    return new GroupStates({
      cluster,
      provider,
      events,
      options: settings,
      groupOf: node => this.#groupOf(node),
      createdAt: node => nodes.createdAt[watch.copy.originalNode(node) as NodeId],
    })
  }

  #newScaleUp(): ScaleUp {
    const { cluster, provider, states, pending, events, settings, watch } = this
    const draws = new Streams(this.#options.model.seed).stream('autoscaler/expander')
    return new ScaleUp({
      cluster,
      provider,
      groups: this.#facts.groups,
      states,
      templates: this.#templates,
      pending,
      events,
      expanders: settings.expanders.map(name => expanderNamed(name)),
      options: settings,
      limits: this.#limits,
      draw: () => draws.next(),
      originalPod: pod => watch.copy.originalPod(pod),
    })
  }

  #newDeleter(listener: ChangeListener): NodeDeleter {
    const { kernel, api } = this.#options
    const { cluster, provider, events, settings, watch, budgets } = this
    const ignored = {
      ignoreDaemonSets: settings.ignoreDaemonSetsUtilization,
      ignoreMirrorPods: settings.ignoreMirrorPodsUtilization,
    }
    return new NodeDeleter({
      kernel,
      api,
      client: this.#client,
      clock: this.#clock,
      events,
      options: settings,
      cluster,
      watch,
      provider,
      groups: this.#facts.groups,
      rules: this.#rules,
      budgets,
      utilizationOf: node => nodeUtilization(cluster, node, watch.controllerOf, ignored, kernel.now),
      over: () => listener.changed(),
    })
  }

  #newScaleDown(): ScaleDown {
    const { cluster, watch, planner, deleter, settings } = this
    const { groups } = this.#facts
    return new ScaleDown({ cluster, watch, groups, rules: this.#rules, planner, deleter, options: settings })
  }

  #groupOf(node: NodeId): MachineGroup | undefined {
    const original = this.watch.copy.originalNode(node)
    if (original === undefined) return this.upcoming.groupOf(node)
    return this.provider.groupOf(this.#options.api.state.nodes.pool[original])
  }

  #isScaleDownDisabled(node: NodeId): boolean {
    const original = this.watch.copy.originalNode(node)
    const { annotations } = this.#options.api.state.nodes
    return original !== undefined && annotations[original]?.[SCALE_DOWN_DISABLED] === 'true'
  }
}

function limitsOf({
  minCores,
  maxCores,
  minMemoryBytes,
  maxMemoryBytes,
  maxNodesTotal,
}: ClusterAutoscalerSettings): ResourceLimits {
  return {
    min: { cores: minCores, memoryBytes: minMemoryBytes, nodes: 0 },
    max: {
      cores: maxCores,
      memoryBytes: maxMemoryBytes,
      nodes: maxNodesTotal === 0 ? Number.POSITIVE_INFINITY : maxNodesTotal,
    },
  }
}

function expanderNamed(name: string): Expander {
  const found = expanders.find(expander => expander.name === name)
  invariant(found !== undefined, `there is an expander ${name}`)
  return found
}
