/**
 * The ports of a Service as its pods have them: pods whose ports differ are in different slices.
 *
 * Upstream: getEndpointPorts and FindPort of staging/src/k8s.io/endpointslice/utils.go, NewPortMapKey (1.36).
 * Simplified: nothing known.
 */
import type { PodSpec } from '../../model/pod-spec.js'
import { canonicalJson } from '../../model/pod-template.js'
import type { EndpointPort, ServiceSpec } from '../../model/services.js'

export interface GroupPorts {
  readonly ports: readonly EndpointPort[]
  /** Equal for lists of the same ports in any order. */
  readonly key: string
}

export function portsOf(spec: ServiceSpec, pod: PodSpec): GroupPorts {
  const ports = endpointPorts(spec, pod)
  return { ports, key: portsKey(ports) }
}

/** The ports of the Service as this pod has them: named ones are looked up in its containers. */
export function endpointPorts(spec: ServiceSpec, pod: PodSpec): EndpointPort[] {
  const found: EndpointPort[] = []
  for (const { name = '', port, protocol = 'TCP', appProtocol, targetPort = port } of spec.ports ?? []) {
    const number = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort, protocol)
    if (number === undefined) continue
    found.push({ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) })
  }
  return found
}

function namedPort(pod: PodSpec, name: string, protocol: string): number | undefined {
  const sidecars = (pod.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  for (const { ports = [] } of [...pod.containers, ...sidecars]) {
    for (const port of ports) {
      if (port.name === name && (port.protocol ?? 'TCP') === protocol) return port.containerPort
    }
  }
  return undefined
}

/** Equal for lists of the same ports in any order. */
export function portsKey(ports: readonly EndpointPort[]): string {
  return ports
    .map(canonicalJson)
    .sort((a, b) => (a < b ? -1 : 1))
    .join()
}
