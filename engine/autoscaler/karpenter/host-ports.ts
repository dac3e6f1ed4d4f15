/**
 * Ports of the host that pods take: two pods on one node may not take the same one at the same address.
 * Upstream: Karpenter core 1.15, pkg/scheduling/hostportusage.go.
 * Simplified: addresses are compared as they are written, but for the unspecified ones; ports of init containers do
 * not count upstream either.
 */
import type { PodSpec } from '../../model/pod-spec.js'

export interface HostPort {
  readonly address: string
  readonly port: number
  readonly protocol: string
}

export interface TakenPort extends HostPort {
  /** Uid of the pod that takes it. */
  readonly by: string
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
const NO_PORTS: readonly HostPort[] = []

export function hostPortsOf({ containers }: PodSpec): readonly HostPort[] {
  let ports: HostPort[] | undefined
  for (const container of containers) {
    for (const { hostPort = 0, hostIP = '', protocol = 'TCP' } of container.ports ?? []) {
      if (hostPort === 0) continue
      ports ??= []
      ports.push({ address: hostIP === '' ? '0.0.0.0' : hostIP, port: hostPort, protocol })
    }
  }
  return ports ?? NO_PORTS
}

/** Whether a pod finds one of its ports taken, not minding those it took itself. */
export function havePortConflict(
  taken: readonly TakenPort[],
  wanted: readonly HostPort[],
  uid: string,
): boolean {
  for (const port of wanted) {
    for (const other of taken) if (other.by !== uid && areSame(port, other)) return true
  }
  return false
}

function areSame(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false
  return a.address === b.address || EVERY_ADDRESS.has(a.address) || EVERY_ADDRESS.has(b.address)
}
