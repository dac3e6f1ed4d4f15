import type { NodeId } from '../../state/ids.js'
import type { Snapshot } from '../framework/snapshot.js'

/** One image: its size as the first node that has it says, and which nodes have it. */
export interface NodeImage {
  bytes: number
  /** How many nodes have it. */
  nodes: number
  /** By node: 1 where it is present. May be shorter than the rows of the snapshot. */
  isOn: Uint8Array
}

/**
 * Which images are on which nodes, kept as nodes come, change and go.
 *
 * Upstream: imageStates of pkg/scheduler/backend/cache/cache.go (1.36).
 * Simplified: nothing known.
 */
export class ImageHolders {
  /** Nodes there are, with images or without. */
  nodes = 0
  readonly #snapshot: Snapshot
  readonly #images = new Map<string, NodeImage>()
  readonly #namesOn = new Map<NodeId, ReadonlyMap<string, number>>()

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  /** The image of that name, whether any node has it yet or not. */
  image(name: string): NodeImage {
    let image = this.#images.get(name)
    if (image === undefined) {
      image = { bytes: 0, nodes: 0, isOn: new Uint8Array(0) }
      this.#images.set(name, image)
    }
    return image
  }

  add(node: NodeId, images: ReadonlyMap<string, number> | undefined): void {
    this.nodes++
    this.update(node, images)
  }

  remove(node: NodeId): void {
    this.nodes--
    this.update(node, undefined)
  }

  /** Takes over what the node reports now. */
  update(node: NodeId, images: ReadonlyMap<string, number> | undefined): void {
    const before = this.#namesOn.get(node)
    if (before === images) return
    for (const name of before?.keys() ?? [])
      if (images?.has(name) !== true) this.#take(node, this.image(name))
    for (const [name, bytes] of images ?? [])
      if (before?.has(name) !== true) this.#put(node, this.image(name), bytes)
    if (images === undefined) this.#namesOn.delete(node)
    else this.#namesOn.set(node, images)
  }

  #put(node: NodeId, image: NodeImage, bytes: number): void {
    if (node >= image.isOn.length) {
      const grown = new Uint8Array(this.#snapshot.rows)
      grown.set(image.isOn)
      image.isOn = grown
    }
    // While some node has the image, its size stays what the first one said.
    if (image.nodes === 0) image.bytes = bytes
    image.isOn[node] = 1
    image.nodes++
  }

  #take(node: NodeId, image: NodeImage): void {
    image.isOn[node] = 0
    image.nodes--
  }
}
