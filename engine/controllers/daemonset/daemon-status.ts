/**
 * The status of a DaemonSet: nodes that should have a pod, and what their oldest pods are like.
 *
 * Upstream: updateDaemonSetStatus and storeDaemonSetStatus of pkg/controller/daemon/daemon_controller.go
 * (1.36).
 * Simplified: nothing known.
 */
import type { DaemonSetStatus } from '../../model/workloads.js'
import type { DaemonView } from './daemon-view.js'
import { Eligibility } from './node-eligibility.js'
import { SEVERAL } from './node-groups.js'

/** The counts; generation, collisions and conditions stay. */
export function daemonStatus(view: DaemonView, before: DaemonSetStatus): DaemonSetStatus {
  let desired = 0
  let current = 0
  let misscheduled = 0
  let ready = 0
  let available = 0
  let updated = 0
  const { groups } = view
  for (const node of view.nodes) {
    const group = groups.of(node)
    if (view.eligibility(node) !== Eligibility.Run) {
      if (group >= 0) misscheduled++
      continue
    }
    desired++
    if (group < 0) continue
    current++
    const only = groups.only(group)
    const oldest = only === SEVERAL ? view.byAge(groups.pods(group))[0] : only
    if (view.isReady(oldest)) {
      ready++
      if (view.isAvailable(oldest)) available++
    }
    if (view.isUpdated(oldest)) updated++
  }
  return {
    ...before,
    desiredNumberScheduled: desired,
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    numberReady: ready,
    updatedNumberScheduled: updated,
    numberAvailable: available,
    numberUnavailable: desired - available,
  }
}

export function sameCounts(a: DaemonSetStatus, b: DaemonSetStatus): boolean {
  return (
    a.desiredNumberScheduled === b.desiredNumberScheduled &&
    a.currentNumberScheduled === b.currentNumberScheduled &&
    a.numberMisscheduled === b.numberMisscheduled &&
    a.numberReady === b.numberReady &&
    a.updatedNumberScheduled === b.updatedNumberScheduled &&
    a.numberAvailable === b.numberAvailable &&
    a.numberUnavailable === b.numberUnavailable
  )
}
