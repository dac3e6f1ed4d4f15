/**
 * The cloud of a run: launches machines for NodeClaims, boots them until their nodes register, takes off startup taints
 * and terminates machines. A launch takes the cheapest offering that the claim allows and that is in stock.
 * Upstream: kwok/cloudprovider/cloudprovider.go of Karpenter core 1.15 (the choice of the offering); delays, refusals
 * and machines that never register are the scenario's.
 * Simplified: what startup taints wait for is done a fixed time after the node is ready.
 */
import type { ApiServer } from '../../../apiserver/api-server.js'
import { isRefused } from '../../../apiserver/result.js'
import { createDistribution, type DistributionSpec, drawTime } from '../../../kernel/distributions.js'
import { invariant } from '../../../kernel/invariant.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import { type KeyedDraws, Streams } from '../../../kernel/rng.js'
import type { SimTime } from '../../../kernel/time.js'
import type { KarpenterModel } from '../../../model/karpenter-run.js'
import type { Labels } from '../../../model/pod-spec.js'
import { withoutTaint } from '../../../model/taints.js'
import type { MachinePrice } from '../../../record/cost-record.js'
import type { TaintSetId } from '../../../state/ids.js'
import {
  allocatableOfferings,
  compatibleOfferings,
  type InstanceType,
  type Offering,
} from '../instance-type.js'
import { UNREGISTERED_TAINT } from '../karpenter-taints.js'
import { RECKONING_LABELS } from '../pool-template.js'
import { CapacityType, HOSTNAME } from '../well-known-labels.js'
import { CloudOffers, type Offer } from './cloud-offers.js'
import type { NodeClaim } from './node-claim.js'

/** Told of machines that are granted, from the request to the end: they cost money whether they register or not. */
export interface MachineObserver {
  machineRequested(name: string, pool: number, at: SimTime, price: MachinePrice): void
  machineGone(name: string, at: SimTime): void
}

/** What the cloud tells Karpenter. */
export interface MachineListener {
  launched(claim: NodeClaim): void
  /** There was no capacity for it. */
  refused(claim: NodeClaim, message: string): void
  /** Its machine is no more. */
  gone(claim: NodeClaim): void
  /** Offerings that were refused may be had again. */
  offersChanged(): void
}

/** Draws about one machine that must not be the same number; those about stock count up from the last. */
const Draw = { Lost: 0, Boot: 1, Shutdown: 2, Stock: 3 } as const

export class Machines {
  readonly offers: CloudOffers
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #model: KarpenterModel
  readonly #observer: MachineObserver
  readonly #listener: MachineListener
  readonly #draws: KeyedDraws
  readonly #claims: NodeClaim[] = []
  readonly #answer: EventKind
  readonly #register: EventKind
  readonly #started: EventKind
  readonly #remove: EventKind
  readonly #restock: EventKind

  constructor(
    kernel: Kernel,
    api: ApiServer,
    model: KarpenterModel,
    observer: MachineObserver,
    listener: MachineListener,
  ) {
    this.#kernel = kernel
    this.#api = api
    this.#model = model
    this.#observer = observer
    this.#listener = listener
    this.offers = new CloudOffers(model.instanceTypes, model.wellKnownLabels)
    this.#draws = new Streams(kernel.seed).keyed('karpenter/machines')
    const on = (name: string, handler: (claim: NodeClaim) => void): EventKind =>
      kernel.on(`karpenter-cloud/${name}`, Rank.Kubelet, id => handler(this.#claims[id]))
    this.#answer = on('Answer', claim => this.#launch(claim))
    this.#register = on('Register', claim => this.#registerNode(claim))
    this.#started = on('Started', claim => this.#removeStartupTaints(claim))
    this.#remove = on('Remove', claim => this.#removeMachine(claim))
    this.#restock = kernel.on('karpenter-cloud/Restock', Rank.Kubelet, () => {
      if (this.offers.forgetRefusals(kernel.now)) listener.offersChanged()
    })
  }

  /** Asks for a machine; the listener hears of the answer. */
  request(claim: NodeClaim): void {
    this.#claims[claim.id] = claim
    this.#kernel.schedule(this.#kernel.now + this.#model.settings.launchTime, this.#answer, claim.id)
  }

  /** The claim's node has become ready. */
  nodeReady(claim: NodeClaim): void {
    if (claim.startupTaints.length === 0 || claim.launch === undefined) return
    const { startupTime } = this.#offerOf(claim).type.machines
    this.#kernel.schedule(this.#kernel.now + startupTime, this.#started, claim.id)
  }

  terminate(claim: NodeClaim): void {
    if (claim.isTerminating) return
    claim.isTerminating = true
    claim.terminatingSince = this.#kernel.now
    const { shutdownTime } = this.#offerOf(claim).type.machines
    const after = this.#drawn(shutdownTime, claim, Draw.Shutdown)
    this.#kernel.schedule(this.#kernel.now + after, this.#remove, claim.id)
  }

