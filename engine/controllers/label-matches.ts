/**
 * Label selectors of workloads against interned label sets: each selector is compiled once, and asked once about each
 * set of labels, however many pods carry it.
 *
 * Upstream: staging/src/k8s.io/apimachinery/pkg/labels/selector.go (1.36).
 * Simplified: nothing known.
 */
import {
  type CompiledSelector,
  compileSelector,
  type LabelSelector,
  SELECTS_NOTHING,
  selectorOfLabels,
} from '../model/labels.js'
import type { Labels } from '../model/pod-spec.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId } from '../state/ids.js'

export interface LabelMatcher {
  readonly selector: CompiledSelector
  /** The selector names nothing, so it selects every pod. */
  readonly isEverything: boolean
  matches(labels: LabelSetId): boolean
  /** For the few objects whose labels are not interned. */
  matchesLabels(labels: Labels): boolean
}

const NO_MATCH: LabelMatcher = {
  selector: SELECTS_NOTHING,
  isEverything: false,
  matches: () => false,
  matchesLabels: () => false,
}

export class LabelMatches {
  readonly #state: ClusterState
  /** Specs are replaced, never changed, so a selector object always means the same. */
  readonly #ofSelector = new WeakMap<object, LabelMatcher>()
  readonly #ofLabels = new WeakMap<object, LabelMatcher>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** A selector that cannot be compiled matches nothing; validation refuses it before. */
  of(selector: LabelSelector): LabelMatcher {
    let matcher = this.#ofSelector.get(selector)
    if (matcher === undefined) {
      const compiled = compileSelector(selector)
      matcher = compiled === undefined ? NO_MATCH : this.#matcher(compiled)
      this.#ofSelector.set(selector, matcher)
    }
    return matcher
  }

  /** Exactly these labels and any others, as a ReplicationController or Service selects. */
  ofLabels(labels: Labels): LabelMatcher {
    let matcher = this.#ofLabels.get(labels)
    if (matcher === undefined) {
      matcher = this.#matcher(selectorOfLabels(labels))
      this.#ofLabels.set(labels, matcher)
    }
    return matcher
  }

  #matcher(compiled: CompiledSelector): LabelMatcher {
    const { labelSets } = this.#state
    const known: (boolean | undefined)[] = []
    return {
      selector: compiled,
      isEverything: compiled.requirements.length === 0 && !compiled.selectsNothing,
      matchesLabels: labels => compiled.matches(labels),
      matches: labels => (known[labels] ??= compiled.matches(labelSets.get(labels))),
    }
  }
}
