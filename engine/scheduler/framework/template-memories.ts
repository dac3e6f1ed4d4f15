import type { TemplateId } from '../../state/ids.js'

/** Room for what one kind of memory holds, over all templates. */
const MAX_BYTES = 64 * 2 ** 20

/** What was worked out for the pods of one template, in columns by node id. */
export interface TemplateMemory {
  /** The version of the node's row that an entry is for; versions count from 1, 0 is none. Its length is the room. */
  readonly version: Int32Array
}

/**
 * One memory a template, made for the second of its pods, since many templates have no second one. The number of
 * memories is limited; the oldest makes room.
 *
 * Upstream: none; kube-scheduler works everything out anew.
 * Simplified: nothing known.
 */
export class TemplateMemories<Memory extends TemplateMemory> {
  readonly #bytesPerNode: number
  readonly #make: (rows: number) => Memory
  readonly #byTemplate: (Memory | undefined)[] = []
  readonly #seen: boolean[] = []
  /** Templates that have a memory, in a ring. */
  readonly #ring: TemplateId[] = []
  #oldest = 0

  constructor(bytesPerNode: number, make: (rows: number) => Memory) {
    this.#bytesPerNode = bytesPerNode
    this.#make = make
  }

  /** The memory of a template with room for so many rows, or undefined for its first pod. */
  of(template: TemplateId, rows: number): Memory | undefined {
    const known = this.#byTemplate[template]
    if (known !== undefined && known.version.length >= rows) return known
    if (!this.#seen[template]) {
      this.#seen[template] = true
      return undefined
    }
    if (known === undefined) this.#enter(template, rows)
    const memory = this.#make(rows)
    this.#byTemplate[template] = memory
    return memory
  }

  #enter(template: TemplateId, rows: number): void {
    const places = Math.max(1, Math.floor(MAX_BYTES / (this.#bytesPerNode * rows)))
    if (this.#ring.length < places) {
      this.#ring.push(template)
      return
    }
    const at = this.#oldest % this.#ring.length
    this.#byTemplate[this.#ring[at]] = undefined
    this.#ring[at] = template
    this.#oldest = at + 1
  }
}