  #offerOf({ launch }: NodeClaim): Offer {
    invariant(launch !== undefined, 'a claim without a machine has none to speak of')
    return this.offers.offerOf(launch.type, launch.offering)
  }

  #launch(claim: NodeClaim): void {
    if (claim.isDeleted) {
      this.#listener.gone(claim)
      return
    }
    const choices = this.#choices(claim)
    for (const [i, { type, offering }] of choices.entries()) {
      const offer = this.offers.offerOf(type, offering)
      if (this.offers.isRefused(offer)) continue
      if (this.#hasStock(offer, claim, i)) {
        this.#grant(claim, type, offering, offer)
        return
      }
      const until = this.#kernel.now + this.#model.settings.unavailableFor
      this.offers.refuse(offer, until)
      this.#kernel.schedule(until, this.#restock)
    }
    const tried =
      choices.length === 0 ? 'no offering is available' : 'all requested offerings are out of stock'
    this.#listener.refused(claim, `insufficient capacity, ${tried}`)
  }

  /** What the claim allows, the cheapest first. */
  #choices({ wanted }: NodeClaim): { readonly type: InstanceType; readonly offering: Offering }[] {
    const { wellKnown } = this.offers
    const choices = wanted.instanceTypes.flatMap(type => {
      const available = type.offerings.filter(({ isAvailable }) => isAvailable)
      const allowed = compatibleOfferings(available, wanted.requirements, wellKnown)
      return allowed.map(offering => ({ type, offering }))
    })
    return choices.sort((a, b) => a.offering.price - b.offering.price)
  }

  #hasStock({ offering, machines }: Offer, { name }: NodeClaim, attempt: number): boolean {
    if (machines >= offering.quota) return false
    return this.#draws.atName(name, Draw.Stock + attempt) >= offering.stockoutShare
  }

  #grant(claim: NodeClaim, type: InstanceType, offering: Offering, offer: Offer): void {
    const { now } = this.#kernel
    const { price: pricePerHour, capacityType } = offer.offering
    const { bootTime, lostShare } = offer.type.machines
    offer.machines++
    claim.launch = { type, offering }
    claim.capacity = type.capacity
    claim.allocatable = allocatableOfferings(type)[0].allocatable
    claim.labels = { ...machineLabels(claim), ...claim.labels }
    const spot = capacityType === CapacityType.Spot
    const pool = this.#model.pools[claim.pool.name]
    this.#observer.machineRequested(claim.name, pool, now, { pricePerHour, spot, machineType: type.name })
    this.#listener.launched(claim)
    if (this.#draws.atName(claim.name, Draw.Lost) < lostShare) return
    this.#kernel.schedule(now + this.#drawn(bootTime, claim, Draw.Boot), this.#register, claim.id)
  }

  #registerNode(claim: NodeClaim): void {
    if (claim.isTerminating) return
    const { type } = this.#offerOf(claim)
    const created = this.#api.nodes.create({
      name: claim.name,
      labels: machineLabels(claim),
      taints: [UNREGISTERED_TAINT],
      unschedulable: false,
      capacity: Object.fromEntries(claim.capacity),
      allocatable: Object.fromEntries(claim.allocatable),
      images: new Map(),
      pool: this.#model.pools[claim.pool.name],
      readyDelay: type.machines.readyDelay,
    })
    invariant(!isRefused(created), `node ${claim.name} registers once`)
    claim.node = created
  }

  #removeStartupTaints({ node, startupTaints }: NodeClaim): void {
    if (node === undefined) return
    const { nodes, taintSets } = this.#api.state
    const taints = taintSets.get(nodes.taints[node] as TaintSetId)
    this.#api.nodes.patchTaints(node, startupTaints.reduce(withoutTaint, taints))
  }

  #removeMachine(claim: NodeClaim): void {
    this.#offerOf(claim).machines--
    claim.machineGoneAt = this.#kernel.now
    this.#listener.gone(claim)
  }

  /** The cloud has taken the machine back, or its power is gone for good. */
  lose(claim: NodeClaim): void {
    const { now } = this.#kernel
    claim.isTerminating = true
    claim.terminatingSince = now
    claim.machineGoneAt = now
    this.#offerOf(claim).machines--
  }

  /** Nobody asks about the machine any more; it was paid for until it was gone. */
  settle({ name, machineGoneAt }: NodeClaim): void {
    this.#observer.machineGone(name, machineGoneAt)
  }

  #drawn(spec: DistributionSpec, { name }: NodeClaim, draw: number): SimTime {
    return drawTime(createDistribution(spec), () => this.#draws.atName(name, draw))
  }
}

/** What the cloud knows of the machine: labels of its type and offering with one value each. */
function machineLabels({ name, launch, wanted }: NodeClaim): Labels {
  const labels: Record<string, string> = {}
  const { type, offering } = launch ?? {}
  for (const requirements of [wanted.requirements, type?.requirements ?? [], offering?.requirements ?? []]) {
    for (const { key, onlyValue } of requirements) {
      if (onlyValue !== undefined && !RECKONING_LABELS.has(key)) labels[key] = onlyValue
    }
  }
  return { ...labels, [HOSTNAME]: name }
}
