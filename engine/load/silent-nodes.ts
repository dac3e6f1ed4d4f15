/**
 * Tells of pods whose samples come to an end, or come again, because the kubelet of their node answers no scraper.
 *
 * Upstream: metrics-server pkg/scraper (release 0.8).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type PodId } from '../state/ids.js'
import type { LoadListener } from '../state/pod-loads.js'

export class SilentNodes implements LogListener {
  /** The changes of nodes to hear of. */
  static readonly FIELDS: number = Change.Lease | Change.Deleted
  readonly #state: ClusterState
  readonly #tell: LoadListener

  constructor(state: ClusterState, tell: LoadListener) {
    this.#state = state
    this.#tell = tell
  }

  /** It looks at pods as they are, and keeps no row from being reused. */
  get cursor(): number {
    return this.#state.log.end
  }

  appended(_source: Source, node: number, _fields: number, at: SimTime): void {
    const { pods, nodes } = this.#state
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod])
      this.#tell(pods.namespaceOf(pod as PodId), pods.labelsOf(pod as PodId), at)
  }
}
