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

interface KnownSelector {
  readonly namespace: string
  readonly selector: CompiledSelector
}

export class ControllingAutoscalers {
  /** By namespace/name. */
  readonly #selectors = new Map<string, KnownSelector>()
  /** Names found for a namespace and set of labels; labels are shared objects, so few. */
  readonly #found = new Map<string, WeakMap<Labels, readonly string[]>>()

  put(namespace: string, name: string, selector: CompiledSelector): void {
    const key = `${namespace}/${name}`
    if (this.#selectors.get(key)?.selector.key === selector.key) return
    this.#selectors.set(key, { namespace, selector })
    this.#found.delete(namespace)
  }

  delete(namespace: string, name: string): void {
    if (this.#selectors.delete(`${namespace}/${name}`)) this.#found.delete(namespace)
  }

  /** All autoscalers that select one of the pods. */
  over(namespace: string, name: string, pods: readonly { readonly labels: Labels }[]): readonly string[] {
    const own = `${namespace}/${name}`
    const keys = new Set<string>()
    let last: Labels | undefined
    for (const { labels } of pods) {
      if (labels === last) continue
      last = labels
      for (const key of this.#selecting(namespace, labels)) keys.add(key)
    }
    if (keys.size < 2) return [...keys]
    return [...keys].sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1))
  }

  #selecting(namespace: string, labels: Labels): readonly string[] {
    let found = this.#found.get(namespace)
    if (found === undefined) {
      found = new WeakMap()
      this.#found.set(namespace, found)
    }
    let keys = found.get(labels)
    if (keys === undefined) {
      keys = [...this.#selectors]
        .filter(([, known]) => known.namespace === namespace && known.selector.matches(labels))
        .map(([key]) => key)
      found.set(labels, keys)
    }
    return keys
  }
}
