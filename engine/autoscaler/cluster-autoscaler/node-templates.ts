/**
 * What the next node of each group would be: the group's shape, and the pods that DaemonSets would put on it.
 *
 * Upstream: simulator/node_info_utils.go and utils/daemonset/daemonset.go of cluster-autoscaler 1.36.1.
 * Simplified: always the group's own template; upstream prefers a copy of a node that is there. Static pods that new
 * nodes bring along are not known before.
 */
import { type Labels, selectorOfLabels } from '../../model/labels.js'
import { cachedNodeSelector } from '../../model/node-selector-cache.js'
import { defaultPod } from '../../model/pod-defaults.js'
import type { PodSpec } from '../../model/pod-spec.js'
import { findUntoleratedTaint, keepsAway, type Taint } from '../../model/taints.js'
import type { PodTemplateSpec } from '../../model/workloads.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { HypotheticalPod } from '../simulated-cluster.js'
import type { MachineGroup } from './cloud-provider.js'
import type { NodeTemplate } from './estimator.js'

const ZONE = 'topology.kubernetes.io/zone'
const HOSTNAME = 'kubernetes.io/hostname'

export class NodeTemplates {
  readonly #state: ClusterState
  readonly #byGroup = new Map<MachineGroup, NodeTemplate>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  of(group: MachineGroup): NodeTemplate {
    let template = this.#byGroup.get(group)
    if (template === undefined) {
      template = this.#make(group)
      this.#byGroup.set(group, template)
    }
    return template
  }

  /** DaemonSets have come, gone or changed. */
  forget(): void {
    this.#byGroup.clear()
  }

  #make({ id, pool }: MachineGroup): NodeTemplate {
    const name = `template-node-for-${id}`
    const [zone] = pool.zones
    const labels = { ...pool.labels, ...(zone === undefined ? {} : { [ZONE]: zone }), [HOSTNAME]: name }
    return {
      node: {
        name,
        labels,
        taints: this.#state.taintsId(pool.taints),
        unschedulable: pool.unschedulable,
        capacity: pool.capacity,
        allocatable: pool.allocatable,
        images: new Map(Object.entries(pool.images)),
      },
      pods: this.#daemonPods(name, labels, pool.taints),
    }
  }

  #daemonPods(nodeName: string, labels: Labels, taints: readonly Taint[]): HypotheticalPod[] {
    const state = this.#state
    const { objects } = state
    const pods: HypotheticalPod[] = []
    for (const id of objects.ofKind('DaemonSet')) {
      const { meta, spec } = objects.get<{ readonly template: PodTemplateSpec }>(id)
      const { spec: podSpec, metadata } = spec.template
      if (!runsOn(podSpec, nodeName, labels, taints)) continue
      const podLabels = metadata?.labels ?? {}
      pods.push({
        namespace: state.namespaceId(meta.namespace),
        name: `${meta.name}-pod`,
        template: state.templateId({
          spec: defaultPod(podSpec, podLabels),
          annotations: metadata?.annotations ?? {},
        }),
        labels: state.labelsId(podLabels),
        priority: podSpec.priority ?? 0,
      })
    }
    return pods
  }
}

/** By name, selector, affinity and taints, as the DaemonSet controller decides it. */
function runsOn(spec: PodSpec, nodeName: string, labels: Labels, taints: readonly Taint[]): boolean {
  if (spec.nodeName !== undefined && spec.nodeName !== '' && spec.nodeName !== nodeName) return false
  if (spec.nodeSelector !== undefined && !selectorOfLabels(spec.nodeSelector).matches(labels)) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required !== undefined && !cachedNodeSelector(required).matches(labels, nodeName)) return false
  return findUntoleratedTaint(taints, spec.tolerations ?? [], keepsAway) === undefined
}
