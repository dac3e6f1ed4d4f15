/**
 * One scheduling simulation: pods are placed on nodes that are there, then on nodes to come, then on a new one of the
 * first pool that has a type for them; a pod that fails gives up its preferences, and comes again as it was.
 * Upstream: Solve, trySchedule and add of Karpenter core 1.15, pkg/controllers/provisioning/scheduling/scheduler.go.
 * Between two failures without a success nothing changes, so equal pods fail together.
 * Simplified: it never runs out of time, where upstream stops after a minute.
 */
import { sortLikeGo } from '../../model/go-sort.js'
import { type Candidate, ExistingNodes } from './existing-nodes.js'
import { finishClaim, missingMinValues } from './finished-claim.js'
import type { ResourceAmounts } from './instance-type.js'
import { type Addition, type ClaimRound, OpenClaim, Refusal } from './open-claim.js'
import { PodQueue } from './pod-queue.js'
import type { PodShape } from './pod-shape.js'
import type { PoolPlan } from './pool-plan.js'
import { whyNoPool } from './refusal-message.js'
import { Reservations } from './reservations.js'
import type { SchedulingCluster } from './scheduling-cluster.js'
import type { SchedulingPod } from './scheduling-pod.js'
import type { NewClaim, SchedulingError, SchedulingRequest, SchedulingResult } from './scheduling-result.js'
import { Topology } from './topology.js'

/** Finds places for pods. Nothing of the cluster is changed, so it can be asked again. */
export function simulateScheduling(cluster: SchedulingCluster, request: SchedulingRequest): SchedulingResult {
  if (cluster.catalog.pools.length === 0) {
    const error = { message: 'there is no node pool', isForReservation: false }
    return { claims: [], placements: [], errors: new Map(request.pods.map(pod => [pod, error])) }
  }
  return new SchedulingRound(cluster, request).run()
}

const Outcome = {
  Placed: 'placed',
  Unfit: Refusal.Unfit,
  Reserved: Refusal.Reserved,
  Devices: 'devices',
} as const
type Outcome = (typeof Outcome)[keyof typeof Outcome]

const DEVICES_MESSAGE = 'it claims devices, which no node pool is known to have'
const RESERVATION_MESSAGE = 'reserved capacity fits it, but others hold all of it'

class SchedulingRound {
  readonly #cluster: SchedulingCluster
  readonly #request: SchedulingRequest
  readonly #topology: Topology
  readonly #claimRound: ClaimRound
  readonly #existing: ExistingNodes
  readonly #limitsLeft: Map<string, ResourceAmounts>
  readonly #claims: OpenClaim[] = []
  /** Successes so far: while it stays the same nothing has changed. */
  #successes = 0
  #hosts = 0
  /** By template, after how many successes a pod failed, and how. */
  readonly #failures = new Map<PodShape, { successes: number; outcome: Outcome; isExempt: boolean }>()

