/**
 * A machine of the cluster as Karpenter tracks it: a node, a NodeClaim, or both. Until the node has registered, its
 * claim speaks for it; until it is initialized, amounts it does not report yet are those of the claim, and taints that
 * will go by themselves do not count.
 * Upstream: Karpenter core 1.15, pkg/controllers/state/statenode.go and pkg/scheduling/taints.go.
 * Simplified: nothing known.
 */
import { invariant } from '../../kernel/invariant.js'
import type { Labels } from '../../model/pod-spec.js'
import type { AmountMap } from '../../model/resources.js'
import { hasTaint, type Taint, TaintEffect } from '../../model/taints.js'
import type { ResourceAmounts } from './instance-type.js'
import { addAmounts, amountsLeft, requestsOf, type SchedulingPod } from './scheduling-pod.js'
import { HOSTNAME, INITIALIZED, REGISTERED } from './well-known-labels.js'

export interface NodeFacts {
  readonly name: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly capacity: ResourceAmounts
  readonly allocatable: ResourceAmounts
}

export interface ClaimFacts extends NodeFacts {
  readonly startupTaints: readonly Taint[]
}

/** What is left out has its usual value: no claim, no pods, no limit on volumes. */
export interface ClusterNodeFacts {
  readonly node?: NodeFacts | undefined
  readonly claim?: ClaimFacts | undefined
  /** Bound to it, in whatever phase; pods that have ended use nothing any more and are left out by the caller. */
  readonly pods?: readonly SchedulingPod[]
  /** It is going: new pods are not placed on it. */
  readonly isMarkedForDeletion?: boolean
  /** By driver, how many volumes can be attached. */
  readonly volumeLimits?: ReadonlyMap<string, number>
  /** Its pods came or went so lately that consolidation must not move others to it. */
  readonly isUnderConsolidateAfter?: boolean
}

/** Of nodes that come up; only of these the value counts not. */
const EPHEMERAL_TAINTS: readonly Taint[] = [
  { key: 'node.kubernetes.io/not-ready', effect: TaintEffect.NoSchedule },
  { key: 'node.kubernetes.io/not-ready', effect: TaintEffect.NoExecute },
  { key: 'node.kubernetes.io/unreachable', effect: TaintEffect.NoSchedule },
  { key: 'node.cloudprovider.kubernetes.io/uninitialized', effect: TaintEffect.NoSchedule },
  { key: 'karpenter.sh/unregistered', effect: TaintEffect.NoExecute },
]
const READINESS_PREFIX = 'readiness.k8s.io/'

/** Immutable; sums over its pods are made when first asked for. */
export class ClusterNode {
  readonly node: NodeFacts | undefined
  readonly claim: ClaimFacts | undefined
  readonly pods: readonly SchedulingPod[]
  readonly isMarkedForDeletion: boolean
  readonly volumeLimits: ReadonlyMap<string, number>
  readonly isUnderConsolidateAfter: boolean
  readonly isRegistered: boolean
  readonly isInitialized: boolean
  readonly name: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
  #available: ResourceAmounts | undefined
  #daemonRequests: ResourceAmounts | undefined

  constructor(facts: ClusterNodeFacts) {
    const { node, claim } = facts
    this.node = node
    this.claim = claim
    this.pods = facts.pods ?? []
    this.isMarkedForDeletion = facts.isMarkedForDeletion ?? false
    this.volumeLimits = facts.volumeLimits ?? new Map()
    this.isUnderConsolidateAfter = facts.isUnderConsolidateAfter ?? false
    this.isRegistered = claim === undefined || node?.labels[REGISTERED] === 'true'
    this.isInitialized = claim === undefined || node?.labels[INITIALIZED] === 'true'
    const speaker = speakerOf(node, claim, this.isRegistered)
    this.name = speaker.name
    this.labels = speaker.labels
    this.taints = this.isInitialized
      ? speaker.taints
      : lastingTaints(speaker.taints, claim?.startupTaints ?? [])
  }

  /** Karpenter made it. */
  get isManaged(): boolean {
    return this.claim !== undefined
  }

  get hostName(): string {
    const label = this.labels[HOSTNAME] ?? ''
    return label === '' ? this.name : label
  }

  get capacity(): ResourceAmounts {
    return this.#reported('capacity')
  }

  get allocatable(): ResourceAmounts {
    return this.#reported('allocatable')
  }

  /** What its pods leave. */
  get available(): ResourceAmounts {
    this.#available ??= amountsLeft(this.allocatable, sumOfRequests(this.pods))
    return this.#available
  }

  /** What pods of DaemonSets that run on it already ask for. */
  get daemonRequests(): ResourceAmounts {
    this.#daemonRequests ??= sumOfRequests(this.pods.filter(({ isOfDaemonSet }) => isOfDaemonSet))
    return this.#daemonRequests
  }

  #reported(field: 'capacity' | 'allocatable'): ResourceAmounts {
    const { node, claim } = this
    if (claim === undefined || (this.isInitialized && node !== undefined)) return node?.[field] ?? new Map()
    const amounts = new Map(node?.[field])
    for (const [name, amount] of claim[field]) {
      if ((amounts.get(name) ?? 0) === 0) amounts.set(name, amount)
    }
    return amounts
  }
}

function speakerOf(
  node: NodeFacts | undefined,
  claim: ClaimFacts | undefined,
  isRegistered: boolean,
): NodeFacts {
  const speaker = claim === undefined || (node !== undefined && isRegistered) ? node : claim
  invariant(speaker !== undefined, 'a machine has a node, a claim or both')
  return speaker
}

function lastingTaints(taints: readonly Taint[], startup: readonly Taint[]): readonly Taint[] {
  return taints.filter(taint => !isEphemeral(taint) && !hasTaint(startup, taint))
}

/** It is there while the node comes up and goes by itself. */
export function isEphemeral(taint: Taint): boolean {
  return hasTaint(EPHEMERAL_TAINTS, taint) || taint.key.startsWith(READINESS_PREFIX)
}

function sumOfRequests(pods: readonly SchedulingPod[]): ResourceAmounts {
  const sum: AmountMap = new Map()
  for (const { spec } of pods) addAmounts(sum, requestsOf(spec))
  return sum
}
