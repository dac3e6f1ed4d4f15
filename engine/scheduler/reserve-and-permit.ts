/**
 * What comes between a pod's cycle and its binding: plugins reserve what the pod needs on its node, and may make it
 * wait for a permit. One that says no undoes what was reserved.
 *
 * Upstream: assumeAndReserve and RunPermitPlugins of pkg/scheduler/schedule_one.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import type { NodeId, PodId } from '../state/ids.js'
import type { Cycle } from './framework/interface.js'
import { isRejection, type RejectionId } from './framework/status.js'
import type { Profile } from './profile.js'

/** How long a pod may wait for its permit, by plugin. */
export type PermitWaits = ReadonlyMap<string, SimTime>

export const NO_WAITS: PermitWaits = new Map()

/** What Permit asked for, or the rejection of a plugin. */
export function reserveAndPermit(profile: Profile, cycle: Cycle, node: NodeId): PermitWaits | RejectionId {
  let waits = NO_WAITS
  for (const { plugin } of profile.at.reserve) {
    const verdict = plugin.reserve?.(cycle, node) ?? 0
    if (isRejection(verdict)) return withdraw(profile, cycle, node, verdict)
  }
  for (const { name, plugin } of profile.at.permit) {
    const verdict = plugin.permit?.(cycle, node) ?? 0
    if (typeof verdict === 'object') waits = new Map([...waits, [name, verdict.waitAtMost]])
    else if (isRejection(verdict)) return withdraw(profile, cycle, node, verdict)
  }
  return waits
}

function withdraw(profile: Profile, { pod }: Cycle, node: NodeId, rejection: RejectionId): RejectionId {
  unreserve(profile, pod, node)
  return rejection
}

/** In the reverse order of the reservations. */
export function unreserve(profile: Profile, pod: PodId, node: NodeId): void {
  for (const { plugin } of profile.at.reserve.toReversed()) plugin.unreserve?.(pod, node)
}
