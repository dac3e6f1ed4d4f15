/**
 * The Cluster Autoscaler: looks at the cluster every ten seconds, or at once when a pod is found
 * unschedulable, lets groups of nodes grow for pods that fit nowhere, and takes away nodes that nobody needs.
 * A loop that would find what the last one found is not run: the next one runs on the grid after a change, or
 * when waiting alone changes something.
 *
 * Upstream: core/static_autoscaler.go and loop/trigger.go of cluster-autoscaler 1.36.1.
 * Simplified: nodes are not brought up to their minimum (--enforce-node-group-min-size is off by default); a
 * loop takes the same time whatever it does.
 */
import type { EventHandle } from '../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { NodeId, PodId } from '../../state/ids.js'
import { AutoscalerParts, type ClusterAutoscalerOptions } from './autoscaler-parts.js'
import { isNodeReady } from './eligibility.js'

/**
 * Pods younger than this are not looked at: more are probably coming. With GPUs longer, as those nodes are
 * dear.
 */
const POD_AGE = 2 * SECOND
const GPU_POD_AGE = 30 * SECOND
const GPU = 'nvidia.com/gpu'

export class ClusterAutoscaler {
  readonly #kernel: Kernel
  readonly #parts: AutoscalerParts
  readonly #loop: EventKind
  #next: { readonly at: SimTime; readonly handle: EventHandle } | undefined
  #lastLoop: SimTime = 0
  #changedAt: SimTime = 0

