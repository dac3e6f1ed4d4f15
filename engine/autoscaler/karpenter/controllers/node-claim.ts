/**
 * NodeClaims: nodes that Karpenter has asked for, from the decision to launch them to the end of their machines.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/nodeclaim.go and nodeclaim_status.go.
 * Simplified: no objects of the API but records of Karpenter's own, so nobody else can delete one; the number in a
 * name counts up, where upstream's is random.
 */
import { NEVER, type SimTime } from '../../../kernel/time.js'
import type { Labels } from '../../../model/pod-spec.js'
import type { Taint } from '../../../model/taints.js'
import type { NodeId, PodId } from '../../../state/ids.js'
import { launchLabels } from '../finished-claim.js'
import type { InstanceType, Offering, ResourceAmounts } from '../instance-type.js'
import type { NewClaim } from '../scheduling-result.js'
import type { KnownPool } from './node-pools.js'

/** What the cloud gave for a claim. */
export interface Launch {
  readonly type: InstanceType
  readonly offering: Offering
}

export class NodeClaim {
  readonly id: number
  /** Of the claim and of its node. */
  readonly name: string
  readonly uid: number
  readonly pool: KnownPool
  readonly wanted: NewClaim
  readonly createdAt: SimTime
  /** Hash of the pool's template that it was made from. */
  readonly templateHash: string
  readonly expireAfter: number | undefined
  readonly terminationGracePeriod: number | undefined
  /** Those of the pool's template; the cloud adds those of the machine. */
  labels: Labels
  readonly taints: readonly Taint[]
  readonly startupTaints: readonly Taint[]
  launch: Launch | undefined
  capacity: ResourceAmounts = new Map()
  allocatable: ResourceAmounts = new Map()
  /** Its node, as long as it is there. */
  node: NodeId | undefined
  registeredAt: SimTime = NEVER
  initializedAt: SimTime = NEVER
  lastPodEvent: SimTime | undefined
  driftedAt: SimTime | undefined
  /** A command is about to delete it. */
  isMarked = false
  deletedAt: SimTime = NEVER
  /** Why it is deleted, in the words of the record. */
  deletionReason = ''
  /** It is deleted for one of the reasons that budgets are for. */
  isDisrupted = false
  /** Its machine has been told to go. */
  isTerminating = false
  terminatingSince: SimTime = NEVER
  machineGoneAt: SimTime = NEVER
  /** Pods that had to leave its node. */
  movedPods = 0
  isGone = false
  /** Pods that are expected on it: as long as one of them waits, and until a time at least. */
  nominatedUntil: SimTime = 0
  nominatedPods: readonly PodId[] = []

  constructor(
    id: number,
    uid: number,
    pool: KnownPool,
    wanted: NewClaim,
    wellKnown: ReadonlySet<string>,
    at: SimTime,
  ) {
    const { template } = pool.spec
    const { disruption } = pool
    this.id = id
    this.uid = uid
    this.name = `${pool.name}-${pool.named++}`
    this.pool = pool
    this.wanted = wanted
    this.createdAt = at
    this.templateHash = pool.templateHash
    this.expireAfter = disruption.expireAfter
    this.terminationGracePeriod = disruption.terminationGracePeriod
    this.labels = launchLabels(wanted, wellKnown)
    this.taints = template.spec.taints ?? []
    this.startupTaints = template.spec.startupTaints ?? []
  }

  get isRegistered(): boolean {
    return this.registeredAt !== NEVER
  }

  get isInitialized(): boolean {
    return this.initializedAt !== NEVER
  }

  get isDeleted(): boolean {
    return this.deletedAt !== NEVER
  }

  /** It is going, or about to. */
  get isGoing(): boolean {
    return this.isMarked || this.isDeleted
  }

  /** When a drain stops to respect anything; NEVER: it always does. */
  get terminationTime(): SimTime {
    if (!this.isDeleted || this.terminationGracePeriod === undefined) return NEVER
    return this.deletedAt + this.terminationGracePeriod
  }
}
