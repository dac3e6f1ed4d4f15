/**
 * A node to come, while pods are still added to it: its requirements narrow, and the instance types that can hold all
 * its pods become fewer.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/nodeclaim.go. What needs no reckoning is not
 * reckoned: a pod too large for every type that is left, and another pod of a template that is there already.
 * Simplified: nothing known.
 */
import type { AmountMap } from '../../model/resources.js'
import { toleratesAll } from './daemon-overhead.js'
import type { Candidate } from './existing-nodes.js'
import { havePortConflict, type TakenPort } from './host-ports.js'
import { checkMinValues, compatibleOfferings, type Offering } from './instance-type.js'
import type { PodShape } from './pod-shape.js'
import type { PoolPlan } from './pool-plan.js'
import { Requirement } from './requirement.js'
import type { Requirements } from './requirements.js'
import { isReserved, type Reservations } from './reservations.js'
import { addAmounts, type SchedulingPod } from './scheduling-pod.js'
import type { Topology } from './topology.js'
import type { TypeSet } from './type-set.js'
import { HOSTNAME } from './well-known-labels.js'

/** What all nodes to come have in common. */
export interface ClaimRound {
  readonly topology: Topology
  readonly reservations: Reservations
  readonly insistsOnReservations: boolean
}

/** What the node becomes with one more pod. */
export interface Addition {
  readonly requirements: Requirements
  readonly types: TypeSet
  readonly reserved: readonly Offering[]
}

/** Why not: reserved capacity alone is something to wait for. */
export const Refusal = { Unfit: 'unfit', Reserved: 'reserved' } as const
export type Refusal = (typeof Refusal)[keyof typeof Refusal]

export class OpenClaim {
  readonly plan: PoolPlan
  readonly host: string
  readonly pods: SchedulingPod[] = []
  readonly requests: AmountMap = new Map()
  readonly #round: ClaimRound
  readonly #original: Requirements
  readonly #ports: TakenPort[] = []
  /** Templates of the pods it has. */
  readonly #shapes = new Set<PodShape>()
  /** Templates that it will not take as long as its requirements are what they are. */
  readonly #refused = new Set<PodShape>()
  #requirements: Requirements
  #types: TypeSet
  #amounts: Float64Array
  #largest: Float64Array
  #reserved: readonly Offering[] = []

  constructor(plan: PoolPlan, types: TypeSet, host: string, round: ClaimRound) {
    this.plan = plan
    this.host = host
    this.#round = round
    this.#original = plan.pool.requirements
    this.#requirements = this.#original.copy()
    this.#requirements.add(Requirement.in(HOSTNAME, [host]))
    this.#types = types
    this.#amounts = new Float64Array(plan.width)
    this.#largest = plan.largestOf(types)
  }

  get requirements(): Requirements {
    return this.#requirements
  }

  get types(): TypeSet {
    return this.#types
  }

  get reserved(): readonly Offering[] {
    return this.#reserved
  }

  /** Fewer different values than the pool wants were accepted. */
  get isMinValuesRelaxed(): boolean {
    for (const { key, minValues } of this.#original) {
      const now = this.#requirements.find(key)?.minValues
      if (minValues !== undefined && now !== undefined && now < minValues) return true
    }
    return false
  }

