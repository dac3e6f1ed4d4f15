/**
 * Stand-ins for nodes that have been asked for and are not ready, so that pods which will have room there cause no
 * further ones. They take the place of nodes that have registered and not started.
 *
 * Upstream: addUpcomingNodesToClusterSnapshot of core/static_autoscaler.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { NodeId } from '../../state/ids.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { MachineGroup } from './cloud-provider.js'
import type { GroupStates } from './group-states.js'
import type { NodeTemplates } from './node-templates.js'

const HOSTNAME = 'kubernetes.io/hostname'

export class UpcomingNodes {
  readonly #cluster: SimulatedCluster
  readonly #templates: NodeTemplates
  readonly #groupOf = new Map<NodeId, MachineGroup>()

  constructor(cluster: SimulatedCluster, templates: NodeTemplates) {
    this.#cluster = cluster
    this.#templates = templates
  }

  groupOf(node: NodeId): MachineGroup | undefined {
    return this.#groupOf.get(node)
  }

  /** Adds them to the simulated cluster, within a fork; answers the nodes that have started. */
  add(groups: readonly MachineGroup[], states: GroupStates, now: SimTime): NodeId[] {
    const cluster = this.#cluster
    const coming = groups.map(group => ({ group, count: states.upcoming(group, now) }))
    const starting = new Set<NodeId>()
    for (const { group, count } of coming) {
      if (count > 0) for (const node of states.notStarted(group)) starting.add(node)
    }
    const started = cluster.nodes.filter(node => !starting.has(node))
    for (const node of starting) cluster.removeNode(node)
    for (const { group, count } of coming) {
      for (let i = 0; i < count; i++) this.#addOne(group, i)
    }
    return started
  }

  clear(): void {
    this.#groupOf.clear()
  }

  #addOne(group: MachineGroup, index: number): void {
    const { node: draft, pods } = this.#templates.of(group)
    const name = `${draft.name}-upcoming-${index}`
    const node = this.#cluster.addNode({ ...draft, name, labels: { ...draft.labels, [HOSTNAME]: name } })
    this.#groupOf.set(node, group)
    for (const pod of pods) this.#cluster.addPod({ ...pod, name: `${pod.name}-upcoming-${index}` }, node)
  }
}
