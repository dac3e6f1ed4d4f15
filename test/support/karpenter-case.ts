import {
  type ClaimFacts,
  ClusterNode,
  type NodeFacts,
} from '../../engine/autoscaler/karpenter/cluster-node.js'
import type { InstanceType, Offering } from '../../engine/autoscaler/karpenter/instance-type.js'
import { PoolCatalog } from '../../engine/autoscaler/karpenter/pool-catalog.js'
import { PoolTemplate } from '../../engine/autoscaler/karpenter/pool-template.js'
import { Requirement } from '../../engine/autoscaler/karpenter/requirement.js'
import { Requirements } from '../../engine/autoscaler/karpenter/requirements.js'
import { SchedulingCluster } from '../../engine/autoscaler/karpenter/scheduling-cluster.js'
import type { SchedulingPod } from '../../engine/autoscaler/karpenter/scheduling-pod.js'
import type {
  MinValuesPolicy,
  PreferencePolicy,
} from '../../engine/autoscaler/karpenter/scheduling-result.js'
import {
  ARCHITECTURE,
  CAPACITY_TYPE,
  INSTANCE_TYPE,
  OPERATING_SYSTEM,
  RESERVATION_ID,
  ZONE,
} from '../../engine/autoscaler/karpenter/well-known-labels.js'
import type { NodePool } from '../../engine/model/karpenter.js'
import type { Amounts, Container, Labels, PodSpec } from '../../engine/model/pod-spec.js'
import { parseAmounts } from '../../engine/model/resources.js'
import type { Taint } from '../../engine/model/taints.js'

/** Labels that the cloud of the recorded cases registers for its instance types. */
export const CLOUD_LABELS: readonly string[] = ['example.com/family', 'example.com/generation']

export interface GivenInstanceType {
  readonly name: string
  readonly arch: string
  readonly family: string
  readonly generation: string
  readonly capacity: Amounts
  readonly overhead: Amounts
  /** By capacity type and zone. */
  readonly price: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** `capacity type/zone` each. */
  readonly unavailable?: readonly string[]
}

interface GivenMetadata {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly labels?: Labels
  readonly annotations?: Labels
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly ownerReferences?: readonly { readonly kind: string; readonly controller?: boolean }[]
}

export interface GivenPod {
  readonly metadata: GivenMetadata
  readonly spec: PodSpec
  readonly status?: { readonly phase?: string }
}

export interface GivenNode {
  readonly metadata: GivenMetadata
  readonly spec?: { readonly providerID?: string; readonly taints?: readonly Taint[] }
  readonly status?: { readonly capacity?: Amounts; readonly allocatable?: Amounts }
}

export interface GivenNodeClaim {
  readonly metadata: GivenMetadata
  readonly spec?: { readonly taints?: readonly Taint[]; readonly startupTaints?: readonly Taint[] }
  readonly status?: {
    readonly providerID?: string
    readonly capacity?: Amounts
    readonly allocatable?: Amounts
  }
}

export interface GivenDaemonSet {
  readonly metadata: GivenMetadata
  readonly spec: { readonly template: { readonly metadata?: GivenMetadata; readonly spec: PodSpec } }
}

/** What the recorded cases of Karpenter have in common. */
export interface GivenKarpenter {
  readonly instanceTypes: readonly GivenInstanceType[]
  readonly nodePools: readonly NodePool[]
  readonly nodes?: readonly GivenNode[]
  readonly nodeClaims?: readonly GivenNodeClaim[]
  readonly pods?: readonly GivenPod[]
  readonly daemonSets?: readonly GivenDaemonSet[]
  readonly minValuesPolicy?: MinValuesPolicy
  readonly preferencePolicy?: PreferencePolicy
}

export function karpenterCatalog(given: GivenKarpenter): PoolCatalog {
  const { minValuesPolicy, preferencePolicy } = given
  const types = given.instanceTypes.map(instanceType)
  const pools = given.nodePools.map(pool => new PoolTemplate(withNodeClass(pool), types))
  return new PoolCatalog(pools, {
    cloudLabels: CLOUD_LABELS,
    ...(minValuesPolicy === undefined ? {} : { minValuesPolicy }),
    ...(preferencePolicy === undefined ? {} : { preferencePolicy }),
  })
}

export function karpenterCluster(given: GivenKarpenter, pods: readonly SchedulingPod[]): SchedulingCluster {
  const namespaces = new Map(pods.map(({ namespace }) => [namespace, {}]))
  return new SchedulingCluster(karpenterCatalog(given), {
    nodes: clusterNodes(given, pods),
    daemonPods: (given.daemonSets ?? []).map(daemonPod),
    namespaces,
  })
}

/** The nodes with their claims and the pods bound to them. */
export function clusterNodes(
  { nodes = [], nodeClaims = [] }: GivenKarpenter,
  pods: readonly SchedulingPod[],
): ClusterNode[] {
  const claims = new Map(nodeClaims.map(claim => [claim.status?.providerID ?? '', claim]))
  return nodes.map(node => {
    const claim = claims.get(node.spec?.providerID ?? '')
    const { name } = node.metadata
    return new ClusterNode({
      node: nodeFacts(node),
      claim: claim === undefined ? undefined : claimFacts(claim),
      pods: pods.filter(pod => pod.nodeName === name && !pod.isTerminal),
    })
  })
}

