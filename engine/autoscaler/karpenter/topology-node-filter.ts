/**
 * Which nodes count for a spread constraint: by default those that the pod's node selector and required affinity allow,
 * whatever their taints.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/topologynodefilter.go. As there, labels that
 * are well known must be defined here all the same, and two filters are taken for one when their terms name the same
 * keys, whatever the values (their hash leaves these out).
 * Simplified: nothing known.
 */
import type { PodSpec, TopologySpreadConstraint } from '../../model/pod-spec.js'
import { byCodeUnits } from '../../model/resource-list.js'
import { isTolerated, type Taint, type Toleration } from '../../model/taints.js'
import { NONE_UNDEFINED, Requirements } from './requirements.js'

export class TopologyNodeFilter {
  readonly honorsTaints: boolean
  readonly #honorsAffinity: boolean
  readonly #tolerations: readonly Toleration[]
  /** Alternatives; none: every node. */
  readonly #terms: readonly Requirements[]

  constructor(spec: PodSpec, { nodeAffinityPolicy, nodeTaintsPolicy }: TopologySpreadConstraint) {
    this.honorsTaints = nodeTaintsPolicy === 'Honor'
    this.#honorsAffinity = nodeAffinityPolicy !== 'Ignore'
    this.#tolerations = spec.tolerations ?? []
    this.#terms = termsOf(spec)
  }

  matches(taints: readonly Taint[], requirements: Requirements): boolean {
    if (this.#honorsAffinity && !this.#allows(requirements)) return false
    if (!this.honorsTaints) return true
    for (const taint of taints) if (!isTolerated(this.#tolerations, taint)) return false
    return true
  }

  /** What tells two filters apart. Equal elements cancel out in pairs, as they do in upstream's hash. */
  get key(): string {
    const terms = this.#terms.map(term => [...term.keys()].sort(byCodeUnits).join(','))
    const tolerations = this.#tolerations.map(
      ({ key = '', operator = '', value = '', effect = '', ...rest }) =>
        JSON.stringify([key, operator, value, effect, rest.tolerationSeconds ?? 0]),
    )
    const flags = [this.honorsTaints, this.#honorsAffinity]
    return JSON.stringify([flags, withoutPairs(terms), withoutPairs(tolerations)])
  }

  /** Equal for filters that let the same nodes through. */
  get meaning(): string {
    const terms = this.#terms.map(term => [...term].map(({ meaning }) => meaning).sort(byCodeUnits))
    return JSON.stringify([this.#honorsAffinity ? terms : [], this.honorsTaints ? this.#tolerations : '-'])
  }

  #allows(requirements: Requirements): boolean {
    if (this.#terms.length === 0) return true
    for (const term of this.#terms) if (requirements.isCompatible(term, NONE_UNDEFINED)) return true
    return false
  }
}

/** The texts that are there an odd number of times, in order. */
export function withoutPairs(texts: readonly string[]): string[] {
  const odd = new Set<string>()
  for (const text of texts) if (!odd.delete(text)) odd.add(text)
  return [...odd].sort(byCodeUnits)
}

function termsOf({ nodeSelector = {}, affinity }: PodSpec): readonly Requirements[] {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined || required === null) return [Requirements.ofLabels(nodeSelector)]
  return required.nodeSelectorTerms.map(({ matchExpressions }) => {
    const requirements = Requirements.ofLabels(nodeSelector)
    requirements.addAll(Requirements.read(matchExpressions ?? []))
    return requirements
  })
}
