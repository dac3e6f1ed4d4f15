/**
 * When a run ends that no duration was given for: pods that never fit are tried again for ever, containers that crash
 * are started again for ever, and nobody waits for that.
 * Upstream: nothing; clusters do not end.
 * Simplified: nothing known.
 */
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import type { SimulationModel } from './simulation-model.js'

/** So much later than the last thing the scenario does itself, whatever goes on then only repeats itself. */
const LONGEST_AFTERMATH = 365 * 86_400 * SECOND

/** The limit of the run: its duration or, without one, a year after the last instant that the model names. */
export function limitOf(model: SimulationModel): SimTime {
  return model.until === NEVER ? lastKnownInstant(model) + LONGEST_AFTERMATH : model.until
}

/** The last instant at which the model itself does something. */
export function lastKnownInstant({ operations, traces }: SimulationModel): SimTime {
  let last = 0
  for (const { at } of operations) last = Math.max(last, at)
  for (const { createdAt, deletedAt } of traces) {
    if (createdAt.length > 0) last = Math.max(last, createdAt[createdAt.length - 1])
    for (const at of deletedAt) if (at !== NEVER && at > last) last = at
  }
  return last
}
