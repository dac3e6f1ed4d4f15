/**
 * Tells whether the pods that a selector matches may be others, or other than they were, since somebody looked: counts
 * changes by set of labels, when they are written and again when they are heard of.
 *
 * Upstream: nothing; it looks at all pods each time.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { ANY_CHANGE, Change, type LogListener, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, NamespaceId, PodId } from '../../state/ids.js'
import type { LabelledPods } from '../labelled-pods.js'

const NODE_CHANGES = Change.Added | Change.Deleted | Change.Lease

export class PodVersions implements LogListener {
  readonly #state: ClusterState
  readonly #labelled: LabelledPods
  /** By set of labels. */
  readonly #changes: number[] = []
  /** By namespace: sets of labels that a pod was created with. */
  readonly #written = new Map<NamespaceId, Set<LabelSetId>>()
  /** Changes that may be about any pod. */
  #everywhere = 0

  constructor(state: ClusterState, labelled: LabelledPods) {
    this.#state = state
    this.#labelled = labelled
    state.log.listen(this, [
      { source: Source.Pods, fields: ANY_CHANGE },
      { source: Source.Nodes, fields: NODE_CHANGES },
    ])
  }

  /** It looks at pods as they are, and keeps no row from being reused. */
  get cursor(): number {
    return this.#state.log.end
  }

  appended(source: Source, row: number, fields: number, _at: SimTime): void {
    if (source === Source.Pods) {
      this.heard(row as PodId, fields)
      if ((fields & Change.Added) !== 0) this.#add(row as PodId)
    } else {
      this.#everywhere++
    }
  }

  /** The pod has changed, or whoever asks has heard of it. */
  heard(pod: PodId, fields: number): void {
    // Its former labels are not known here.
    if ((fields & Change.Labels) !== 0) this.#everywhere++
    const labels = this.#state.pods.labelsOf(pod)
    while (this.#changes.length <= labels) this.#changes.push(0)
    this.#changes[labels]++
  }

  /** Equal sums mean equal pods with these sets of labels. */
  sum(namespace: NamespaceId, sets: readonly LabelSetId[]): number {
    const { podLoads, memoryGrowths } = this.#state
    const written = this.#written.get(namespace)?.size ?? 0
    let sum = this.#everywhere + written + memoryGrowths.changes + this.#labelled.labelSetsOf(namespace)
    for (const labels of sets) sum += (this.#changes[labels] ?? 0) + podLoads.movesOf(labels)
    return sum
  }

  #add(pod: PodId): void {
    const { pods } = this.#state
    const namespace = pods.namespaceOf(pod)
    const written = this.#written.get(namespace)
    if (written === undefined) this.#written.set(namespace, new Set([pods.labelsOf(pod)]))
    else written.add(pods.labelsOf(pod))
  }
}
