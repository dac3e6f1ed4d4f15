/**
 * Some of the instance types of a pool, or of their rows, by number: as bits, since sets are intersected for every pod.
 * Upstream: the lists of instance types in Karpenter core 1.15, pkg/controllers/provisioning/scheduling/nodeclaim.go.
 * Simplified: nothing known.
 */
export class TypeSet {
  readonly words: Int32Array
  readonly capacity: number

  constructor(capacity: number, words = new Int32Array((capacity + 31) >> 5)) {
    this.capacity = capacity
    this.words = words
  }

  static full(capacity: number): TypeSet {
    const set = new TypeSet(capacity)
    for (let i = 0; i < capacity; i++) set.add(i)
    return set
  }

  add(member: number): void {
    this.words[member >> 5] |= 1 << (member & 31)
  }

  has(member: number): boolean {
    return (this.words[member >> 5] & (1 << (member & 31))) !== 0
  }

  get isEmpty(): boolean {
    const { words } = this
    for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false
    return true
  }

  equals(other: TypeSet): boolean {
    const { words } = this
    for (let i = 0; i < words.length; i++) if (words[i] !== other.words[i]) return false
    return true
  }

  intersection(other: TypeSet): TypeSet {
    const words = this.words.slice()
    for (let i = 0; i < words.length; i++) words[i] &= other.words[i]
    return new TypeSet(this.capacity, words)
  }

  difference(other: TypeSet): TypeSet {
    const words = this.words.slice()
    for (let i = 0; i < words.length; i++) words[i] &= ~other.words[i]
    return new TypeSet(this.capacity, words)
  }

  /** In ascending order. */
  members(): number[] {
    const members: number[] = []
    for (let i = 0; i < this.capacity; i++) if (this.has(i)) members.push(i)
    return members
  }
}