  constructor(cluster: SchedulingCluster, request: SchedulingRequest) {
    const { catalog, census, namespaces } = cluster
    const without = request.without ?? new Set()
    this.#cluster = cluster
    this.#request = request
    this.#topology = new Topology({
      census,
      isThere: node => !node.isMarkedForDeletion && !without.has(node),
      moving: new Set(request.pods.map(({ uid }) => uid)),
      domains: catalog.domains,
      namespaces,
      respectsPreferences: catalog.respectsPreferences,
    })
    for (const pod of request.pods) this.#topology.know(catalog.shapes.of(pod))
    const spares = request.sparesChangedNodes ?? false
    this.#existing = new ExistingNodes(cluster.ready, without, spares, this.#topology)
    this.#limitsLeft = cluster.limitsWithout(without)
    this.#claimRound = {
      topology: this.#topology,
      reservations: new Reservations(catalog.reserved),
      insistsOnReservations: request.insistsOnReservations ?? false,
    }
  }

  run(): SchedulingResult {
    const failed = new Map<SchedulingPod, Outcome>()
    const queue = new PodQueue(this.#request.pods)
    for (let pod = queue.take(); pod !== undefined; pod = queue.take()) {
      const outcome = this.#place(pod)
      if (outcome === Outcome.Placed) {
        failed.delete(pod)
      } else {
        failed.set(pod, outcome)
        queue.putBack(pod)
      }
    }
    const errors = new Map([...failed].map(([pod, outcome]) => [pod, this.#errorOf(pod, outcome)]))
    const claims = this.#claims.map(finishClaim)
    return {
      claims: this.#cluster.catalog.relaxesMinValues
        ? claims
        : claims.filter(claim => isLaunchable(claim, errors)),
      placements: this.#existing.placements(),
      errors,
    }
  }

  /** Tries the pod, giving up what can be given up until it fits. */
  #place(pod: SchedulingPod): Outcome {
    const shape = this.#cluster.catalog.shapes.of(pod)
    if (shape.claimsDevices) return Outcome.Devices
    const volumes = this.#cluster.volumesOf(pod)
    const isExempt = pod.isPending || this.#cluster.goingNames.has(pod.nodeName ?? '')
    const hasOwnVolumes = volumes.alternatives.length + volumes.attached.length > 0
    const known = this.#failures.get(shape)
    if (known?.successes === this.#successes && known.isExempt === isExempt && !hasOwnVolumes)
      return known.outcome
    let outcome: Outcome = Outcome.Unfit
    for (let now: PodShape | undefined = shape; now !== undefined; now = now.relaxed) {
      this.#topology.know(now)
      outcome = this.#add({ pod, shape: now, volumes, isExempt })
      if (outcome !== Outcome.Unfit) break
    }
    if (outcome === Outcome.Placed) this.#successes++
    else if (!hasOwnVolumes) this.#failures.set(shape, { successes: this.#successes, outcome, isExempt })
    return outcome
  }

  #add(candidate: Candidate): Outcome {
    if (this.#existing.place(candidate)) return Outcome.Placed
    // Not stable: which of the claims with equally many pods comes first depends on the order before.
    sortLikeGo(this.#claims, (a, b) => a.pods.length < b.pods.length)
    for (const claim of this.#claims) {
      const answer = claim.try(candidate, false)
      if (typeof answer === 'string') continue
      claim.add(candidate, answer)
      return Outcome.Placed
    }
    return this.#addToNew(candidate)
  }

  /** A new node of the first pool that can have one for the pod. */
  #addToNew(candidate: Candidate): Outcome {
    for (const plan of this.#cluster.plans) {
      const types = this.#typesWithin(plan)
      if (types === undefined) continue
      this.#hosts++
      const claim = new OpenClaim(plan, types, `planned node ${this.#hosts}`, this.#claimRound)
      const answer = claim.try(candidate, this.#cluster.catalog.relaxesMinValues)
      // Pools of less weight are no substitute for reserved capacity that will be free again.
      if (answer === Refusal.Reserved) return Outcome.Reserved
      if (answer === Refusal.Unfit) continue
      this.#open(claim, candidate, answer)
      return Outcome.Placed
    }
    return Outcome.Unfit
  }

  #typesWithin(plan: PoolPlan): OpenClaim['types'] | undefined {
    const left = this.#limitsLeft.get(plan.pool.name)
    if (left?.get('nodes') === 0) return undefined
    const types = plan.within(left)
    return types.isEmpty ? undefined : types
  }

  /** The claim takes the most of each resource that any of its types has off the limits. */
  #open(claim: OpenClaim, candidate: Candidate, addition: Addition): void {
    claim.add(candidate, addition)
    this.#claims.push(claim)
    const { plan, types } = claim
    const left = this.#limitsLeft.get(plan.pool.name)
    if (left === undefined) return
    const rest = new Map(left)
    for (const [name, amount] of left) {
      let most = 0
      for (const { capacity } of plan.typesOf(types)) most = Math.max(most, capacity.get(name) ?? 0)
      rest.set(name, amount - most)
    }
    this.#limitsLeft.set(plan.pool.name, rest)
  }

  #errorOf(pod: SchedulingPod, outcome: Outcome): SchedulingError {
    if (outcome === Outcome.Devices) return { message: DEVICES_MESSAGE, isForReservation: false }
    if (outcome === Outcome.Reserved) return { message: RESERVATION_MESSAGE, isForReservation: true }
    let shape = this.#cluster.catalog.shapes.of(pod)
    while (shape.relaxed !== undefined) shape = shape.relaxed
    return { message: whyNoPool(this.#cluster.plans, this.#limitsLeft, shape), isForReservation: false }
  }
}

/** A claim cut to the types a launch can name may have too few different ones left: then its pods have failed. */
function isLaunchable(claim: NewClaim, errors: Map<SchedulingPod, SchedulingError>): boolean {
  const missing = missingMinValues(claim)
  if (missing.length === 0) return true
  const message = `node pool "${claim.pool.name}" cannot meet minValues of ${missing.join(', ')}`
  for (const pod of claim.pods) errors.set(pod, { message, isForReservation: false })
  return false
}
