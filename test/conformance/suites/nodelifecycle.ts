import { isRefused } from '../../../engine/apiserver/result.js'
import { nodelifecycle as definition } from '../../../engine/controllers/node-lifecycle/node-lifecycle.js'
import { NodeLifecycleReconciler } from '../../../engine/controllers/node-lifecycle/node-lifecycle-reconciler.js'
import { reducedRate, zoneStateOf } from '../../../engine/controllers/node-lifecycle/zone-states.js'
import {
  matchingTolerations,
  shortestTolerationSeconds,
} from '../../../engine/controllers/taint-eviction/toleration-time.js'
import { SECOND } from '../../../engine/kernel/time.js'
import { withDefaultTolerations } from '../../../engine/model/default-tolerations.js'
import { NODE_EVICTION_RATE, SECONDARY_NODE_EVICTION_RATE } from '../../../engine/model/defaults.js'
import type { Taint, Toleration } from '../../../engine/model/taints.js'
import { Change, Source } from '../../../engine/state/change-log.js'
import { NONE, type NodeId, STATUS_NAMES, Status, type TaintSetId } from '../../../engine/state/ids.js'
import { ControllerRig } from '../../support/controller-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenTimeline {
  readonly nodeMonitorPeriodSeconds: number
  readonly nodeMonitorGracePeriodSeconds: number
  readonly nodeStartupGracePeriodSeconds: number
  readonly nodes: readonly {
    readonly name: string
    readonly zone: string
    readonly kubeletNeverReported: boolean
  }[]
  readonly steps: readonly {
    readonly t: number
    readonly changes?: readonly [name: string, what: string, value: boolean | string][]
  }[]
}

interface GivenZone {
  readonly ready: number
  readonly notReady: number
  readonly unhealthyZoneThreshold: number
  readonly largeClusterSizeThreshold: number
}

/** The node lifecycle controller over a real store, the kubelets' statuses and leases written by the case. */
export const nodelifecycleSuite: Suite = suiteOfKinds('nodelifecycle', {
  zoneState({ ready, notReady, unhealthyZoneThreshold, largeClusterSizeThreshold }: GivenZone) {
    const limits = {
      nodeEvictionRate: NODE_EVICTION_RATE,
      secondaryNodeEvictionRate: SECONDARY_NODE_EVICTION_RATE,
      unhealthyZoneThreshold,
      largeClusterSizeThreshold,
    }
    return {
      state: zoneStateOf({ ready, notReady }, unhealthyZoneThreshold),
      notReady,
      healthyQPS: String(NODE_EVICTION_RATE),
      reducedQPS: String(reducedRate(ready + notReady, limits)),
    }
  },

  taintEviction(given: {
    readonly noExecuteTaints: readonly Taint[]
    readonly tolerations?: readonly Toleration[]
  }) {
    const used = matchingTolerations(given.noExecuteTaints, given.tolerations ?? [])
    const seconds = used === undefined ? 0 : shortestTolerationSeconds(used)
    return {
      allTolerated: used !== undefined,
      usedTolerations: used ?? [],
      evictAfterSeconds: seconds === Infinity ? 'never' : seconds,
    }
  },

  /** The plugin was called before its flags were read into it: what it adds are empty tolerations. */
  defaultTolerations({ tolerations = [] }: { readonly tolerations?: readonly Toleration[] }) {
    return { tolerations: withDefaultTolerations(tolerations, {}, {}) }
  },

  timeline(given: GivenTimeline) {
    const cluster = new BeatingCluster(given)
    return { steps: given.steps.map(({ t, changes }, i) => cluster.step(t, changes ?? [], i)) }
  },
})

interface Beat {
  readonly node: NodeId
  isBeating: boolean
  readonly conditions: {
    ready: Status
    memoryPressure: Status
    diskPressure: Status
    pidPressure: Status
  }
}

/** Nodes whose kubelets, as long as they beat, post status and lease in every step, just before the monitor looks. */
class BeatingCluster {
  readonly #rig: ControllerRig
  readonly #reconciler: NodeLifecycleReconciler
  readonly #beats = new Map<string, Beat>()
  readonly #shown = new Map<string, string>()
  readonly #period: number
  #shownZones = ''
  #tainted: [second: number, name: string][] = []

