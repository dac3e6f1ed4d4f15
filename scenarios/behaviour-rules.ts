import { type Labels, type Manifest, parseSelector } from '../engine/index.js'
import { isRecord } from './describe-value.js'
import { TEMPLATE_PATHS } from './manifests/known-fields.js'
import { type BehaviourRule, behaviourAnnotations } from './schema/behaviour.js'

/** What makes the pods that a rule may mean. */
export interface PodMaker {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Of the pods. */
  readonly labels: Labels
}

interface CompiledRule {
  isMeant(maker: PodMaker): boolean
  readonly annotations: Labels
}

/**
 * Rules of what pods do, put into the annotations of their templates: for each annotation the first rule that
 * speaks of it counts, and what a manifest says itself goes before all rules.
 */
export class BehaviourRules {
  readonly #rules: readonly CompiledRule[]

  constructor(rules: readonly BehaviourRule[]) {
    this.#rules = rules.map(compiled)
  }

  /** The annotations of pods with what the rules add. */
  annotate(annotations: Labels, maker: PodMaker): Labels {
    const meant = this.#rules.filter(rule => rule.isMeant(maker))
    if (meant.length === 0) return annotations
    return Object.assign({}, ...meant.map(rule => rule.annotations).reverse(), annotations) as Labels
  }

  /** The manifest, with the behaviour of its pods if it makes any. */
  apply(manifest: Manifest): Manifest {
    const { kind } = manifest
    const path = kind === 'Pod' ? [] : TEMPLATE_PATHS.get(kind)
    if (path === undefined || this.#rules.length === 0) return manifest
    return this.#within(manifest, path, manifest) as Manifest
  }

  #within(value: unknown, path: readonly string[], manifest: Manifest): unknown {
    if (!isRecord(value)) return value
    const [step, ...rest] = path
    if (step !== undefined) return { ...value, [step]: this.#within(value[step], rest, manifest) }
    const { metadata = {} } = value as { readonly metadata?: Manifest['metadata'] | Record<string, never> }
    const { labels = {}, annotations = {} } = metadata
    const { name, namespace = '' } = manifest.metadata
    const behaved = this.annotate(annotations, { kind: manifest.kind, namespace, name, labels })
    return behaved === annotations ? value : { ...value, metadata: { ...metadata, annotations: behaved } }
  }
}

function compiled(rule: BehaviourRule): CompiledRule {
  const { kind, name, namespace } = rule
  const read = rule.selector === undefined ? undefined : parseSelector(rule.selector)
  const selector = read === undefined || 'error' in read ? undefined : read
  return {
    annotations: behaviourAnnotations(rule),
    isMeant: maker =>
      (kind ?? maker.kind) === maker.kind &&
      (name ?? maker.name) === maker.name &&
      (namespace ?? maker.namespace) === maker.namespace &&
      (selector?.matches(maker.labels) ?? true),
  }
}
