import { parseDuration } from '../../kernel/time.js'
import { value } from '../../model/quantity.js'
import { defineFailure } from '../failure-model.js'

/**
 * Disks that fill up with something that is no pod's, evenly over a time, until somebody clears them.
 *
 * Upstream: what happens to real disks; no file of Kubernetes.
 * Simplified: nodefs and imagefs are one.
 */
export const diskFilling = defineFailure({
  name: 'disk-filling',
  about: 'Something that is no pod fills the disks of nodes.',
  subjects: ['nodes', 'domains'],
  args: { amount: '100Gi', over: '1h' },
  check: ({ amount }) => (value(amount) === undefined ? [`"${amount}" is no quantity`] : []),
  create: ({ ports }, { amount, over }) => {
    const growth = { from: 0, to: value(amount) ?? 0, over: parseDuration(over) ?? 0 }
    return {
      strike({ nodes }) {
        for (const node of nodes) ports.fillDisk(node, growth)
      },
      mend({ nodes }) {
        for (const node of nodes) ports.fillDisk(node, undefined)
      },
    }
  },
})
