/**
 * The tolerations every pod is given that does not bring its own: five minutes on a node that is not ready or not
 * reachable.
 *
 * Upstream: plugin/pkg/admission/defaulttolerationseconds/admission.go (1.36), with kube-apiserver's
 * `--default-not-ready-toleration-seconds` and `--default-unreachable-toleration-seconds`.
 * Simplified: nothing known.
 */
import { NodeTaint } from './node-conditions.js'
import { TaintEffect, type Toleration } from './taints.js'

/** Both flags' default. */
const DEFAULT_TOLERATION_SECONDS = 300

export const NOT_READY_TOLERATION: Toleration = {
  key: NodeTaint.NotReady,
  operator: 'Exists',
  effect: TaintEffect.NoExecute,
  tolerationSeconds: DEFAULT_TOLERATION_SECONDS,
}
export const UNREACHABLE_TOLERATION: Toleration = {
  key: NodeTaint.Unreachable,
  operator: 'Exists',
  effect: TaintEffect.NoExecute,
  tolerationSeconds: DEFAULT_TOLERATION_SECONDS,
}

/** The pod's tolerations and those it lacks; the same list when it lacks none. */
export function withDefaultTolerations(
  tolerations: readonly Toleration[],
  notReady: Toleration = NOT_READY_TOLERATION,
  unreachable: Toleration = UNREACHABLE_TOLERATION,
): readonly Toleration[] {
  const hasNotReady = tolerations.some(toleration => covers(toleration, NodeTaint.NotReady))
  const hasUnreachable = tolerations.some(toleration => covers(toleration, NodeTaint.Unreachable))
  if (hasNotReady && hasUnreachable) return tolerations
  return [...tolerations, ...(hasNotReady ? [] : [notReady]), ...(hasUnreachable ? [] : [unreachable])]
}

/** Operator and value do not count: whoever names the taint has thought of it. */
function covers({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === TaintEffect.NoExecute || effect === '')
}
