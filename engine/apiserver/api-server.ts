import type { Kernel } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { ObservedEviction } from '../record/disruption/evictions-record.js'
import type { ClusterState } from '../state/cluster-state.js'
import { GeneratedNames } from './generated-names.js'
import { NodeRegistry } from './node-registry.js'
import { ObjectRegistry } from './object-registry.js'
import { PodRegistry } from './pod-registry.js'

/**
 * The API server: everything that writes to the store goes through one of its registries, and components reach it
 * through an ApiClient, which adds the client's rate limit and the request's latency.
 *
 * Upstream: staging/src/k8s.io/apiserver and pkg/registry (1.36).
 * Simplified: one server, always consistent; no authentication, no priority and fairness.
 */
export class ApiServer {
  readonly state: ClusterState
  readonly pods: PodRegistry
  readonly nodes: NodeRegistry
  readonly objects: ObjectRegistry
  readonly names: GeneratedNames
  /** Told of each answer of the eviction subresource. */
  evictionObserver?: (eviction: ObservedEviction, at: SimTime) => void

  constructor(kernel: Kernel, state: ClusterState) {
    this.state = state
    this.pods = new PodRegistry(kernel, state)
    this.nodes = new NodeRegistry(kernel, state)
    this.objects = new ObjectRegistry(kernel, state)
    this.names = new GeneratedNames(kernel.seed, state)
  }
}
