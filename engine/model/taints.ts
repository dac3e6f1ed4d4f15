/**
 * Taints of nodes, tolerations of pods, and which of them meet.
 * Upstream: k8s.io/api/core/v1 toleration.go and component-helpers scheduling/corev1/helpers.go, release 1.36.
 * Simplified: the operators Gt and Lt never tolerate, as behind their gate, which is off by default.
 */

export const TaintEffect = {
  NoSchedule: 'NoSchedule',
  PreferNoSchedule: 'PreferNoSchedule',
  NoExecute: 'NoExecute',
} as const
export type TaintEffect = (typeof TaintEffect)[keyof typeof TaintEffect]

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: TaintEffect
  /** RFC 3339 time; set by the node lifecycle controller on NoExecute taints. */
  readonly timeAdded?: string
}

export interface Toleration {
  /** Missing or empty with operator Exists: every key. */
  readonly key?: string
  /** Exists, or Equal when missing or empty. */
  readonly operator?: string
  readonly value?: string
  /** Missing or empty: every effect. */
  readonly effect?: TaintEffect | ''
  /** How long a NoExecute taint is borne; missing: for ever, zero or less: not at all. */
  readonly tolerationSeconds?: number
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = '', value = '', effect = '' } = toleration
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  // Validation lets an empty key through with Exists only; with Equal it matches any key of that value.
  if (operator === 'Exists') return true
  return (operator === '' || operator === 'Equal') && value === (taint.value ?? '')
}

export function isTolerated(tolerations: readonly Toleration[], taint: Taint): boolean {
  for (const toleration of tolerations) if (tolerates(toleration, taint)) return true
  return false
}

/** Taints that keep a pod from being placed. */
export function keepsAway({ effect }: Taint): boolean {
  return effect === TaintEffect.NoSchedule || effect === TaintEffect.NoExecute
}

/** The first of the taints in question, in the node's order, that no toleration covers. */
export function findUntoleratedTaint(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  inQuestion: (taint: Taint) => boolean,
): Taint | undefined {
  for (const taint of taints) if (inQuestion(taint) && !isTolerated(tolerations, taint)) return taint
  return undefined
}

/** How many PreferNoSchedule taints the pod does not tolerate: the fewer, the better the node. */
export function countUntoleratedPreferences(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): number {
  const considered = tolerations.filter(toleration => isForPreferences(toleration))
  let count = 0
  for (const taint of taints) {
    if (taint.effect === TaintEffect.PreferNoSchedule && !isTolerated(considered, taint)) count++
  }
  return count
}

function isForPreferences({ effect = '' }: Toleration): boolean {
  return effect === '' || effect === TaintEffect.PreferNoSchedule
}

/** The list with this taint, at its end if it is new. */
export function withTaint(taints: readonly Taint[], added: Taint): readonly Taint[] {
  return hasTaint(taints, added) ? taints : [...taints, added]
}

export function withoutTaint(taints: readonly Taint[], removed: Taint): readonly Taint[] {
  return hasTaint(taints, removed) ? taints.filter(taint => !isSameTaint(taint, removed)) : taints
}

export function hasTaint(taints: readonly Taint[], wanted: Taint): boolean {
  for (const taint of taints) if (isSameTaint(taint, wanted)) return true
  return false
}

/** Two taints are the same one when key and effect agree; the value does not count. */
export function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect
}
