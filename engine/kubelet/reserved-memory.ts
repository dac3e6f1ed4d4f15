/**
 * Memory of a node that its pods together may not use.
 *
 * Upstream: getNodeAllocatableInternalAbsolute of pkg/kubelet/cm/node_container_manager_linux.go (1.36).
 * Simplified: nothing known.
 */
import type { KubeletConfig } from '../model/kubelet-config.js'
import { value } from '../model/quantity.js'

export function reservedMemory({ reservations: { kubeReserved, systemReserved } }: KubeletConfig): number {
  const kube = value(kubeReserved?.['memory'] ?? '0') ?? 0
  return kube + (value(systemReserved?.['memory'] ?? '0') ?? 0)
}
