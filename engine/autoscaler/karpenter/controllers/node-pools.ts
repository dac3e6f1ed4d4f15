/**
 * The NodePools of the API as Karpenter works with them: read again when they change.
 * Upstream: Karpenter core 1.15, pkg/utils/nodepool/nodepool.go and Hash of pkg/apis/v1/nodepool.go.
 * Simplified: a pool is ready as soon as it is there; one that a patch has left without a template is as good as none,
 * where the API server would have refused the patch.
 */
import type { NodePool, NodePoolSpec } from '../../../model/karpenter.js'
import { canonicalJson } from '../../../model/pod-template.js'
import { byCodeUnits } from '../../../model/resource-list.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import { PoolDisruption } from '../pool-disruption.js'

export const NODE_POOL_KIND = 'NodePool'

export interface KnownPool {
  readonly name: string
  readonly uid: number
  readonly spec: NodePoolSpec
  readonly object: NodePool
  readonly disruption: PoolDisruption
  /** Equal for templates that make the same nodes, requirements aside. */
  readonly templateHash: string
  /** Counts the names given, whatever changes about the pool. */
  named: number
}

export class NodePools {
  readonly #state: ClusterState
  #known = new Map<string, KnownPool>()
  /** Sorted by name. */
  all: readonly KnownPool[] = []

  constructor(state: ClusterState) {
    this.#state = state
  }

  find(name: string): KnownPool | undefined {
    return this.#known.get(name)
  }

  /** Looks at the objects again; answers whether anything about a pool is different. */
  refresh(): boolean {
    const { objects } = this.#state
    const found = new Map<string, KnownPool>()
    let isChanged = false
    for (const id of objects.ofKind(NODE_POOL_KIND)) {
      const { meta, spec } = objects.get<NodePoolSpec>(id)
      const known = this.#known.get(meta.name)
      if (!hasTemplate(spec)) continue
      if (known !== undefined && known.spec === spec && known.uid === meta.uid) found.set(meta.name, known)
      else {
        found.set(meta.name, this.#read(meta.name, meta.uid, spec, known))
        isChanged = true
      }
    }
    isChanged ||= found.size !== this.#known.size
    this.#known = found
    if (isChanged) this.all = [...found.values()].sort((a, b) => byCodeUnits(a.name, b.name))
    return isChanged
  }

  #read(name: string, uid: number, spec: NodePoolSpec, before: KnownPool | undefined): KnownPool {
    const object: NodePool = { metadata: { name }, spec }
    const { requirements: _, ...hashed } = spec.template.spec
    return {
      name,
      uid,
      spec,
      object,
      disruption: new PoolDisruption(object),
      templateHash: canonicalJson([spec.template.metadata ?? {}, hashed]),
      named: before?.named ?? 0,
    }
  }
}

function hasTemplate({ template }: Partial<NodePoolSpec>): boolean {
  return (template as Partial<NodePoolSpec['template']> | undefined)?.spec !== undefined
}
