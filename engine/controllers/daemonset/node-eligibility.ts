/**
 * Whether a node should have a pod of a DaemonSet: by name, node selector, node affinity and taints. What
 * is free on the node does not matter: a pod that does not fit waits.
 *
 * Upstream: NodeShouldRunDaemonPod of pkg/controller/daemon/daemon_controller.go (1.36).
 * Simplified: nothing known.
 */
import { type CompiledSelector, selectorOfLabels } from '../../model/labels.js'
import type { CompiledNodeSelector } from '../../model/node-affinity.js'
import { cachedNodeSelector } from '../../model/node-selector-cache.js'
import {
  findUntoleratedTaint,
  keepsAway,
  type Taint,
  TaintEffect,
  type Toleration,
} from '../../model/taints.js'
import type { PodTemplateSpec } from '../../model/workloads.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, NodeId, TaintSetId } from '../../state/ids.js'
import { daemonTolerations } from './daemon-template.js'

export const Eligibility = {
  /** No pod may be there. */
  None: 0,
  /** A pod that is there stays, a new one does not come: the taint was set later. */
  Stay: 1,
  /** There should be a pod. */
  Run: 2,
} as const
export type Eligibility = (typeof Eligibility)[keyof typeof Eligibility]

/** What of a template decides. */
interface Demands {
  readonly nodeName: string | undefined
  readonly selector: CompiledSelector | undefined
  readonly affinity: CompiledNodeSelector | undefined
  readonly tolerations: readonly Toleration[]
}

const demandsOf = new WeakMap<PodTemplateSpec, Demands>()

export function eligibility(state: ClusterState, node: NodeId, template: PodTemplateSpec): Eligibility {
  const { nodeName, selector, affinity, tolerations } = readDemands(template)
  const { nodes, labelSets, taintSets } = state
  const name = nodes.name[node] as string
  if (nodeName !== undefined && nodeName !== name) return Eligibility.None
  const labels = labelSets.get(nodes.labels[node] as LabelSetId)
  if (selector !== undefined && !selector.matches(labels)) return Eligibility.None
  if (affinity !== undefined && !affinity.matches(labels, name)) return Eligibility.None
  const taints = taintSets.get(nodes.taints[node] as TaintSetId)
  if (findUntoleratedTaint(taints, tolerations, keepsAway) === undefined) return Eligibility.Run
  const drivingOut = findUntoleratedTaint(taints, tolerations, drivesOut)
  return drivingOut === undefined ? Eligibility.Stay : Eligibility.None
}

function drivesOut({ effect }: Taint): boolean {
  return effect === TaintEffect.NoExecute
}

function readDemands(template: PodTemplateSpec): Demands {
  let demands = demandsOf.get(template)
  if (demands === undefined) {
    const { nodeName, nodeSelector, affinity } = template.spec
    const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    const isSelecting = nodeSelector !== undefined && Object.keys(nodeSelector).length > 0
    demands = {
      nodeName: nodeName === '' ? undefined : nodeName,
      selector: isSelecting ? selectorOfLabels(nodeSelector) : undefined,
      affinity: required === undefined ? undefined : cachedNodeSelector(required),
      tolerations: daemonTolerations(template.spec),
    }
    demandsOf.set(template, demands)
  }
  return demands
}
