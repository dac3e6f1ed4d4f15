/**
 * Which pods of the cluster the topology rules mean, and in which domains: counted once for all simulations of one
 * moment, since these differ only in the few pods and nodes that are thought away.
 * Upstream: countDomains and updateInverseAffinities of Karpenter core 1.15,
 * pkg/controllers/provisioning/scheduling/topology.go.
 * Simplified: nothing known.
 */
import type { Labels } from '../../model/pod-spec.js'
import type { ClusterNode } from './cluster-node.js'
import { Requirements } from './requirements.js'
import type { SchedulingPod } from './scheduling-pod.js'
import type { TopologyRule } from './topology-group.js'
import { HOSTNAME } from './well-known-labels.js'

/** What one rule counts. */
export interface Count {
  /** Nodes that count for it, with the domain each is in. */
  readonly nodes: readonly ClusterNode[]
  readonly domainOfNode: readonly string[]
  /** Pods that it means, by uid, with the domain each is in. */
  readonly pods: readonly string[]
  readonly domainOfPod: readonly string[]
}

/** A pod that keeps others away, and the labels of its node. */
export interface RepellingPod {
  readonly pod: SchedulingPod
  readonly labels: Labels
}

export class TopologyCensus {
  readonly #nodes: readonly ClusterNode[]
  readonly #counts = new Map<string, Count>()
  #repelling: readonly RepellingPod[] | undefined

  constructor(nodes: readonly ClusterNode[]) {
    this.#nodes = nodes
  }

  /** Pods with required anti-affinity that have not ended. */
  get repelling(): readonly RepellingPod[] {
    this.#repelling ??= this.#findRepelling()
    return this.#repelling
  }

  count(rule: TopologyRule): Count {
    let count = this.#counts.get(rule.countingKey)
    if (count === undefined) this.#counts.set(rule.countingKey, (count = this.#count(rule)))
    return count
  }

  #findRepelling(): RepellingPod[] {
    const repelling: RepellingPod[] = []
    for (const { node, pods } of this.#nodes) {
      if (node === undefined) continue
      for (const pod of pods) {
        const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
        if (terms.length > 0 && !pod.isTerminal) repelling.push({ pod, labels: node.labels })
      }
    }
    return repelling
  }

  #count({ topologyKey, nodeFilter, namespaces, countingSelector }: TopologyRule): Count {
    const nodes: ClusterNode[] = []
    const domainOfNode: string[] = []
    const counted: string[] = []
    const domainOfPod: string[] = []
    for (const clusterNode of this.#nodes) {
      const { node, pods } = clusterNode
      if (node === undefined) continue
      if (nodeFilter?.matches(node.taints, Requirements.ofLabels(node.labels)) === false) continue
      const known: string | undefined = clusterNode.labels[topologyKey]
      if (known !== undefined) {
        nodes.push(clusterNode)
        domainOfNode.push(known)
      }
      // The label of the host may be missing while a node comes up, and its pods count all the same.
      const domain = node.labels[topologyKey] ?? (topologyKey === HOSTNAME ? node.name : undefined)
      if (domain === undefined) continue
      for (const pod of pods) {
        if (pod.isTerminal || pod.isTerminating) continue
        if (!namespaces.has(pod.namespace) || !countingSelector.matches(pod.labels)) continue
        counted.push(pod.uid)
        domainOfPod.push(domain)
      }
    }
    return { nodes, domainOfNode, pods: counted, domainOfPod }
  }
}