  constructor(given: GivenTimeline) {
    this.#period = given.nodeMonitorPeriodSeconds
    this.#rig = new ControllerRig(definition, 0, {
      nodeMonitorPeriod: given.nodeMonitorPeriodSeconds * SECOND,
      nodeMonitorGracePeriod: given.nodeMonitorGracePeriodSeconds * SECOND,
      nodeStartupGracePeriod: given.nodeStartupGracePeriodSeconds * SECOND,
      nodeMonitorPassTime: 0,
      phase: 'zero',
      nodeOrder: 'name',
    })
    const { reconciler, context } = this.#rig
    if (!(reconciler instanceof NodeLifecycleReconciler)) throw new Error('another controller was made')
    this.#reconciler = reconciler
    for (const node of given.nodes) this.#addNode(node)
    context.informer.subscribe(Source.Nodes, Change.Taints, node => this.#noteTaints(node as NodeId))
  }

  step(t: number, changes: readonly [string, string, boolean | string][], index: number) {
    const rig = this.#rig
    for (const change of changes) this.#apply(...change)
    for (const beat of this.#beats.values()) if (beat.isBeating) this.#beat(beat)
    rig.runUntil(t * SECOND)
    for (const key of rig.calls.added.splice(0)) this.#reconciler.reconcile(key)
    // The last microsecond belongs to the next step, whose kubelets beat then.
    rig.runUntil((t + this.#period) * SECOND - 1)
    for (const key of rig.calls.added.splice(0)) this.#reconciler.reconcile(key)
    const tainted = this.#tainted.splice(0)
    return {
      nodes: this.#changedNodes(),
      noExecuteTainted: tainted.length > 0 ? tainted : undefined,
      zones: this.#changedZones(index),
    }
  }

  #addNode(given: GivenTimeline['nodes'][number]): void {
    const { api } = this.#rig
    const amounts = { cpu: 4000, pods: 110 }
    const node = api.nodes.create({
      name: given.name,
      labels: { 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': given.zone },
      taints: [],
      unschedulable: false,
      capacity: amounts,
      allocatable: amounts,
      images: new Map(),
      pool: NONE,
      hasConditions: !given.kubeletNeverReported,
    })
    if (isRefused(node)) throw new Error(`${given.name} is there twice`)
    this.#beats.set(given.name, {
      node,
      isBeating: !given.kubeletNeverReported,
      conditions: {
        ready: Status.True,
        memoryPressure: Status.False,
        diskPressure: Status.False,
        pidPressure: Status.False,
      },
    })
  }

  #apply(name: string, what: string, value: boolean | string): void {
    const beat = this.#beats.get(name)
    if (beat === undefined) throw new Error(`no node ${name}`)
    const status = value === 'True' ? Status.True : Status.False
    if (what === 'heartbeats') beat.isBeating = value === true
    else if (what === 'unschedulable') this.#rig.api.nodes.patchUnschedulable(beat.node, value === true)
    else if (what === 'Ready') beat.conditions.ready = status
    else if (what === 'MemoryPressure') beat.conditions.memoryPressure = status
    else if (what === 'DiskPressure') beat.conditions.diskPressure = status
    else if (what === 'PIDPressure') beat.conditions.pidPressure = status
    else throw new Error(`unknown change ${what}`)
  }

  #beat({ node, conditions }: Beat): void {
    const { api, state, kernel } = this.#rig
    api.nodes.patchConditions(node, { ...conditions, readyReason: state.reasonId('') })
    api.nodes.startLease(node, kernel.now + 1, SECOND)
    api.nodes.stopLease(node)
  }

  #noteTaints(node: NodeId): void {
    const { state, kernel } = this.#rig
    const { name, taints } = state.nodes
    const hasNoExecute = state.taintSets
      .get(taints[node] as TaintSetId)
      .some(({ effect }) => effect === 'NoExecute')
    const known = this.#shown.get(`tainted/${name[node]}`) === 'yes'
    this.#shown.set(`tainted/${name[node]}`, hasNoExecute ? 'yes' : 'no')
    if (hasNoExecute && !known) this.#tainted.push([Math.floor(kernel.now / SECOND), name[node] as string])
  }

  #changedNodes() {
    const changed: Record<string, unknown> = {}
    for (const [name, { node }] of this.#beats) {
      const shown = this.#show(node)
      const text = JSON.stringify(shown)
      if (this.#shown.get(name) !== text) changed[name] = shown
      this.#shown.set(name, text)
    }
    return Object.keys(changed).length > 0 ? changed : undefined
  }

  #show(node: NodeId) {
    const { nodes, taintSets, reasons } = this.#rig.state
    const taints = taintSets
      .get(nodes.taints[node] as TaintSetId)
      .map(({ key, effect }) => `${key}:${effect}`)
    const reason = reasons.get(nodes.readyReason[node] as Parameters<typeof reasons.get>[0])
    const text = (status: number) =>
      status === Status.Unknown ? `Unknown ${reason}` : STATUS_NAMES[status as Status]
    const conditions = {
      DiskPressure: text(nodes.diskPressure[node]),
      MemoryPressure: text(nodes.memoryPressure[node]),
      PIDPressure: text(nodes.pidPressure[node]),
      Ready: text(nodes.ready[node]),
    }
    return {
      conditions: nodes.hasConditions[node] === 1 ? conditions : {},
      taints: taints.length > 0 ? taints.sort() : undefined,
    }
  }

  #changedZones(index: number) {
    const zones = Object.fromEntries(this.#reconciler.zones)
    const text = JSON.stringify(zones)
    const isChanged = index === 0 || text !== this.#shownZones
    this.#shownZones = text
    return isChanged ? zones : undefined
  }
}