/** In these recordings a pod's uid is its name, and all have been created at the same time. */
export function schedulingPod({ metadata, spec, status }: GivenPod): SchedulingPod {
  const { name, namespace = 'default', labels = {}, deletionTimestamp, ownerReferences = [] } = metadata
  const phase = status?.phase ?? (spec.nodeName === undefined ? 'Pending' : 'Running')
  return {
    namespace,
    name,
    uid: metadata.uid ?? name,
    labels,
    spec,
    createdAtSeconds: 0,
    nodeName: spec.nodeName,
    isPending: phase === 'Pending',
    isTerminal: phase === 'Succeeded' || phase === 'Failed',
    isTerminating: deletionTimestamp !== undefined,
    isOfDaemonSet: ownerReferences.some(({ kind }) => kind === 'DaemonSet'),
  }
}

function instanceType(given: GivenInstanceType): InstanceType {
  const { name, arch, family, generation, price, unavailable = [] } = given
  return cloudType({
    name,
    capacity: given.capacity,
    overhead: given.overhead,
    labels: {
      [ARCHITECTURE]: arch,
      [OPERATING_SYSTEM]: 'linux',
      'example.com/family': family,
      'example.com/generation': generation,
    },
    offerings: Object.entries(price).flatMap(([capacityType, byZone]) =>
      Object.entries(byZone).map(([zone, amount]) => ({
        capacityType,
        zone,
        price: amount,
        isAvailable: !unavailable.includes(`${capacityType}/${zone}`),
      })),
    ),
  })
}

export interface CloudOffering {
  readonly capacityType: string
  readonly zone: string
  readonly price: number
  /** Absent: it is. */
  readonly isAvailable?: boolean
  readonly reservation?: string
  readonly reservationCapacity?: number
}

export interface CloudType {
  readonly name: string
  readonly labels?: Labels
  readonly capacity: Amounts
  readonly overhead?: Amounts
  readonly offerings: readonly CloudOffering[]
}

/** An instance type whose labels allow the zones and capacity types that it is sold with. */
export function cloudType({ name, labels = {}, capacity, overhead, offerings }: CloudType): InstanceType {
  const requirements = Requirements.ofLabels({ ...labels, [INSTANCE_TYPE]: name })
  requirements.add(
    Requirement.in(
      ZONE,
      offerings.map(({ zone }) => zone),
    ),
  )
  requirements.add(
    Requirement.in(
      CAPACITY_TYPE,
      offerings.map(({ capacityType }) => capacityType),
    ),
  )
  return {
    name,
    requirements,
    offerings: offerings.map(cloudOffering),
    capacity: parseAmounts(capacity),
    overhead: parseAmounts(overhead),
  }
}

function cloudOffering(given: CloudOffering): Offering {
  const { capacityType, zone, price, isAvailable = true, reservation, reservationCapacity = 0 } = given
  const reserved = reservation === undefined ? {} : { [RESERVATION_ID]: reservation }
  return {
    requirements: Requirements.ofLabels({ [CAPACITY_TYPE]: capacityType, [ZONE]: zone, ...reserved }),
    price,
    isAvailable,
    reservationCapacity,
  }
}

/** The recordings were made with pools of the test class, which they do not write. */
function withNodeClass({ metadata, spec }: NodePool): NodePool {
  const nodeClassRef = { group: 'karpenter.test.sh', kind: 'TestNodeClass', name: 'default' }
  const template = { ...spec.template, spec: { nodeClassRef, ...spec.template.spec } }
  return { metadata, spec: { ...spec, template } }
}

function nodeFacts({ metadata, spec, status }: GivenNode): NodeFacts {
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    capacity: parseAmounts(status?.capacity),
    allocatable: parseAmounts(status?.allocatable),
  }
}

function claimFacts({ metadata, spec, status }: GivenNodeClaim): ClaimFacts {
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    startupTaints: spec?.startupTaints ?? [],
    capacity: parseAmounts(status?.capacity),
    allocatable: parseAmounts(status?.allocatable),
  }
}

/** A pod as its DaemonSet would make it; what is only limited is asked for as well. */
function daemonPod({ metadata, spec }: GivenDaemonSet): SchedulingPod {
  const { template } = spec
  const containers = template.spec.containers.map(requestingLimits)
  const initContainers = template.spec.initContainers?.map(requestingLimits)
  const podSpec = {
    ...template.spec,
    containers,
    ...(initContainers === undefined ? {} : { initContainers }),
  }
  return schedulingPod({
    metadata: { ...metadata, labels: {}, ownerReferences: [{ kind: 'DaemonSet' }] },
    spec: podSpec,
    status: { phase: 'Pending' },
  })
}

function requestingLimits(container: Container): Container {
  const { resources } = container
  return {
    ...container,
    resources: { ...resources, requests: { ...resources?.limits, ...resources?.requests } },
  }
}
