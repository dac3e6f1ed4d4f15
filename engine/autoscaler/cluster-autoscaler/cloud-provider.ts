/**
 * The provider of machines: groups with a size that is asked for, machines that boot, register as nodes, fail
 * to come or never register, and go when they are deleted.
 *
 * Upstream: cloudprovider/cloud_provider.go of cluster-autoscaler 1.36.1, with the habits of
 * cloudprovider/gce.
 * Simplified: sizes are set at once and requests to the provider never fail themselves; what fails are
 * machines.
 */
import type { ApiServer } from '../../apiserver/api-server.js'
import { isRefused } from '../../apiserver/result.js'
import { createDistribution, type Distribution, drawTime } from '../../kernel/distributions.js'
import { invariant } from '../../kernel/invariant.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { type KeyedDraws, Streams } from '../../kernel/rng.js'
import type { SimTime } from '../../kernel/time.js'
import { kubeletConfig } from '../../model/kubelet-config.js'
import type { NodeGroupSettings, Provisioning } from '../../model/node-groups.js'
import type { NodePool, SimulationModel } from '../../model/simulation-model.js'
import type { NodeId } from '../../state/ids.js'
import type { NodeGroup } from './node-group.js'

/** Why a machine could not be had, as providers say it. */
export const CreationError = {
  QuotaExceeded: { code: 'QUOTA_EXCEEDED', message: 'Quota of the project exceeded' },
  Stockout: { code: 'RESOURCE_POOL_EXHAUSTED', message: 'The zone does not have enough resources available' },
} as const
export type CreationError = (typeof CreationError)[keyof typeof CreationError]

/** A machine that has been asked for. */
export interface Instance {
  readonly id: number
  readonly name: string
  readonly group: MachineGroup
  readonly requestedAt: SimTime
  error: CreationError | undefined
  /** Its node, once it has registered. */
  node: NodeId | undefined
  isDeleting: boolean
}

/**
 * Told of machines that are granted, from the request to the end: they cost money whether they register or
 * not.
 */
export interface MachineObserver {
  machineRequested(name: string, pool: number, at: SimTime): void
  machineGone(name: string, at: SimTime): void
}

export class MachineGroup implements NodeGroup {
  readonly id: string
  readonly pool: NodePool
  readonly settings: NodeGroupSettings
  targetSize: number
  readonly bootTime: Distribution
  readonly shutdownTime: Distribution
  /** Counts the names given. */
  named: number
  /** Machines that have not gone, those that could not be had included. */
  readonly instances = new Set<Instance>()

  constructor(pool: NodePool, settings: NodeGroupSettings) {
    this.id = pool.name
    this.pool = pool
    this.settings = settings
    this.targetSize = settings.initialSize
    this.named = settings.initialSize
    this.bootTime = createDistribution(settings.provisioning.bootTime)
    this.shutdownTime = createDistribution(settings.provisioning.shutdownTime)
  }

  get minSize(): number {
    return this.settings.minSize
  }

  get maxSize(): number {
    return this.settings.maxSize
  }

  get provisioning(): Provisioning {
    return this.settings.provisioning
  }
}

/** Draws about one machine that must not be the same number. */
const Draw = { Stockout: 0, Lost: 1, Boot: 2, Shutdown: 3 } as const
const ZONE = 'topology.kubernetes.io/zone'
const HOSTNAME = 'kubernetes.io/hostname'

export class CloudProvider {
  readonly groups: readonly MachineGroup[]
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #observer: MachineObserver
  readonly #draws: KeyedDraws
  readonly #instances: Instance[] = []
  readonly #byName = new Map<string, Instance>()
  readonly #groupOfPool = new Map<number, MachineGroup>()
  readonly #register: EventKind
  readonly #refuse: EventKind
  readonly #remove: EventKind
  /** Set by the autoscaler: something about a machine has changed that no node tells. */
  changed: () => void = () => undefined

  constructor(kernel: Kernel, api: ApiServer, model: SimulationModel, observer: MachineObserver) {
    this.#kernel = kernel
    this.#api = api
    this.#observer = observer
    this.#draws = new Streams(model.seed).keyed('autoscaler/machines')
    const { groups = [] } = model.clusterAutoscaler ?? {}
    this.groups = groups.map(settings => new MachineGroup(model.nodePools[settings.pool], settings))
    for (const group of this.groups) this.#groupOfPool.set(group.settings.pool, group)
    this.#register = kernel.on('cloud/Register', Rank.Kubelet, id => this.#registerNode(this.#instances[id]))
    this.#refuse = kernel.on('cloud/Refuse', Rank.Kubelet, () => this.changed())
    this.#remove = kernel.on('cloud/Remove', Rank.Kubelet, id => this.#removeNode(this.#instances[id]))
    for (const group of this.groups) {
      const { initialSize, pool } = group.settings
      for (let i = 0; i < initialSize; i++) {
        const { name } = this.#add(group, `${group.id}-${i}`)
        observer.machineRequested(name, pool, kernel.now)
      }
    }
  }

