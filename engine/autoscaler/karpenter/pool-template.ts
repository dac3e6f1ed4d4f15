/**
 * What every node of a node pool has in common, and the instance types it may be.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/nodeclaimtemplate.go and
 * pkg/utils/nodepool/nodepool.go.
 * Simplified: no static pools (`replicas`).
 */
import type { NodePool } from '../../model/karpenter.js'
import type { Labels } from '../../model/pod-spec.js'
import { parseAmounts } from '../../model/resources.js'
import type { Taint } from '../../model/taints.js'
import type { InstanceType, ResourceAmounts } from './instance-type.js'
import { Requirement } from './requirement.js'
import { Requirements } from './requirements.js'
import { INITIALIZED, NODE_POOL, REGISTERED } from './well-known-labels.js'

export class PoolTemplate {
  readonly name: string
  readonly weight: number
  /** Undefined: the pool may grow without end. */
  readonly limits: ResourceAmounts | undefined
  /** Labels of the template with those of the pool itself. */
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly startupTaints: readonly Taint[]
  /** What the user wrote: requirements and labels of the template. */
  readonly written: Requirements
  /** Those and what Karpenter puts on every node. */
  readonly requirements: Requirements
  readonly instanceTypes: readonly InstanceType[]

  constructor({ metadata, spec }: NodePool, instanceTypes: readonly InstanceType[]) {
    const { template } = spec
    const own = template.metadata?.labels ?? {}
    this.name = metadata.name
    this.weight = spec.weight ?? 0
    this.limits = spec.limits === undefined ? undefined : parseAmounts(spec.limits)
    this.taints = template.spec.taints ?? []
    this.startupTaints = template.spec.startupTaints ?? []
    this.labels = { ...own, ...labelsOfPool(metadata.name, template.spec.nodeClassRef) }
    this.written = Requirements.read(template.spec.requirements ?? [])
    this.requirements = this.written.copy()
    this.written.addAll(Requirements.ofLabels(own))
    this.requirements.addAll(Requirements.ofLabels(this.labels))
    // DaemonSets that wait for these labels will run on the node as well, so they count.
    this.requirements.add(Requirement.in(REGISTERED, ['true']))
    this.requirements.add(Requirement.in(INITIALIZED, ['true']))
    this.instanceTypes = instanceTypes
  }
}

/** Labels that are there for reckoning with DaemonSets only: no NodeClaim asks for them. */
export const RECKONING_LABELS: ReadonlySet<string> = new Set([REGISTERED, INITIALIZED])

function labelsOfPool(name: string, nodeClass: NodePool['spec']['template']['spec']['nodeClassRef']): Labels {
  if (nodeClass === undefined) return { [NODE_POOL]: name }
  return { [NODE_POOL]: name, [`${nodeClass.group}/${nodeClass.kind.toLowerCase()}`]: nodeClass.name }
}

/** The order in which pools are tried: by weight, and the last name first among equals. */
export function byWeight(a: PoolTemplate, b: PoolTemplate): number {
  if (a.weight !== b.weight) return b.weight - a.weight
  if (a.name === b.name) return 0
  return a.name > b.name ? -1 : 1
}
