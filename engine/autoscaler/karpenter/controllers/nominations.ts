/**
 * Remembers that pods are expected on nodes that are there, so that these are not disrupted meanwhile.
 * Upstream: Karpenter core 1.15, Record of pkg/controllers/provisioning/scheduling/scheduler.go and Nominate of
 * pkg/controllers/state/statenode.go.
 * Simplified: a node stays nominated while its pods wait, where upstream nominates it anew every ten seconds.
 */
import type { SimTime } from '../../../kernel/time.js'
import type { PodId } from '../../../state/ids.js'
import type { SchedulingPod } from '../scheduling-pod.js'
import type { Placement } from '../scheduling-result.js'
import type { KarpenterEvents } from './karpenter-events.js'
import type { NodeClaim } from './node-claim.js'

/** @param rows of the pods that wait; those of nodes that are going have none yet */
export function nominate(
  placements: readonly Placement[],
  rows: ReadonlyMap<SchedulingPod, PodId>,
  until: SimTime,
  events: KarpenterEvents,
): void {
  for (const { node, pods } of placements) {
    // A claim is its own facts.
    const claim = node.claim as NodeClaim | undefined
    if (claim === undefined) continue
    claim.nominatedUntil = until
    const waiting = pods.flatMap(pod => rows.get(pod) ?? [])
    if (waiting.length > 0) claim.nominatedPods = waiting
    for (const row of waiting) events.nominated(row, claim)
  }
}
