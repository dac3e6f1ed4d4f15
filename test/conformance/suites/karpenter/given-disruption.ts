import { ClusterNode } from '../../../../engine/autoscaler/karpenter/cluster-node.js'
import type { DisruptedPod } from '../../../../engine/autoscaler/karpenter/disrupted-pod.js'
import type { StateClaim, StateNode } from '../../../../engine/autoscaler/karpenter/disruption-candidate.js'
import { EvictionLimits } from '../../../../engine/autoscaler/karpenter/eviction-limits.js'
import {
  type PoolDisruption,
  microsecondsOf as spanOf,
} from '../../../../engine/autoscaler/karpenter/pool-disruption.js'
import { NODE_POOL } from '../../../../engine/autoscaler/karpenter/well-known-labels.js'
import type { SimTime } from '../../../../engine/kernel/time.js'
import type {
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '../../../../engine/model/pod-disruption-budget.js'
import { byCodeUnits } from '../../../../engine/model/resource-list.js'
import { microsecondsOf } from '../../../support/autoscaler-rig.js'
import {
  clusterNodes,
  type GivenKarpenter,
  type GivenNode,
  type GivenNodeClaim,
  type GivenPod,
  schedulingPod,
} from '../../../support/karpenter-case.js'

type GivenCondition = readonly [type: string, status: string, since: string]

interface JudgedNode extends GivenNode {
  readonly status: GivenNode['status'] & {
    readonly conditions: readonly { readonly type: string; readonly status: string }[]
  }
}

interface JudgedClaim extends GivenNodeClaim {
  readonly spec?: GivenNodeClaim['spec'] & {
    readonly expireAfter?: string
    readonly terminationGracePeriod?: string
  }
  readonly status: GivenNodeClaim['status'] & {
    readonly conditions: readonly GivenCondition[]
    readonly lastPodEventTime?: string
  }
}

export interface GivenDisruption extends GivenKarpenter {
  readonly now: string
  readonly nodes: readonly JudgedNode[]
  readonly nodeClaims: readonly JudgedClaim[]
  readonly podDisruptionBudgets?: readonly {
    readonly metadata: { readonly namespace?: string; readonly name: string }
    readonly spec: PodDisruptionBudgetSpec
    readonly status: PodDisruptionBudgetStatus
  }[]
  readonly markedForDeletion?: readonly string[]
  readonly spotToSpotConsolidation?: boolean
}

export function limitsOf({ podDisruptionBudgets = [] }: GivenDisruption, now: SimTime): EvictionLimits {
  const budgets = podDisruptionBudgets.map(({ metadata, spec, status }) => {
    return { namespace: metadata.namespace ?? 'default', name: metadata.name, spec, status }
  })
  return new EvictionLimits(budgets, now)
}

export function podsOf({ pods = [] }: GivenDisruption): DisruptedPod[] {
  return pods.map(disruptedPod).sort((a, b) => byCodeUnits(a.name, b.name))
}

/** The nodes with everything that speaks for and against disrupting them. */
export function stateNodes(
  given: GivenDisruption,
  pods: readonly DisruptedPod[],
  pools: ReadonlyMap<string, PoolDisruption>,
  now: SimTime,
): StateNode[] {
  return clusterNodes(given, pods).map((known, i) => {
    const { metadata, spec, status } = given.nodes[i]
    const { labels = {}, annotations = {} } = metadata
    const claim = given.nodeClaims.find(one => one.status.providerID === spec?.providerID)
    const settledAt = claim === undefined ? undefined : settledTime(claim, pools.get(labels[NODE_POOL]))
    const cluster = new ClusterNode({
      node: known.node,
      claim: known.claim,
      pods: known.pods,
      isMarkedForDeletion: given.markedForDeletion?.includes(known.name) ?? false,
      isUnderConsolidateAfter: settledAt !== undefined && now < settledAt,
    })
    return {
      cluster,
      annotations,
      pods: pods.filter(({ nodeName }) => nodeName === metadata.name),
      claim: claim === undefined ? undefined : stateClaim(claim),
      isReady: status.conditions.some(condition => condition.type === 'Ready' && condition.status === 'True'),
      isNominated: false,
    }
  })
}

function settledTime({ status }: JudgedClaim, pool: PoolDisruption | undefined): SimTime | undefined {
  const { conditions, lastPodEventTime } = status
  const initialized = conditions.find(([type]) => type === 'Initialized')
  if (initialized === undefined || pool === undefined) return undefined
  const lastPodEvent = lastPodEventTime === undefined ? undefined : microsecondsOf(lastPodEventTime)
  return pool.settledAt(microsecondsOf(initialized[2]), lastPodEvent)
}

function stateClaim({ metadata, spec = {}, status }: JudgedClaim): StateClaim {
  return {
    createdAt: microsecondsOf(metadata.creationTimestamp ?? ''),
    expireAfter: spanOf(spec.expireAfter),
    terminationGracePeriod: spanOf(spec.terminationGracePeriod),
    isConsolidatable: status.conditions.some(
      ([type, value]) => type === 'Consolidatable' && value === 'True',
    ),
    isTerminating: false,
    driftedAt: undefined,
  }
}

function disruptedPod(given: GivenPod): DisruptedPod {
  const { annotations = {}, ownerReferences = [] } = given.metadata
  const kinds = ownerReferences.map(({ kind }) => kind)
  return {
    ...schedulingPod(given),
    annotations,
    priority: given.spec.priority ?? 0,
    isOfStatefulSet: kinds.includes('StatefulSet'),
    isStatic: kinds.includes('Node'),
    isUnready: false,
  }
}
