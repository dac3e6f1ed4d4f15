/**
 * The upgrade of one group of nodes. As long as there are fewer machines than nodes and surge together, new
 * ones are ordered; as long as more nodes are in use than have to be, the next old one is emptied. Then its
 * machine goes, or comes back changed. New machines whose place is still taken in the end are emptied and
 * removed.
 *
 * Upstream: rolling update of a MachineDeployment (Cluster API v1.11); surge upgrades of managed node pools.
 * Simplified: a machine that never registers is waited for.
 */
import type { NodeDraft } from '../../apiserver/node-registry.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { UpgradeSettings } from '../../model/node-operations.js'
import type { LabelSetId, NodeId } from '../../state/ids.js'
import { drainedFirst } from '../drained-first.js'
import { likeNode } from '../machines/like-node.js'
import type { OperatorContext } from '../operation.js'

export interface UpgradedNodes {
  readonly upgraded: number
  readonly skipped: number
  readonly isStopped: boolean
}

export interface GroupUpgradeOptions {
  readonly context: OperatorContext
  readonly settings: UpgradeSettings
  readonly nodes: readonly NodeId[]
  /** Machines beyond the nodes, and nodes that may be away. */
  readonly surge: number
  readonly unavailable: number
  /** Calls back after a time. */
  readonly after: (delay: SimTime, then: () => void) => void
  readonly done: (done: UpgradedNodes) => void
}

export class GroupUpgrade {
  readonly #options: GroupUpgradeOptions
  readonly #size: number
  /** Old nodes whose turn has not come. */
  readonly #waiting: NodeId[]
  /** What takes the place of each node, in their order. */
  readonly #drafts: readonly NodeDraft[]
  /** New machines that are Ready. */
  readonly #added: NodeId[] = []
  #ordered = 0
  /** Old nodes that are being emptied or are down. */
  #away = 0
  #upgraded = 0
  #skipped = 0
  #isStopped = false
  #isEnding = false

  constructor(options: GroupUpgradeOptions) {
    const { context, nodes, settings } = options
    const { api, model } = context
    const { labels, version: kubeletVersion } = settings
    this.#options = options
    this.#size = nodes.length
    this.#waiting = [...nodes]
    this.#drafts = nodes.map(node => likeNode(api.state, model.nodePools, node, { labels, kubeletVersion }))
  }

  /** Does all that can be done now. */
  step(): void {
    if (this.#isEnding) return
    if (!this.#isStopped) {
      while (this.#mayOrder()) this.#order()
      while (this.#waiting.length > 0 && this.#mayTake()) this.#take(this.#waiting.shift() as NodeId)
    }
    const isThrough = this.#isStopped || this.#waiting.length === 0
    const isSettled = this.#isStopped || this.#added.length === this.#ordered
    if (!isThrough || this.#away > 0 || !isSettled || this.#mayOrder()) return
    this.#isEnding = true
    this.#removeSurplus()
  }

  /** Old machines that are no more. */
  get #gone(): number {
    return this.#options.settings.replace ? this.#upgraded : 0
  }

  /**
   * In the end there is a new machine for each node that is replaced; before, one for each place of the
   * surge.
   */
  #mayOrder(): boolean {
    const { settings, surge } = this.#options
    const places = this.#size - this.#skipped
    const wanted = settings.replace ? places : Math.min(places, surge)
    const machines = this.#size - this.#gone + this.#ordered
    return !this.#isStopped && this.#ordered < wanted && machines < this.#size + surge
  }

  /** Enough others are in use for one more to be away. */
  #mayTake(): boolean {
    const inUse = this.#size - this.#gone - this.#away + this.#added.length
    return inUse - 1 >= this.#size - this.#options.unavailable
  }

  #order(): void {
    const { context, settings } = this.#options
    const { machines } = context
    const draft = this.#drafts[this.#ordered++]
    machines.order(draft, machines.time(settings.bootTime, draft.name), node => {
      machines.whenReady(node, () => {
        this.#added.push(node)
        this.step()
      })
    })
  }

  #take(node: NodeId): void {
    const { context, settings } = this.#options
    const { api, report } = context
    const { drain, afterFailedDrain } = settings
    this.#away++
    const name = api.state.nodes.name[node] as string
    report('upgrade-nodes', 'START', '', { node: name })
    drainedFirst(context, node, 'upgrade-nodes', drain, afterFailedDrain, how => {
      if (how === 'empty') {
        this.#upgrade(node, name)
        return
      }
      report('upgrade-nodes', 'SKIP', '', { node: name })
      this.#away--
      this.#skipped++
      this.#isStopped ||= how === 'stopped'
      this.step()
    })
  }

  #upgrade(node: NodeId, name: string): void {
    const { context, settings, after } = this.#options
    const { machines, kernel, report } = context
    const since = kernel.now
    const isUpgraded = (): void => {
      report('upgrade-nodes', 'END', '', { node: name, seconds: (kernel.now - since) / SECOND })
      after(settings.pause, () => {
        this.#away--
        this.#upgraded++
        this.step()
      })
    }
    if (settings.replace) {
      machines.remove(node, true, 'with-machine', isUpgraded)
      return
    }
    const isBack = (): void => {
      if (context.api.state.nodes.exists(node)) context.api.nodes.patchUnschedulable(node, false)
      isUpgraded()
    }
    machines.reboot(node, machines.time(settings.downFor, name), isBack, () => this.#change(node))
  }

  /** What the machine comes back with. */
  #change(node: NodeId): void {
    const { api } = this.#options.context
    const { labels, version } = this.#options.settings
    const { nodes, labelSets } = api.state
    api.nodes.patchLabels(node, { ...labelSets.get(nodes.labels[node] as LabelSetId), ...labels })
    if (version !== undefined) api.nodes.patchKubeletVersion(node, version)
  }

  /** New machines that nobody's place was left for go again, unless all was stopped. */
  #removeSurplus(): void {
    const surplus = this.#isStopped ? [] : this.#added.slice(this.#gone)
    let left = surplus.length
    const removed = (): void => {
      if (--left > 0) return
      this.#options.done({ upgraded: this.#upgraded, skipped: this.#skipped, isStopped: this.#isStopped })
    }
    if (surplus.length === 0) {
      left = 1
      removed()
    }
    const { context, settings } = this.#options
    for (const node of surplus) {
      drainedFirst(context, node, 'upgrade-nodes', settings.drain, settings.afterFailedDrain, how => {
        if (how === 'empty') context.machines.remove(node, true, 'with-machine', removed)
        else removed()
      })
    }
  }
}
