import { type Labels, selectorOfLabels } from '../../model/labels.js'
import {
  compileNodeSelector,
  type NodeAffinity,
  type NodePreferences,
  type NodeSelectorTerm,
  readNodePreferences,
  requiredNodeNames,
} from '../../model/node-affinity.js'
import type { PodSpec } from '../../model/pod-spec.js'

/** What of a node some terms look at: the labels of its pool, its own hostname too, or even its name. */
export const Scope = { Shape: 0, Labels: 1, Name: 2 } as const
export type Scope = (typeof Scope)[keyof typeof Scope]

interface Matcher {
  matches(labels: Labels, nodeName: string): boolean
}

/** What a pod, or the scheduler's configuration, requires of nodes and prefers about them. */
export interface NodeTerms {
  /** All of them have to match. */
  readonly required: readonly Matcher[]
  readonly preferred: NodePreferences | undefined
  /** The only names that can match, undefined when any may. */
  readonly names: ReadonlySet<string> | undefined
  readonly requiredScope: Scope
  readonly preferredScope: Scope
}

const HOSTNAME = 'kubernetes.io/hostname'

/**
 * Compiles node selector and node affinity, and finds out how much of a node they look at.
 *
 * Upstream: GetRequiredNodeAffinity of component-helpers scheduling/corev1/nodeaffinity (1.36).
 * Simplified: preferred terms that do not parse count for nothing; upstream fails the cycle of such a pod, which
 * validation does not let through.
 */
export function nodeTermsOf(
  nodeSelector: PodSpec['nodeSelector'],
  affinity: NodeAffinity | null | undefined,
): NodeTerms {
  const required: Matcher[] = []
  const selector = affinity?.requiredDuringSchedulingIgnoredDuringExecution
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution
  if (nodeSelector !== undefined) required.push(selectorOfLabels(nodeSelector))
  if (selector !== undefined && selector !== null) required.push(compileNodeSelector(selector))
  const preferences =
    preferred === undefined || preferred === null ? undefined : readNodePreferences(preferred)
  return {
    required,
    preferred: preferences === undefined || 'error' in preferences ? undefined : preferences,
    names: selector === undefined || selector === null ? undefined : requiredNodeNames(selector),
    requiredScope: widest([
      HOSTNAME in (nodeSelector ?? {}) ? Scope.Labels : Scope.Shape,
      ...(selector?.nodeSelectorTerms ?? []).map(scopeOf),
    ]),
    preferredScope: widest((preferred ?? []).map(({ preference }) => scopeOf(preference))),
  }
}

export function widest(scopes: readonly Scope[]): Scope {
  return Math.max(Scope.Shape, ...scopes) as Scope
}

function scopeOf({ matchExpressions, matchFields }: NodeSelectorTerm): Scope {
  if ((matchFields ?? []).length > 0) return Scope.Name
  return (matchExpressions ?? []).some(({ key }) => key === HOSTNAME) ? Scope.Labels : Scope.Shape
}

/** What is wrong with the affinity that a configuration adds. */
export function nodeAffinityErrors(affinity: NodeAffinity | null): string[] {
  const errors: string[] = []
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution
  if (required !== undefined && required !== null) {
    const { error } = compileNodeSelector(required)
    if (error !== undefined) errors.push(error)
  }
  if (preferred !== undefined && preferred !== null) {
    const preferences = readNodePreferences(preferred)
    if ('error' in preferences) errors.push(preferences.error)
  }
  return errors
}