  constructor(options: ClusterAutoscalerOptions) {
    const { kernel } = options
    this.#kernel = kernel
    this.#parts = new AutoscalerParts(options, {
      changed: () => this.#changed(),
      unschedulable: () => this.#unschedulable(),
    })
    this.#loop = kernel.on('cluster-autoscaler/Loop', Rank.Autoscaler, () => this.#run())
  }

  /** A machine has gone by itself; true when its group sees to it. */
  lostMachine(name: string): boolean {
    return this.#parts.provider.lost(name)
  }

  #changed(): void {
    this.#changedAt = this.#kernel.now
    this.#request(this.#onGrid(this.#kernel.now))
  }

  #unschedulable(): void {
    const { frequentLoops, loopTime } = this.#parts.settings
    if (!frequentLoops) {
      this.#changed()
      return
    }
    this.#changedAt = this.#kernel.now
    this.#request(Math.max(this.#kernel.now, this.#lastLoop + loopTime))
  }

  /** The first time at which a loop would run by itself: every interval from the last one on. */
  #onGrid(at: SimTime): SimTime {
    const { scanInterval } = this.#parts.settings
    const loops = Math.max(1, Math.ceil((at - this.#lastLoop) / scanInterval))
    return this.#lastLoop + loops * scanInterval
  }

  #request(at: SimTime): void {
    if (this.#next !== undefined && this.#next.at <= at) return
    if (this.#next !== undefined) this.#kernel.cancel(this.#next.handle)
    this.#next = { at, handle: this.#kernel.schedule(at, this.#loop) }
  }

  #run(): void {
    const { now } = this.#kernel
    this.#next = undefined
    this.#lastLoop = now
    this.#parts.watch.sync()
    this.#parts.budgets.reset()
    this.#parts.cluster.fork()
    const { isProductive, toHelp } = this.#runOnce(now)
    this.#parts.cluster.revert()
    this.#parts.upcoming.clear()
    this.#parts.watch.standIns.clear()
    if (isProductive && this.#parts.settings.frequentLoops) this.#request(now + this.#parts.settings.loopTime)
    const next = this.#nextChange(toHelp, now)
    if (next !== undefined) this.#request(this.#onGrid(Math.max(next, now + 1)))
  }

  #nextChange(toHelp: number, now: SimTime): SimTime | undefined {
    if (this.#parts.scaleDown.isUnsettled()) return now + 1
    const times = [this.#parts.states.nextChange(now), this.#parts.scaleDown.nextChange(this.#changedAt, now)]
    if (toHelp > 0) times.push(this.#parts.states.nextRelease(now))
    const known = times.filter(at => at !== undefined)
    return known.length === 0 ? undefined : Math.min(...known)
  }

  #runOnce(now: SimTime): { readonly isProductive: boolean; readonly toHelp: number } {
    this.#parts.states.update(now)
    this.#removeUnregistered()
    if (!this.#parts.states.isClusterHealthy()) {
      this.#parts.planner.unneeded.clear()
      this.#parts.events.unhealthy()
      return { isProductive: false, toHelp: 0 }
    }
    this.#parts.provider.deleteInstances(this.#parts.states.failedMachines())
    if (this.#takeBackExcess(now)) return { isProductive: false, toHelp: 0 }
    const started = this.#parts.upcoming.add(this.#parts.provider.groups, this.#parts.states, now)
    const drained = this.#parts.deleter.drained.flatMap(node => this.#parts.watch.copy.nodeOf(node) ?? [])
    const waiting = this.#parts.pending.toHelp(drained)
    const toHelp = waiting.filter(pod => this.#isOldEnough(pod, now))
    const isTooEarly = toHelp.length > 0 && this.#areNew(toHelp, now)
    const isScaledUp = toHelp.length > 0 && !isTooEarly && this.#tryToGrow(toHelp, started, now)
    if (isScaledUp) this.#parts.scaleDown.scaledUp(now)
    const isDeleting =
      this.#parts.settings.scaleDownEnabled && this.#parts.scaleDown.run(started, isTooEarly, now)
    // Pods that were too young are looked at again in the next loop.
    if (isTooEarly || toHelp.length < waiting.length) this.#request(now + this.#parts.settings.scanInterval)
    return { isProductive: isScaledUp || isDeleting, toHelp: toHelp.length }
  }

  #tryToGrow(pods: readonly PodId[], nodes: readonly NodeId[], now: SimTime): boolean {
    const { maxNodesTotal } = this.#parts.settings
    const ready = nodes.filter(node => isNodeReady(this.#parts.cluster, node)).length
    if (maxNodesTotal === 0 || ready < maxNodesTotal) return this.#parts.scaleUp.run(pods, now)
    this.#parts.events.maxNodesReached(maxNodesTotal)
    this.#parts.scaleUp.refuse(pods)
    return false
  }

  /** Machines that never registered are given back, as far as the minimum lets them. */
  #removeUnregistered(): void {
    for (const group of this.#parts.provider.groups) {
      const most = Math.max(0, group.targetSize - group.minSize)
      const machines = this.#parts.states.longUnregistered(group).slice(0, most)
      this.#parts.provider.deleteInstances(machines)
      for (const { name } of machines) this.#parts.events.unregisteredDeleted(group, name)
    }
  }

  #takeBackExcess(now: SimTime): boolean {
    let isFixed = false
    for (const group of this.#parts.provider.groups) {
      const excess = this.#parts.states.excess(group, now)
      if (excess > 0 && this.#parts.provider.decreaseTargetSize(group, excess)) isFixed = true
    }
    return isFixed
  }

  #isOldEnough(pod: PodId, now: SimTime): boolean {
    const { cluster, settings } = this.#parts
    return now - cluster.state.pods.createdAt[pod] > settings.newPodScaleUpDelay
  }

  #areNew(pods: readonly PodId[], now: SimTime): boolean {
    if (this.#parts.pending.oldestCreation(pods) + POD_AGE > now) return true
    const { state, snapshot } = this.#parts.cluster
    const gpu = state.resources.names.indexOf(GPU)
    const wanting = pods.filter(pod => snapshot.shapes.of(pod).resources.includes(gpu))
    return wanting.length > 0 && this.#parts.pending.oldestCreation(wanting) + GPU_POD_AGE > now
  }
}
