import { isRefused } from '../apiserver/result.js'
import { invariant } from '../kernel/invariant.js'
import { kubeletConfig } from '../model/kubelet-config.js'
import { defineOperation } from './operation.js'

/** What every kubelet says of its machine; the pool may say otherwise. */
const KUBELET_LABELS = {
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  'beta.kubernetes.io/os': 'linux',
  'beta.kubernetes.io/arch': 'amd64',
} as const

/**
 * Nodes of a pool join the cluster.
 * Upstream: initialNode, tryRegisterWithAPIServer of pkg/kubelet/kubelet_node_status.go (1.36).
 * Simplified: a node is registered when it is ready.
 */
export const createNodes = defineOperation('create-nodes', ({ api, model }) => ({ pool: index, names }) => {
  const pool = model.nodePools[index]
  const images = new Map(Object.entries(pool.images))
  const kubelet = kubeletConfig(pool.annotations ?? {})
  for (const [ordinal, name] of names.entries()) {
    const zone = pool.zones.length === 0 ? undefined : pool.zones[ordinal % pool.zones.length]
    // Nodes of a pool share the hidden class of their labels, which a spread with one more label would not give.
    const labels: Record<string, string> = Object.assign({}, KUBELET_LABELS, pool.labels)
    labels['kubernetes.io/hostname'] = name
    if (zone !== undefined) labels['topology.kubernetes.io/zone'] = zone
    const created = api.nodes.create({ ...pool, name, labels, images, kubelet, pool: index })
    invariant(!isRefused(created), `node ${name} is created once`)
  }
  return { pool: pool.name, nodes: names.length }
})
