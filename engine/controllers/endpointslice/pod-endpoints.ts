/**
 * Pods as endpoints of a Service: address, place, and the conditions that clients go by.
 *
 * Upstream: podToEndpoint of staging/src/k8s.io/endpointslice/utils.go, ShouldPodBeInEndpoints of
 * util/controller_utils.go (1.36).
 * Simplified: pod addresses are made up from UIDs, IPv4 only; pods of the host's network have one of their own, too.
 */
import { NEVER } from '../../kernel/time.js'
import type { Endpoint } from '../../model/services.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, type NodeId, type PodId } from '../../state/ids.js'

const ZONE = 'topology.kubernetes.io/zone'

/** An address out of 10.0.0.0/8, another for each of 16 million pods one after another. */
export function podAddress(uid: number): string {
  return `10.${(uid >>> 16) & 255}.${(uid >>> 8) & 255}.${uid & 255}`
}

/** A pod has its address from the moment it runs, and counts until it has finished. */
export function isEndpoint({ pods }: ClusterState, pod: PodId): boolean {
  return pods.runningAt[pod] !== NEVER && !pods.isFinished(pod)
}

/**
 * The pod as an endpoint. `current` itself is returned where it says all that already.
 * @param service its name: a pod with hostname and this subdomain gets a name of its own
 */
export function endpointOf(
  state: ClusterState,
  pod: PodId,
  service: { readonly name: string; readonly publishNotReady: boolean },
  current?: Endpoint,
): Endpoint {
  const { pods, nodes, namespaces, templates, labelSets } = state
  const serving = pods.ready[pod] === 1
  const terminating = pods.isTerminating(pod)
  const ready = service.publishNotReady || (serving && !terminating)
  const node = pods.node[pod] as NodeId
  const nodeName = node === NONE ? undefined : (nodes.name[node] as string)
  const zone = node === NONE ? undefined : labelSets.get(nodes.labels[node] as LabelSetId)[ZONE]
  const { conditions } = current ?? {}
  if (
    current !== undefined &&
    conditions?.ready === ready &&
    conditions.serving === serving &&
    conditions.terminating === terminating &&
    current.nodeName === nodeName &&
    current.zone === zone
  )
    return current
  const { hostname = '', subdomain } = templates.get(pods.templateOf(pod)).spec
  const uid = pods.uid[pod]
  return {
    addresses: [podAddress(uid)],
    conditions: { ready, serving, terminating },
    ...(hostname !== '' && subdomain === service.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined || zone === '' ? {} : { zone }),
    targetRef: {
      kind: 'Pod',
      namespace: namespaces.get(pods.namespace[pod] as NamespaceId),
      name: pods.name[pod] as string,
      uid,
    },
  }
}
