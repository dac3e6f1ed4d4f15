/** The names of nodes, pods and other objects a scenario makes. */
export class ClaimedNames {
  readonly #objects = new Map<string, Set<string>>()
  /** Names of a trace are only put into a set when somebody else makes pods in its namespace, too. */
  readonly #whole = new Map<string, readonly string[]>()

  /** Claims the names of nodes; the first one that is taken, or undefined. */
  claimNodes(names: readonly string[]): string | undefined {
    return this.#claim('Node', '', names)
  }

  /** Claims the names of pods, which differ from one another; the first one that is taken, or undefined. */
  claimPods(namespace: string, names: readonly string[]): string | undefined {
    const key = keyOf('Pod', namespace)
    if (!this.#objects.has(key) && !this.#whole.has(key)) {
      this.#whole.set(key, names)
      return undefined
    }
    return this.#claim('Pod', namespace, names)
  }

  claimObject(kind: string, namespace: string, name: string): boolean {
    return this.#claim(kind, namespace, [name]) === undefined
  }

  has(kind: string, namespace: string, name: string): boolean {
    return this.#set(kind, namespace).has(name)
  }

  /** Names to look for a similar one in: enough of them for a hint. */
  near(kind: string, namespace: string): readonly string[] {
    return [...this.#set(kind, namespace)].slice(0, 2_000)
  }

  #claim(kind: string, namespace: string, names: readonly string[]): string | undefined {
    const taken = this.#set(kind, namespace)
    const clash = names.find(name => taken.has(name))
    if (clash === undefined) for (const name of names) taken.add(name)
    return clash
  }

  #set(kind: string, namespace: string): Set<string> {
    const key = keyOf(kind, namespace)
    let set = this.#objects.get(key)
    if (set === undefined) {
      set = new Set(this.#whole.get(key))
      this.#whole.delete(key)
      this.#objects.set(key, set)
    }
    return set
  }
}

function keyOf(kind: string, namespace: string): string {
  return `${kind}/${namespace}`
}