  /** What the node would become with the pod. */
  try(candidate: Candidate, relaxesMinValues: boolean): Addition | Refusal {
    const { shape, volumes, pod } = candidate
    if (this.#refused.has(shape)) return Refusal.Unfit
    const amounts = this.#amountsWith(shape)
    if (amounts === undefined) return Refusal.Unfit
    if (!toleratesAll(shape.spec, this.plan.pool.taints)) return this.#refuse(shape)
    if (havePortConflict(this.#ports, shape.hostPorts, pod.uid)) return Refusal.Unfit
    const isOwnAffair = volumes.alternatives.length === 0 && !this.#round.topology.concerns(shape)
    if (isOwnAffair && this.#shapes.has(shape)) {
      return this.#choose(this.#requirements, candidate, amounts, relaxesMinValues)
    }
    const { wellKnown } = this.plan.catalog
    if (!this.#requirements.isCompatible(shape.requirements, wellKnown)) return this.#refuse(shape)
    const both = this.#requirements.copy()
    both.addAll(shape.requirements)
    if (volumes.alternatives.length === 0) {
      const answer = this.#narrow(both, candidate, amounts, relaxesMinValues)
      return answer === Refusal.Unfit && isOwnAffair && shape.hostPorts.length === 0
        ? this.#refuse(shape)
        : answer
    }
    let refusal: Refusal = Refusal.Unfit
    for (const place of volumes.alternatives) {
      if (!both.isCompatible(place, wellKnown)) {
        refusal = Refusal.Unfit
        continue
      }
      const reached = both.copy()
      reached.addAll(place)
      const answer = this.#narrow(reached, candidate, amounts, relaxesMinValues)
      if (typeof answer !== 'string') return answer
      refusal = answer
    }
    return refusal
  }

  add({ pod, shape }: Candidate, { requirements, types, reserved }: Addition): void {
    const { topology, reservations } = this.#round
    const amounts = this.plan.planned(shape.requests).amounts
    for (let column = 0; column < amounts.length; column++) this.#amounts[column] += amounts[column]
    addAmounts(this.requests, shape.requests)
    this.pods.push(pod)
    this.#shapes.add(shape)
    if (requirements !== this.#requirements) {
      this.#requirements = requirements
      this.#refused.clear()
    }
    if (!types.equals(this.#types)) {
      this.#types = types
      this.#largest = this.plan.largestOf(types)
    }
    topology.registerHost(this.host)
    topology.record(shape, this.plan.pool.taints, requirements)
    for (const port of shape.hostPorts) this.#ports.push({ ...port, by: pod.uid })
    if (this.plan.hasReserved) reservations.hold(this.host, reserved)
    this.#reserved = reserved
  }

  #refuse(shape: PodShape): Refusal {
    this.#refused.add(shape)
    return Refusal.Unfit
  }

  /** What all its pods would ask for; undefined if that is more than any type has. */
  #amountsWith(shape: PodShape): Float64Array | undefined {
    const { amounts, isForeign } = this.plan.planned(shape.requests)
    if (isForeign) return undefined
    const sum = new Float64Array(amounts.length)
    for (let column = 0; column < sum.length; column++) {
      sum[column] = this.#amounts[column] + amounts[column]
      if (sum[column] > this.#largest[column]) return undefined
    }
    return sum
  }

  #narrow(
    requirements: Requirements,
    candidate: Candidate,
    amounts: Float64Array,
    relaxesMinValues: boolean,
  ): Addition | Refusal {
    // Topology comes last: it may settle on one of several domains, and what follows only narrows further.
    const { wellKnown } = this.plan.catalog
    const narrowed = this.#round.topology.narrow(candidate.shape, requirements, wellKnown)
    if (narrowed === undefined) return Refusal.Unfit
    return this.#choose(narrowed, candidate, amounts, relaxesMinValues)
  }

  #choose(
    requirements: Requirements,
    { shape, pod }: Candidate,
    amounts: Float64Array,
    relaxesMinValues: boolean,
  ): Addition | Refusal {
    const { plan } = this
    const match = plan.catalog.match(requirements)
    let allowed = this.#types.intersection(match.types)
    if (shape.hostPorts.length > 0) allowed = plan.withoutPortConflict(allowed, shape.hostPorts, pod.uid)
    const types = plan.fitting(allowed, match.rows, amounts)
    if (types.isEmpty) return Refusal.Unfit
    if (requirements.hasMinValues) {
      const { missing } = checkMinValues(plan.typesOf(types), requirements)
      if (missing.size > 0 && !relaxesMinValues) return Refusal.Unfit
      for (const [key, count] of missing) requirements.replace(requirements.get(key).withMinValues(count))
    }
    const reserved = this.#reservable(types, requirements)
    return reserved === undefined ? Refusal.Reserved : { requirements, types, reserved }
  }

  /** Reserved offerings that the node may hold; undefined if it must wait for one instead of doing without. */
  #reservable(types: TypeSet, requirements: Requirements): readonly Offering[] | undefined {
    const { plan } = this
    if (!plan.hasReserved) return []
    const { reservations, insistsOnReservations } = this.#round
    const available = plan
      .typesOf(types)
      .flatMap(({ offerings }) => offerings.filter(one => one.isAvailable && isReserved(one)))
    const compatible = compatibleOfferings(available, requirements, plan.catalog.wellKnown)
    const free = compatible.filter(offering => reservations.canHold(this.host, offering))
    const misses = free.length === 0 && (compatible.length > 0 || this.#reserved.length > 0)
    return insistsOnReservations && misses ? undefined : free
  }
}
