/**
 * What DaemonSet pods have beside their template: tolerations of the taints that must not drive daemons
 * away, and a node affinity that names the one node the scheduler may choose.
 *
 * Upstream: pkg/controller/daemon/util/daemonset_util.go (1.36).
 * Simplified: the deprecated template generation is left out; the revision hash says the same.
 */
import type { Affinity, PodSpec } from '../../model/pod-spec.js'
import { TaintEffect, type Toleration } from '../../model/taints.js'
import type { PodTemplateSpec } from '../../model/workloads.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { TemplateId } from '../../state/ids.js'
import { CONTROLLER_REVISION_HASH } from '../controller-revisions.js'

const NAME_FIELD = 'metadata.name'

const AUTOMATIC: readonly Toleration[] = [
  borne('not-ready', TaintEffect.NoExecute),
  borne('unreachable', TaintEffect.NoExecute),
  borne('disk-pressure', TaintEffect.NoSchedule),
  borne('memory-pressure', TaintEffect.NoSchedule),
  borne('pid-pressure', TaintEffect.NoSchedule),
  borne('unschedulable', TaintEffect.NoSchedule),
]
const ON_HOST_NETWORK = borne('network-unavailable', TaintEffect.NoSchedule)

function borne(taint: string, effect: TaintEffect): Toleration {
  return { key: `node.kubernetes.io/${taint}`, operator: 'Exists', effect }
}

/** The tolerations of a DaemonSet's pods: those of the template, and the automatic ones. */
export function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): readonly Toleration[] {
  const automatic = hostNetwork === true ? [...AUTOMATIC, ON_HOST_NETWORK] : AUTOMATIC
  let all = [...tolerations]
  for (const toleration of automatic) {
    const isThere = all.some(own => isAlike(own, toleration))
    all = isThere ? all.map(own => (isAlike(own, toleration) ? toleration : own)) : [...all, toleration]
  }
  return all
}

/** Alike in what they tolerate; for how long does not count. */
function isAlike(a: Toleration, b: Toleration): boolean {
  return (
    (a.key ?? '') === (b.key ?? '') &&
    (a.effect ?? '') === (b.effect ?? '') &&
    (a.operator ?? '') === (b.operator ?? '') &&
    (a.value ?? '') === (b.value ?? '')
  )
}

/** The template with the automatic tolerations and the hash of its revision. */
export function daemonTemplate({ metadata, spec }: PodTemplateSpec, hash: string): PodTemplateSpec {
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, [CONTROLLER_REVISION_HASH]: hash } },
    spec: { ...spec, tolerations: daemonTolerations(spec) },
  }
}

/** The template for one node. Required terms of its own have been judged already and are replaced. */
export function pinnedTemplate(template: PodTemplateSpec, nodeName: string): PodTemplateSpec {
  const { affinity } = template.spec
  const matchFields = [{ key: NAME_FIELD, operator: 'In', values: [nodeName] }]
  const pinned: Affinity = {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  }
  return { metadata: template.metadata, spec: { ...template.spec, affinity: pinned } }
}

/** The node that pods of a template are pinned to, looked for once a template. */
export class PinnedNodes {
  readonly #templates: ClusterState['templates']
  readonly #known = new Map<TemplateId, string | undefined>()

  constructor({ templates }: ClusterState) {
    this.#templates = templates
  }

  of(template: TemplateId): string | undefined {
    if (this.#known.has(template)) return this.#known.get(template)
    const node = pinnedNode(this.#templates.get(template).spec)
    this.#known.set(template, node)
    return node
  }
}

/** The node a pod of this spec is pinned to; undefined when it names none. */
export function pinnedNode({ affinity }: PodSpec): string | undefined {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  for (const { matchFields } of required?.nodeSelectorTerms ?? []) {
    for (const { key, operator, values } of matchFields ?? []) {
      if (key === NAME_FIELD && operator === 'In' && values?.length === 1) return values[0]
    }
  }
  return undefined
}
