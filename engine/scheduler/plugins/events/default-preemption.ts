import { Action, type EventRegistration } from '../../framework/interface.js'

/**
 * A pod that waits for its victims to go is let through again when pods have gone.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go (1.36).
 * Simplified: nothing known.
 */
export function defaultPreemptionEvents(): readonly EventRegistration[] {
  return [{ resource: 'Pod', actions: Action.Delete }]
}