  groupOf(pool: number): MachineGroup | undefined {
    return this.#groupOfPool.get(pool)
  }

  /** Machines that have not gone, those that could not be had included. */
  get instances(): Iterable<Instance> {
    return this.#byName.values()
  }

  instanceNamed(name: string): Instance | undefined {
    return this.#byName.get(name)
  }

  increaseSize(group: MachineGroup, delta: number): void {
    group.targetSize += delta
    for (let i = 0; i < delta; i++) {
      const instance = this.#add(group, `${group.id}-${group.named++}`)
      this.#boot(instance)
    }
  }

  /** Takes back what was asked for and has not come; false when that would take machines that there are. */
  decreaseTargetSize(group: MachineGroup, delta: number): boolean {
    let there = 0
    for (const { isDeleting } of group.instances) if (!isDeleting) there++
    if (group.targetSize - delta < there) return false
    group.targetSize -= delta
    return true
  }

  /** Deletes machines; the sizes of their groups are less at once. */
  deleteInstances(instances: readonly Instance[]): void {
    const { now } = this.#kernel
    for (const instance of instances) {
      if (instance.isDeleting) continue
      instance.isDeleting = true
      instance.group.targetSize--
      if (instance.error !== undefined) {
        this.#forget(instance)
        continue
      }
      const { shutdownTime } = instance.group
      const after = drawTime(shutdownTime, () => this.#draws.atName(instance.name, Draw.Shutdown))
      this.#kernel.schedule(now + after, this.#remove, instance.id)
    }
  }

  /**
   * A machine has gone that nobody asked to delete: its group, whose size stays, asks for another one.
   * False when it is none of a group.
   */
  lost(name: string): boolean {
    const instance = this.#byName.get(name)
    if (instance === undefined) return false
    const { group, isDeleting } = instance
    this.#forget(instance)
    if (!isDeleting) this.#boot(this.#add(group, `${group.id}-${group.named++}`))
    return true
  }

  #add(group: MachineGroup, name: string): Instance {
    const { now } = this.#kernel
    const id = this.#instances.length
    const instance: Instance = {
      id,
      name,
      group,
      requestedAt: now,
      error: undefined,
      node: undefined,
      isDeleting: false,
    }
    this.#instances.push(instance)
    this.#byName.set(name, instance)
    group.instances.add(instance)
    return instance
  }

  #boot(instance: Instance): void {
    const { now } = this.#kernel
    const { group, name } = instance
    const { quota, stockoutShare, lostShare, refusalDelay } = group.provisioning
    let granted = 0
    for (const { error } of group.instances) if (error === undefined) granted++
    if (granted > quota) instance.error = CreationError.QuotaExceeded
    else if (this.#draws.atName(name, Draw.Stockout) < stockoutShare) instance.error = CreationError.Stockout
    if (instance.error !== undefined) {
      this.#kernel.schedule(now + refusalDelay, this.#refuse)
      return
    }
    this.#observer.machineRequested(name, group.settings.pool, now)
    if (this.#draws.atName(name, Draw.Lost) < lostShare) return
    const after = drawTime(group.bootTime, () => this.#draws.atName(name, Draw.Boot))
    this.#kernel.schedule(now + after, this.#register, instance.id)
  }

  /** Whether a refusal of the machine is known by now. */
  isKnownToFail({ error, requestedAt, group }: Instance): boolean {
    return error !== undefined && requestedAt + group.provisioning.refusalDelay <= this.#kernel.now
  }

  #registerNode(instance: Instance): void {
    if (instance.isDeleting) return
    const { group, name } = instance
    const { pool, settings } = group
    const [zone] = pool.zones
    const created = this.#api.nodes.create({
      ...pool,
      name,
      labels: { ...pool.labels, ...(zone === undefined ? {} : { [ZONE]: zone }), [HOSTNAME]: name },
      images: new Map(Object.entries(pool.images)),
      kubelet: kubeletConfig(pool.annotations ?? {}),
      pool: settings.pool,
      readyDelay: settings.provisioning.readyDelay,
    })
    invariant(!isRefused(created), `node ${name} registers once`)
    instance.node = created
  }

  #removeNode(instance: Instance): void {
    if (this.#byName.get(instance.name) !== instance) return
    const node = this.#api.state.nodes.find(instance.name)
    if (node !== undefined) this.#api.nodes.delete(node)
    this.#forget(instance)
  }

  #forget(instance: Instance): void {
    this.#byName.delete(instance.name)
    instance.group.instances.delete(instance)
    if (instance.error === undefined) this.#observer.machineGone(instance.name, this.#kernel.now)
    this.changed()
  }
}
