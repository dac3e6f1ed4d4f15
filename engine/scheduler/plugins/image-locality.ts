import type { PodSpec } from '../../model/pod-spec.js'
import { definePlugin } from '../framework/define-plugin.js'
import { MAX_SCORE } from '../framework/normalize.js'
import type { PodShape } from '../framework/pod-shape.js'
import { ImageHolders, type NodeImage } from './image-holders.js'

const MIB = 1024 * 1024
/** Less than this on a node is worth nothing. */
const LOWEST_BYTES = 23 * MIB
/** More than this for each container is worth no more. */
const HIGHEST_BYTES_PER_CONTAINER = 1000 * MIB

interface WantedImages {
  readonly images: readonly NodeImage[]
  readonly containers: number
}

/**
 * Prefers nodes that have the pod's images, the larger and the wider spread an image the more: so an image that only
 * one node has does not draw all its pods there.
 *
 * Upstream: pkg/scheduler/framework/plugins/imagelocality/image_locality.go (1.36).
 * Simplified: nothing known.
 */
export const imageLocality = definePlugin({
  name: 'ImageLocality',
  about: "Prefers nodes that have the pod's images already.",
  args: {},
  create({ snapshot, state }) {
    const holders = new ImageHolders(snapshot)
    const wanted: WantedImages[] = []
    const wantedBy = ({ templateId, template: { spec } }: PodShape): WantedImages =>
      (wanted[templateId] ??= {
        images: imagesOf(spec).map(name => holders.image(name)),
        containers: spec.containers.length + (spec.initContainers ?? []).length,
      })
    snapshot.listen({
      nodeAdded: node => holders.add(node, state.nodes.images[node]),
      nodeUpdated: node => holders.update(node, state.nodes.images[node]),
      nodeRemoved: node => holders.remove(node),
    })
    return {
      uniformScore: ({ shape }) => (wantedBy(shape).images.some(({ nodes }) => nodes > 0) ? undefined : 0),
      score({ shape }, { ids, length }, scores) {
        const { images, containers } = wantedBy(shape)
        scores.fill(0, 0, length)
        let isAnywhere = false
        for (let k = 0; k < images.length; k++) {
          const image = images[k]
          if (image.nodes === 0) continue
          isAnywhere = true
          const worth = Math.floor(image.bytes * (image.nodes / holders.nodes))
          const { isOn } = image
          for (let i = 0; i < length; i++) {
            // A node beyond the column has never had the image.
            if (isOn[ids[i]] === 1) scores[i] += worth
          }
        }
        if (!isAnywhere) return
        const highest = HIGHEST_BYTES_PER_CONTAINER * containers
        for (let i = 0; i < length; i++) {
          const sum = Math.min(Math.max(scores[i], LOWEST_BYTES), highest)
          scores[i] = Math.floor((MAX_SCORE * (sum - LOWEST_BYTES)) / (highest - LOWEST_BYTES))
        }
      },
    }
  },
})

/** The images of a pod as nodes name them, one entry for each use. */
export function imagesOf({ containers, initContainers = [], volumes = [] }: PodSpec): string[] {
  return [
    ...initContainers.map(({ image }) => image),
    ...containers.map(({ image }) => image),
    ...volumes.map(({ image }) => image?.reference),
  ].flatMap(name => (name === undefined ? [] : [withTag(name)]))
}

/** An image without a tag is its latest version. */
function withTag(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name
}
