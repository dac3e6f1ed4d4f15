import { canonicalJson } from '../../../model/pod-template.js'
import type { PodId } from '../../../state/ids.js'
import {
  Action,
  type EventRegistration,
  type FrameworkHandle,
  type ObjectVersion,
} from '../../framework/interface.js'

/** The names of a pod's claims, or undefined while one is missing, being deleted, or somebody else's. */
export type ClaimsOf = (pod: PodId) => readonly string[] | undefined

/**
 * A pod waits for claims of its own that appear or whose status changes, for any claim that gives its devices back, and
 * for classes, slices and nodes, about which nothing is asked.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go (1.36).
 * Simplified: nothing known.
 */
export function dynamicResourcesEvents(
  handle: FrameworkHandle,
  claimsOf: ClaimsOf,
): readonly EventRegistration[] {
  return [
    {
      resource: 'ResourceClaim',
      actions: Action.Add | Action.Update,
      hint(pod, { oldObject, newObject }) {
        const claims = claimsOf(pod)
        if (claims === undefined || newObject === undefined) return false
        if (oldObject !== undefined && isAllocated(oldObject) && !isAllocated(newObject)) return true
        const isOwn = newObject.namespace === handle.shapeOf(pod).namespace && claims.includes(newObject.name)
        if (!isOwn) return false
        return oldObject === undefined || canonicalJson(oldObject.status) !== canonicalJson(newObject.status)
      },
    },
    {
      resource: 'UnscheduledPod',
      actions: Action.UpdatePodGeneratedResourceClaim,
      hint: (pod, event) => event.pod === pod && claimsOf(pod) !== undefined,
    },
    { resource: 'DeviceClass', actions: Action.Add | Action.Update },
    { resource: 'ResourceSlice', actions: Action.Add | Action.Update },
    {
      resource: 'Node',
      actions: Action.Add | Action.UpdateNodeLabel | Action.UpdateNodeAllocatable,
    },
  ]
}

function isAllocated({ status }: ObjectVersion): boolean {
  return (status as { readonly allocation?: unknown } | undefined)?.allocation !== undefined
}
