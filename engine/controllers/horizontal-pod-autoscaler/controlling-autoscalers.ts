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
import { SelectorIndex } from '../../model/selector-index.js'

export class ControllingAutoscalers {
  readonly #byNamespace = new Map<string, SelectorIndex<string>>()
  /** Counts changes of selectors: as long as it stays, so do all answers. */
  version = 0

  put(namespace: string, name: string, selector: CompiledSelector): void {
    let names = this.#byNamespace.get(namespace)
    if (names === undefined) {
      names = new SelectorIndex()
      this.#byNamespace.set(namespace, names)
    }
    if (names.set(name, selector)) this.version++
  }

  delete(namespace: string, name: string): void {
    if (this.#byNamespace.get(namespace)?.delete(name) === true) this.version++
  }

  /** All autoscalers that select a pod with one of these sets of labels, when there are several. */
  rivals(namespace: string, name: string, podLabels: readonly Labels[]): readonly string[] {
    const selectors = this.#byNamespace.get(namespace)
    if (selectors === undefined) return NOBODY
    const names = new Set<string>()
    for (const labels of podLabels) for (const found of selectors.selecting(labels)) names.add(found)
    if (names.size < 2) return NOBODY
    const keys = [...names].map(found => `${namespace}/${found}`)
    const own = `${namespace}/${name}`
    return keys.sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1))
  }
}

const NOBODY: readonly string[] = []
