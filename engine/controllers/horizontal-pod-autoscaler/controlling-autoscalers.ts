/**
 * Which autoscalers select which pods: two of them over one pod leave it alone both.
 *
 * Upstream: hpasControllingPodsUnderSelector in pkg/controller/podautoscaler/horizontal.go,
 * pkg/controller/util/ selectors/bimultimap.go (1.36): an autoscaler is known by its selector once it has
 * read its metrics.
 * Simplified: several are listed with the asking one first and the others by name; upstream's order is
 * that of a hash map.
 */
import type { CompiledSelector } from '../../model/labels.js'
import type { Labels } from '../../model/pod-spec.js'

/** Autoscalers of one namespace. */
interface Known {
  readonly selectors: Map<string, CompiledSelector>
  /** Names found for a set of labels; labels are shared objects, so few. */
  readonly found: Map<Labels, string[]>
}

export class ControllingAutoscalers {
  readonly #byNamespace = new Map<string, Known>()
  /** Counts changes of selectors: as long as it stays, so do all answers. */
  version = 0

  put(namespace: string, name: string, selector: CompiledSelector): void {
    let known = this.#byNamespace.get(namespace)
    if (known === undefined) {
      known = { selectors: new Map(), found: new Map() }
      this.#byNamespace.set(namespace, known)
    }
    if (known.selectors.get(name)?.key === selector.key) return
    this.delete(namespace, name)
    known.selectors.set(name, selector)
    this.version++
    for (const [labels, names] of known.found) if (selector.matches(labels)) names.push(name)
  }

  delete(namespace: string, name: string): void {
    const known = this.#byNamespace.get(namespace)
    if (known === undefined || !known.selectors.delete(name)) return
    this.version++
    for (const names of known.found.values()) {
      const i = names.indexOf(name)
      if (i >= 0) names.splice(i, 1)
    }
  }

  /** All autoscalers that select a pod with one of these sets of labels, when there are several. */
  rivals(namespace: string, name: string, podLabels: readonly Labels[]): readonly string[] {
    let isAlone = true
    for (const labels of podLabels) {
      const found = this.#selecting(namespace, labels)
      if (found.length > 1 || (found.length === 1 && found[0] !== name)) isAlone = false
    }
    if (isAlone) return NOBODY
    const names = new Set<string>()
    for (const labels of podLabels) for (const found of this.#selecting(namespace, labels)) names.add(found)
    if (names.size < 2) return NOBODY
    const keys = [...names].map(found => `${namespace}/${found}`)
    const own = `${namespace}/${name}`
    return keys.sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1))
  }

  #selecting(namespace: string, labels: Labels): readonly string[] {
    const known = this.#byNamespace.get(namespace)
    if (known === undefined) return NOBODY
    let names = known.found.get(labels)
    if (names === undefined) {
      names = []
      for (const [name, selector] of known.selectors) if (selector.matches(labels)) names.push(name)
      known.found.set(labels, names)
    }
    return names
  }
}

const NOBODY: readonly string[] = []
