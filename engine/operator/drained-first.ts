import type { AfterFailedDrain, DrainSettings } from '../model/node-operations.js'
import type { NodeId } from '../state/ids.js'
import type { OperatorContext } from './operation.js'

/** How a node is left when its drain is over. */
export type AfterDrain = 'empty' | 'skipped' | 'stopped'

/**
 * Drains a node before something else is done to it. Where the drain does not end well its pods are deleted
 * past their budgets, the node is put back to use, or all stops, as told.
 *
 * Upstream: what tools that upgrade nodes do, such as GKE's after an hour: pods are deleted without asking.
 * Simplified: pods that kubectl refuses to touch are deleted with all others then.
 */
export function drainedFirst(
  { drainer, api }: OperatorContext,
  node: NodeId,
  operation: string,
  settings: DrainSettings,
  afterwards: AfterFailedDrain,
  then: (how: AfterDrain) => void,
): void {
  const ended = (outcome: string): void => {
    if (outcome === 'drained') then('empty')
    else if (afterwards === 'stop') then('stopped')
    else if (afterwards === 'skip') {
      if (api.state.nodes.exists(node)) api.nodes.patchUnschedulable(node, false)
      then('skipped')
    } else {
      const { retryAfter, timeout, gracePeriodSeconds } = settings
      const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
      const forced = { retryAfter, timeout, disableEviction: true, ...grace }
      drainer.drain({ node, operation, settings: forced, ended: () => then('empty') })
    }
  }
  drainer.drain({ node, operation, settings, ended })
}
