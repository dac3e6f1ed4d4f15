import { Status } from '../../state/ids.js'
import { defineFailure } from '../failure-model.js'

const REASON = 'KubeletNotReady'

/**
 * Kubelets whose container runtime does not answer: they go on renewing their leases and report themselves not ready,
 * after the 3 minutes in which the pod lifecycle event generator may be late.
 *
 * Upstream: pkg/kubelet/pleg/generic.go (relistThreshold), pkg/kubelet/nodestatus/setters.go (1.36).
 * Simplified: the node's pods go on as they are; only new ones are kept away by the taint.
 */
export const hungKubelet = defineFailure({
  name: 'hung-kubelet',
  about: 'Kubelets whose runtime hangs: they heartbeat, but report themselves not ready.',
  subjects: ['nodes', 'domains'],
  args: {},
  create: ({ ports }) => ({
    strike({ nodes }) {
      for (const node of nodes) ports.reportCondition(node, 'Ready', Status.False, REASON)
    },
    mend({ nodes }) {
      for (const node of nodes) ports.reportCondition(node, 'Ready', Status.True, 'KubeletReady')
    },
  }),
})
