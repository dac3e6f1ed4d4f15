import { defineFailure } from '../failure-model.js'
import { Component } from '../fault-ports.js'

const wholeControlPlane: string = Component.ApiServer

/**
 * Parts of the control plane that are down for a while. Without the API server nothing else works either: kubelets
 * cannot report, and scheduler and controller manager lose their leader leases and start again when it is back.
 *
 * Upstream: leader election of kube-scheduler and kube-controller-manager (1.36): both exit when the lease cannot be
 * renewed, and start with empty caches.
 * Simplified: what users ask for in the meantime is carried out all the same; another replica is never there to lead.
 */
export const controlPlaneOutage = defineFailure({
  name: 'control-plane-outage',
  about: 'The API server, the scheduler or the controller manager is down for a while.',
  subjects: ['cluster'],
  args: { component: wholeControlPlane },
  check: ({ component }) =>
    Object.values(Component).some(name => name === component)
      ? []
      : [`component is one of ${Object.values(Component).join(', ')}`],
  create: ({ ports, outages }, { component }) => {
    const isWhole = component === Component.ApiServer
    const stopped = Object.values(Component).filter(name => isWhole || name === component)
    return {
      strike({ nodes }) {
        for (const name of stopped) ports.stop(name)
        if (isWhole) for (const node of nodes) outages.silence(node)
      },
      mend({ nodes }) {
        if (isWhole) for (const node of nodes) outages.revive(node)
        for (const name of stopped) ports.start(name)
      },
    }
  },
})
