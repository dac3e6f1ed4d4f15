import { defineFailure } from '../failure-model.js'

/**
 * An image registry that does not answer: pulls fail and back off; images that are on a node already do not need it.
 *
 * Upstream: what happens to real registries; the back-off is the kubelet's (pkg/kubelet/images/image_manager.go, 1.36).
 * Simplified: one registry for all images and nodes; only images with a size are pulled.
 */
export const registryOutage = defineFailure({
  name: 'registry-outage',
  about: 'Image pulls fail for a while.',
  subjects: ['cluster'],
  args: {},
  create: ({ ports }) => ({
    strike() {
      ports.cutOffRegistry(true)
    },
    mend() {
      ports.cutOffRegistry(false)
    },
  }),
})
