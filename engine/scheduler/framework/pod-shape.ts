import type { Labels } from '../../model/pod-spec.js'
import type { PodTemplate } from '../../model/pod-template.js'
import {
  DEFAULT_MEMORY_REQUEST_BYTES,
  DEFAULT_MILLI_CPU_REQUEST,
  effectiveRequests,
  podRequests,
} from '../../model/resources.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, NamespaceId, PodId, TemplateId } from '../../state/ids.js'

export type PodShapeId = number & { readonly brand: 'PodShapeId' }

/**
 * Everything the scheduler asks of a pod that pods of one template, namespace and set of labels have in common. What
 * a plugin derives from it is cached under `id`: hundreds of answers instead of hundreds of millions.
 */
export interface PodShape {
  readonly id: PodShapeId
  readonly templateId: TemplateId
  readonly labelsId: LabelSetId
  readonly namespaceId: NamespaceId
  readonly template: PodTemplate
  readonly labels: Labels
  readonly namespace: string
  /** Requests by resource column: the columns and the amounts, zeros left out. */
  readonly resources: readonly number[]
  readonly amounts: readonly number[]
  readonly milliCPU: number
  readonly memoryBytes: number
  /**
   * What the resource scores count: cpu and memory that a container does not name are taken as 100m and 200Mi. The
   * first pair is for this pod as the incoming one, the second for it as one that runs already.
   */
  readonly scoredMilliCPU: number
  readonly scoredMemoryBytes: number
  readonly runningMilliCPU: number
  readonly runningMemoryBytes: number
}

export const SCORING_DEFAULTS = { cpu: DEFAULT_MILLI_CPU_REQUEST, memory: DEFAULT_MEMORY_REQUEST_BYTES }

/**
 * Upstream: calculateResource of pkg/scheduler/framework/types.go and resource_allocation.go of
 * pkg/scheduler/framework/plugins/noderesources (1.36): a running pod's pod-level requests replace its containers'
 * defaults, an incoming pod's are overlooked by the score.
 * Simplified: nothing known.
 */
export class PodShapes {
  #state: ClusterState
  #byKey = new Map<number, Map<number, PodShape>>()
  #list: PodShape[] = []

  constructor(state: ClusterState) {
    this.#state = state
  }

  get(id: PodShapeId): PodShape {
    return this.#list[id]
  }

  of(pod: PodId): PodShape {
    const { pods } = this.#state
    return this.find(pods.templateOf(pod), pods.labelsOf(pod), pods.namespace[pod] as NamespaceId)
  }

  find(templateId: TemplateId, labelsId: LabelSetId, namespaceId: NamespaceId): PodShape {
    // Templates and label sets of a run are far fewer than 2^26 each.
    const outer = templateId * 2 ** 26 + labelsId
    let byNamespace = this.#byKey.get(outer)
    if (byNamespace === undefined) {
      byNamespace = new Map()
      this.#byKey.set(outer, byNamespace)
    }
    let shape = byNamespace.get(namespaceId)
    if (shape === undefined) {
      shape = this.#make(templateId, labelsId, namespaceId)
      this.#list.push(shape)
      byNamespace.set(namespaceId, shape)
    }
    return shape
  }

  #make(templateId: TemplateId, labelsId: LabelSetId, namespaceId: NamespaceId): PodShape {
    const state = this.#state
    const template = state.templates.get(templateId)
    const { spec } = template
    const { resources, amounts } = state.requests.of(templateId)
    const scored = podRequests(spec, SCORING_DEFAULTS, false)
    const running = podRequests(spec, SCORING_DEFAULTS, true)
    const exact = effectiveRequests(spec)
    return {
      id: this.#list.length as PodShapeId,
      templateId,
      labelsId,
      namespaceId,
      template,
      labels: state.labelSets.get(labelsId),
      namespace: state.namespaces.get(namespaceId),
      resources,
      amounts,
      milliCPU: exact.get('cpu') ?? 0,
      memoryBytes: exact.get('memory') ?? 0,
      scoredMilliCPU: scored.get('cpu') ?? 0,
      scoredMemoryBytes: scored.get('memory') ?? 0,
      runningMilliCPU: running.get('cpu') ?? 0,
      runningMemoryBytes: running.get('memory') ?? 0,
    }
  }
}
