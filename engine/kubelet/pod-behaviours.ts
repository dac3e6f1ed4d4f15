/**
 * What the containers of each pod do, read once for a template unless it depends on the ordinal.
 *
 * Upstream: nothing; real containers run.
 * Simplified: all containers of a pod behave alike.
 */
import type { KubeletSettings } from '../model/defaults.js'
import { dependsOnOrdinal, type PodBehaviour, podBehaviour } from '../model/pod-behaviour.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'

export class PodBehaviours {
  readonly #state: ClusterState
  readonly #settings: KubeletSettings
  readonly #known: (PodBehaviour | undefined)[] = []

  constructor(state: ClusterState, settings: KubeletSettings) {
    this.#state = state
    this.#settings = settings
  }

  of(pod: PodId): PodBehaviour {
    const { pods, templates } = this.#state
    const template = pods.templateOf(pod)
    const known = this.#known[template]
    if (known !== undefined) return known
    const { annotations } = templates.get(template)
    const behaviour = podBehaviour(annotations, pods.ordinal[pod], this.#settings)
    if (!dependsOnOrdinal(annotations)) this.#known[template] = behaviour
    return behaviour
  }
}
