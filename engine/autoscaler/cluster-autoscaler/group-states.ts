/**
 * What has become of the sizes that were asked for: nodes ready, not started, unready or never registered
 * in each group, scale-ups under way and failed, and whether a group may grow.
 *
 * Upstream: clusterstate/clusterstate.go of cluster-autoscaler 1.36.1.
 * Simplified: no node is suspended, and no status ConfigMap is written.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { ClusterAutoscalerSettings } from '../../model/cluster-autoscaler-defaults.js'
import type { NodeId } from '../../state/ids.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { AutoscalerEvents } from './autoscaler-events.js'
import type { CloudProvider, CreationError, Instance, MachineGroup } from './cloud-provider.js'
import { isNodeReady } from './eligibility.js'
import { GroupBackoff } from './group-backoff.js'

interface ScaleUpRequest {
  increase: number
  since: SimTime
  expectedBy: SimTime
}

interface Readiness {
  ready: number
  unready: number
  deleted: number
  registered: number
  notStarted: NodeId[]
  /** Machines without a node for too long, and not yet for long. */
  longUnregistered: Instance[]
  unregistered: Instance[]
}

export interface GroupStatesSettings {
  readonly cluster: SimulatedCluster
  readonly provider: CloudProvider
  readonly events: AutoscalerEvents
  readonly options: ClusterAutoscalerSettings
  readonly groupOf: (node: NodeId) => MachineGroup | undefined
  readonly createdAt: (node: NodeId) => SimTime
}

export class GroupStates {
  readonly #settings: GroupStatesSettings
  readonly #backoff: GroupBackoff
  readonly #requests = new Map<MachineGroup, ScaleUpRequest>()
  readonly #readiness = new Map<MachineGroup, Readiness>()
  readonly #unregisteredSince = new Map<Instance, SimTime>()
  /** Machines whose failure has been dealt with. */
  readonly #seenErrors = new Set<Instance>()
  readonly #wrongSince = new Map<MachineGroup, { current: number; expected: number; since: SimTime }>()
  #totalUnready = 0

  constructor(settings: GroupStatesSettings) {
    this.#settings = settings
    this.#backoff = new GroupBackoff(settings.options)
  }

  registerScaleUp(group: MachineGroup, increase: number, now: SimTime): void {
    const expectedBy = now + this.#settings.options.maxNodeProvisionTime
    const request = this.#requests.get(group)
    if (request === undefined) this.#requests.set(group, { increase, since: now, expectedBy })
    else {
      request.increase += increase
      request.since = now
      request.expectedBy = expectedBy
    }
  }

