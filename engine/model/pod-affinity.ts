/**
 * Terms of pod affinity and anti-affinity: which pods a term means, by their labels and namespace.
 * A term without namespaces and namespace selector means its own pod's namespace; one without a label selector means
 * no pod at all.
 * Upstream: AffinityTerm of staging/src/k8s.io/kube-scheduler/framework/types.go and newAffinityTerm of
 * pkg/scheduler/framework/types.go, release 1.36.
 * Simplified: nothing known.
 */
import { type CompiledSelector, compileSelector, type Labels, SelectorOperator } from './labels.js'
import type { PodAffinityTerm } from './pod-spec.js'

export interface AffinityTerm {
  /** Equal for terms that mean the same pods; the topology key is not in it. */
  readonly key: string
  readonly topologyKey: string
  readonly selector: CompiledSelector
  readonly namespaces: ReadonlySet<string>
  readonly namespaceSelector: CompiledSelector
}

/** Compiles the term of a pod in `namespace`. What validation refuses selects nothing. */
export function compileAffinityTerm(term: PodAffinityTerm, namespace: string): AffinityTerm {
  const listed = term.namespaces ?? []
  const hasSelector = term.namespaceSelector !== undefined && term.namespaceSelector !== null
  const namespaces = new Set(listed.length === 0 && !hasSelector ? [namespace] : listed)
  const selector = compileOrNothing(term.labelSelector)
  const namespaceSelector = compileOrNothing(term.namespaceSelector)
  const key = JSON.stringify([[...namespaces].toSorted(), namespaceSelector.key, selector.key])
  return { key, topologyKey: term.topologyKey, selector, namespaces, namespaceSelector }
}

function compileOrNothing(selector: PodAffinityTerm['labelSelector']): CompiledSelector {
  return compileSelector(selector) ?? (compileSelector(undefined) as CompiledSelector)
}

const NO_LABELS: Labels = {}

/**
 * Whether the term of a pod that runs means a pod with these labels. A namespace nobody has created has no labels:
 * `namespaceLabels` is undefined then.
 */
export function meansPod(
  term: AffinityTerm,
  labels: Labels,
  namespace: string,
  namespaceLabels: Labels | undefined,
): boolean {
  const { namespaces, namespaceSelector, selector } = term
  if (!namespaces.has(namespace) && !namespaceSelector.matches(namespaceLabels ?? NO_LABELS)) return false
  return selector.matches(labels)
}

/**
 * The same for the term of the pod to be placed. Its namespace selector is first resolved to the namespaces that
 * exist, unless it selects all: so it never finds pods in a namespace without an object.
 */
export function meansPlacedPod(
  term: AffinityTerm,
  labels: Labels,
  namespace: string,
  namespaceLabels: Labels | undefined,
): boolean {
  const { namespaceSelector } = term
  if (!term.namespaces.has(namespace)) {
    if (namespaceSelector.selectsNothing) return false
    const selectsAll = namespaceSelector.requirements.length === 0
    const selects = namespaceLabels !== undefined && namespaceSelector.matches(namespaceLabels)
    if (!selectsAll && !selects) return false
  }
  return term.selector.matches(labels)
}

/** A label every selected pod must have, as `key=value`, or '' when the selector pins none down. */
export function anchorOf(selector: CompiledSelector): string {
  for (const { key, operator, values } of selector.requirements) {
    const isEquality =
      operator === SelectorOperator.In ||
      operator === SelectorOperator.Equals ||
      operator === SelectorOperator.DoubleEquals
    if (isEquality && values.length === 1) return `${key}=${values[0]}`
  }
  return ''
}
