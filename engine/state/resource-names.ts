/** The column of a resource in every amounts matrix. */
export const CPU = 0
export const MEMORY = 1
/** Pods a node may run; a pod itself requests none of it. Before it comes ephemeral storage. */
export const PODS = 3

/**
 * The resources of a run in order of first appearance, the four that every node has first.
 * Amounts are milliCPU for `cpu`, bytes for memory, storage and hugepages, counts for everything else.
 */
export class ResourceNames {
  readonly names: string[] = ['cpu', 'memory', 'ephemeral-storage', 'pods']
  #index = new Map(this.names.map((name, i) => [name, i]))
  #onGrowth: ((width: number) => void)[] = []

  get width(): number {
    return this.names.length
  }

  /** `widen` is called with the new width whenever a resource appears for the first time. */
  onGrowth(widen: (width: number) => void): void {
    this.#onGrowth.push(widen)
  }

  index(name: string): number {
    let index = this.#index.get(name)
    if (index === undefined) {
      index = this.names.length
      this.names.push(name)
      this.#index.set(name, index)
      for (const widen of this.#onGrowth) widen(this.names.length)
    }
    return index
  }
}
