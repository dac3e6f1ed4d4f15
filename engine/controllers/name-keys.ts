/**
 * Namespace and name as a key of a work queue, for controllers whose keys may name what no longer exists.
 * Upstream: MetaNamespaceKeyFunc of client-go/tools/cache/store.go (1.36).
 * Simplified: nothing known.
 */
import { Interner } from '../state/interner.js'

export class NameKeys {
  readonly #names = new Interner<number, { readonly namespace: string; readonly name: string }>()

  of(namespace: string, name: string): number {
    return this.#names.intern(`${namespace}/${name}`, () => ({ namespace, name }))
  }

  get(key: number): { readonly namespace: string; readonly name: string } {
    return this.#names.get(key)
  }
}
