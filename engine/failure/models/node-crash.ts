import { defineFailure } from '../failure-model.js'

/**
 * Machines that lose power or hang for good: everything on them ends, and nobody is told. When one comes back its
 * kubelet boots and starts the containers of the pods that are still its own.
 *
 * Upstream: what happens to real machines; no file of Kubernetes.
 * Simplified: volumes and images on the machine's disk survive.
 */
export const nodeCrash = defineFailure({
  name: 'node-crash',
  about: 'Machines go down with everything on them, and boot again when mended.',
  subjects: ['nodes', 'domains'],
  args: {},
  create: ({ outages }) => ({
    strike({ nodes }) {
      for (const node of nodes) outages.crash(node)
    },
    mend({ nodes }) {
      for (const node of nodes) outages.boot(node)
    },
  }),
})
