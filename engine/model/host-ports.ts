import type { PodSpec } from './pod-spec.js'

/** A port a pod takes on its node. */
export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

const EVERY_ADDRESS = '0.0.0.0'

/**
 * The host ports of a pod's containers and sidecars.
 *
 * Upstream: GetHostPorts of pkg/scheduler/util/utils.go and HostPortInfo of
 * staging/src/k8s.io/kube-scheduler/framework/types.go (1.36).
 * Simplified: nothing known.
 */
export function hostPortsOf({ containers, initContainers = [] }: PodSpec): HostPort[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort = 0 }) => hostPort > 0)
      .map(({ hostPort = 0, hostIP = '', protocol = 'TCP' }) => ({
        ip: hostIP === '' ? EVERY_ADDRESS : hostIP,
        protocol,
        port: hostPort,
      })),
  )
}

/** Two pods cannot have such ports on one node: the same port of an address, or of any against every address. */
export function areConflicting(one: HostPort, other: HostPort): boolean {
  if (one.port !== other.port || one.protocol !== other.protocol) return false
  return one.ip === other.ip || one.ip === EVERY_ADDRESS || other.ip === EVERY_ADDRESS
}
