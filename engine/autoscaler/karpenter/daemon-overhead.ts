/**
 * What DaemonSets will take of a node: which of them would run on each instance type of a pool, and which run or will
 * run on a node that is there.
 * Upstream: buildDaemonOverheadGroups and getCompatibleDaemonPods of Karpenter core 1.15,
 * pkg/controllers/provisioning/scheduling/scheduler.go. As there, a DaemonSet with several required node affinity terms
 * loses the first of them for good once a pool and type match none of those before the last.
 * Simplified: nothing known.
 */
import type { PodSpec } from '../../model/pod-spec.js'
import type { AmountMap } from '../../model/resources.js'
import { isTolerated, type Taint } from '../../model/taints.js'
import type { ClusterNode } from './cluster-node.js'
import { hostPortsOf, type TakenPort } from './host-ports.js'
import type { InstanceCatalog } from './instance-catalog.js'
import type { InstanceType, ResourceAmounts } from './instance-type.js'
import type { PoolTemplate } from './pool-template.js'
import { tolerantOfPreferences, withoutRequiredTerm } from './relax-pod.js'
import { NONE_UNDEFINED, Requirements } from './requirements.js'
import { addAmounts, requestsOf, type SchedulingPod } from './scheduling-pod.js'
import { TypeSet } from './type-set.js'

/** Instance types on which the same DaemonSets would run. */
export interface DaemonGroup {
  readonly types: TypeSet
  readonly overhead: ResourceAmounts
  readonly ports: readonly TakenPort[]
}

interface Daemon {
  readonly pod: SchedulingPod
  spec: PodSpec
  requirements: Requirements
}

export class DaemonPods {
  readonly #daemons: readonly Daemon[]

  /** @param pods one pod of each DaemonSet; those that ask for devices do not count */
  constructor(pods: readonly SchedulingPod[]) {
    this.#daemons = pods.map(pod => ({
      pod,
      spec: pod.spec,
      requirements: Requirements.ofPodStrictly(pod.spec),
    }))
  }

  /** The types of a pool by the DaemonSets that would run on them. To be asked for every pool before any node. */
  groups(pool: PoolTemplate, { types, wellKnown }: InstanceCatalog, options: TypeSet): DaemonGroup[] {
    const groups = new Map<string, { types: TypeSet; daemons: readonly Daemon[] }>()
    for (const i of options.members()) {
      const fitting = this.#daemons.filter(daemon => wouldRunOn(daemon, pool, types[i], wellKnown))
      const key = fitting.map(daemon => this.#daemons.indexOf(daemon)).join(',')
      let group = groups.get(key)
      if (group === undefined)
        groups.set(key, (group = { types: new TypeSet(types.length), daemons: fitting }))
      group.types.add(i)
    }
    return [...groups.values()].map(group => ({
      types: group.types,
      overhead: overheadOf(group.daemons),
      ports: group.daemons.flatMap(({ pod }) =>
        hostPortsOf(pod.spec).map(port => ({ ...port, by: pod.uid })),
      ),
    }))
  }

  /** What the DaemonSets still have to place on a node. */
  outstanding(node: ClusterNode, labels: Requirements): ResourceAmounts {
    const expected = overheadOf(
      this.#daemons.filter(
        ({ spec, requirements }) =>
          toleratesAll(spec, node.taints) && labels.isCompatible(requirements, NONE_UNDEFINED),
      ),
    )
    const left: AmountMap = new Map()
    // Pods of DaemonSets that nobody expected there must not make room.
    for (const [name, amount] of expected) {
      left.set(name, Math.max(0, amount - (node.daemonRequests.get(name) ?? 0)))
    }
    return left
  }
}

/** Whether every taint is tolerated, those that only ask included. */
export function toleratesAll({ tolerations = [] }: PodSpec, taints: readonly Taint[]): boolean {
  for (const taint of taints) if (!isTolerated(tolerations, taint)) return false
  return true
}

function wouldRunOn(
  daemon: Daemon,
  pool: PoolTemplate,
  type: InstanceType,
  wellKnown: ReadonlySet<string>,
): boolean {
  // A DaemonSet's pod does not mind that a node would rather have others.
  daemon.spec = tolerantOfPreferences(daemon.spec) ?? daemon.spec
  if (!toleratesAll(daemon.spec, pool.taints)) return false
  for (;;) {
    const { requirements } = daemon
    if (
      pool.requirements.isCompatible(requirements, wellKnown) &&
      type.requirements.intersects(requirements)
    ) {
      return true
    }
    const relaxed = withoutRequiredTerm(daemon.spec)
    if (relaxed === undefined) return false
    daemon.spec = relaxed
    daemon.requirements = Requirements.ofPodStrictly(relaxed)
  }
}

function overheadOf(daemons: readonly Daemon[]): ResourceAmounts {
  const sum: AmountMap = new Map()
  for (const { pod } of daemons) addAmounts(sum, requestsOf(pod.spec))
  return sum
}