  /** Looks at nodes and machines, and closes scale-ups that are through or have failed. */
  update(now: SimTime): void {
    this.#readNodes(now)
    this.#readMachines(now)
    this.#backoff.removeStale(now)
    for (const [group, request] of this.#requests) this.#updateRequest(group, request, now)
    for (const group of this.#settings.provider.groups) this.#handleErrors(group, now)
    for (const group of this.#settings.provider.groups) this.#updateWrongSize(group, now)
  }

  isClusterHealthy(): boolean {
    const { cluster, options } = this.#settings
    const { okTotalUnreadyCount, maxTotalUnreadyPercentage } = options
    const allowed = (maxTotalUnreadyPercentage / 100) * cluster.nodes.length
    return this.#totalUnready <= okTotalUnreadyCount || this.#totalUnready <= allowed
  }

  isHealthy(group: MachineGroup): boolean {
    const { okTotalUnreadyCount, maxTotalUnreadyPercentage } = this.#settings.options
    const { ready, unready, notStarted, registered, unregistered, longUnregistered } = this.#of(group)
    if (registered + unregistered.length + longUnregistered.length === 0) {
      return group.targetSize === 0 || this.#minNodes(group) === 0
    }
    const missing = Math.max(0, this.#minNodes(group) - ready)
    const known = ready + unready + notStarted.length
    return missing <= okTotalUnreadyCount || missing <= (maxTotalUnreadyPercentage / 100) * known
  }

  isBackedOff(group: MachineGroup, now: SimTime): boolean {
    return this.#backoff.isBackedOff(group.id, now)
  }

  /** Nodes of the group that are still to come, the registered ones that have not started included. */
  upcoming(group: MachineGroup, now: SimTime): number {
    // What nobody asked for any more, or what has failed, keeps no pod from being helped elsewhere.
    if (!this.#requests.has(group) || this.isBackedOff(group, now)) return 0
    return Math.max(0, this.#missing(group))
  }

  notStarted(group: MachineGroup): readonly NodeId[] {
    return this.#of(group).notStarted
  }

  /** Machines that could not be had and have not been deleted. */
  failedMachines(): Instance[] {
    const { provider } = this.#settings
    return [...provider.instances].filter(
      instance => !instance.isDeleting && provider.isKnownToFail(instance),
    )
  }

  longUnregistered(group: MachineGroup): readonly Instance[] {
    return this.#of(group).longUnregistered
  }

  /** By how much too many nodes have been asked for, for so long that they will not come. */
  excess(group: MachineGroup, now: SimTime): number {
    const wrong = this.#wrongSince.get(group)
    if (wrong === undefined || wrong.since + this.#settings.options.maxNodeProvisionTime >= now) return 0
    return Math.max(0, wrong.expected - wrong.current)
  }

  /** When something of all this will change by itself. */
  nextChange(now: SimTime): SimTime | undefined {
    const { maxNodeProvisionTime } = this.#settings.options
    const times: SimTime[] = []
    for (const { expectedBy } of this.#requests.values()) times.push(expectedBy + 1)
    for (const since of this.#unregisteredSince.values()) times.push(since + maxNodeProvisionTime + 1)
    for (const { since } of this.#wrongSince.values()) times.push(since + maxNodeProvisionTime + 1)
    const later = times.filter(at => at > now)
    return later.length === 0 ? undefined : Math.min(...later)
  }

  /** When the first group that failed may grow again. */
  nextRelease(now: SimTime): SimTime | undefined {
    return this.#backoff.nextRelease(now)
  }

  #of(group: MachineGroup): Readiness {
    let readiness = this.#readiness.get(group)
    if (readiness === undefined) {
      readiness = {
        ready: 0,
        unready: 0,
        deleted: 0,
        registered: 0,
        notStarted: [],
        longUnregistered: [],
        unregistered: [],
      }
      this.#readiness.set(group, readiness)
    }
    return readiness
  }

  #readNodes(now: SimTime): void {
    const { cluster, provider, options, groupOf, createdAt } = this.#settings
    this.#readiness.clear()
    this.#totalUnready = 0
    for (const node of cluster.nodes) {
      const group = groupOf(node)
      const isDeleted = provider.instanceNamed(cluster.nameOf(node))?.isDeleting === true
      const isReady = isNodeReady(cluster, node)
      const isStarting = !isReady && createdAt(node) + options.maxNodeStartupTime > now
      if (!isDeleted && !isReady && !isStarting) this.#totalUnready++
      if (group === undefined) continue
      const readiness = this.#of(group)
      readiness.registered++
      if (isDeleted) readiness.deleted++
      else if (isReady) readiness.ready++
      else if (isStarting) readiness.notStarted.push(node)
      else readiness.unready++
    }
  }

  #readMachines(now: SimTime): void {
    const { cluster, provider, options } = this.#settings
    for (const instance of this.#unregisteredSince.keys()) {
      if (provider.instanceNamed(instance.name) !== instance) this.#unregisteredSince.delete(instance)
    }
    for (const instance of provider.instances) {
      const isRegistered = cluster.state.nodes.find(instance.name) !== undefined
      if (isRegistered || instance.isDeleting || provider.isKnownToFail(instance)) {
        this.#unregisteredSince.delete(instance)
        continue
      }
      const since = this.#unregisteredSince.get(instance) ?? now
      this.#unregisteredSince.set(instance, since)
      const { longUnregistered, unregistered } = this.#of(instance.group)
      if (since + options.maxNodeProvisionTime < now) longUnregistered.push(instance)
      else unregistered.push(instance)
    }
  }

  #updateRequest(group: MachineGroup, request: ScaleUpRequest, now: SimTime): void {
    const { provider, events } = this.#settings
    if (this.#missing(group) <= 0) {
      this.#requests.delete(group)
      return
    }
    if (request.expectedBy >= now) return
    events.scaleUpTimedOut(group, (now - request.since) / SECOND)
    this.#backoff.fail(group.id, now)
    if (!provider.decreaseTargetSize(group, request.increase)) events.revertFailed(group)
    this.#requests.delete(group)
  }

  #handleErrors(group: MachineGroup, now: SimTime): void {
    const { provider, events } = this.#settings
    const failed = new Map<CreationError, number>()
    for (const instance of group.instances) {
      if (!provider.isKnownToFail(instance) || this.#seenErrors.has(instance)) continue
      this.#seenErrors.add(instance)
      const error = instance.error as CreationError
      failed.set(error, (failed.get(error) ?? 0) + 1)
    }
    for (const [error, count] of failed) {
      const request = this.#requests.get(group)
      if (request === undefined || this.#missing(group) <= 0) continue
      events.scaleUpFailed(group, count, error)
      request.increase -= count
      if (request.increase <= 0) this.#requests.delete(group)
      this.#backoff.fail(group.id, now)
    }
  }

  #updateWrongSize(group: MachineGroup, now: SimTime): void {
    const { registered, unregistered, longUnregistered } = this.#of(group)
    const expected = group.targetSize
    const least = expected - unregistered.length - longUnregistered.length
    if (registered >= least && registered <= expected) {
      this.#wrongSince.delete(group)
      return
    }
    const before = this.#wrongSince.get(group)
    if (before?.current === registered && before.expected === expected) return
    this.#wrongSince.set(group, { current: registered, expected, since: now })
  }

  #minNodes(group: MachineGroup): number {
    return (
      group.targetSize - this.#of(group).longUnregistered.length - (this.#requests.get(group)?.increase ?? 0)
    )
  }

  #missing(group: MachineGroup): number {
    const { ready, unready, longUnregistered } = this.#of(group)
    return group.targetSize - (ready + unready + longUnregistered.length)
  }
}
