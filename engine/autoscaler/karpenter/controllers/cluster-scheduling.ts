/**
 * The scheduling simulation over the cluster of a run: pools and offerings as they are now, one pod of each DaemonSet,
 * namespaces and storage as the API has them.
 * Upstream: NewScheduler and getDaemonSetPods of Karpenter core 1.15, pkg/controllers/provisioning/provisioner.go.
 * Simplified: a DaemonSet is always asked by its template, where upstream takes its newest pod.
 */

import type { KarpenterSettings } from '../../../model/karpenter-run.js'
import { defaultPod } from '../../../model/pod-defaults.js'
import type { Labels, PodSpec } from '../../../model/pod-spec.js'
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../../model/storage.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import type { StateNode } from '../disruption-candidate.js'
import type { InstanceType } from '../instance-type.js'
import type { StorageLookup } from '../pod-volumes.js'
import { PoolCatalog } from '../pool-catalog.js'
import { PoolTemplate } from '../pool-template.js'
import { SchedulingCluster } from '../scheduling-cluster.js'
import type { SchedulingPod } from '../scheduling-pod.js'
import type { SchedulingRequest, SchedulingResult } from '../scheduling-result.js'
import { simulateScheduling } from '../scheduling-round.js'
import type { CloudOffers } from './cloud-offers.js'
import type { NodePools } from './node-pools.js'

interface DaemonSetSpec {
  readonly template: { readonly metadata?: { readonly labels?: Labels }; readonly spec: PodSpec }
}

export class ClusterScheduling {
  readonly #state: ClusterState
  readonly #pools: NodePools
  readonly #offers: CloudOffers
  readonly #settings: KarpenterSettings
  readonly #cloudLabels: readonly string[]
  #catalog: PoolCatalog | undefined
  #types: readonly InstanceType[] | undefined
  #byName: ReadonlyMap<string, InstanceType> = new Map()
  #poolList: NodePools['all'] | undefined

  constructor(
    state: ClusterState,
    pools: NodePools,
    offers: CloudOffers,
    settings: KarpenterSettings,
    cloudLabels: readonly string[],
  ) {
    this.#state = state
    this.#pools = pools
    this.#offers = offers
    this.#settings = settings
    this.#cloudLabels = cloudLabels
  }

  get wellKnown(): ReadonlySet<string> {
    return this.#offers.wellKnown
  }

  get instanceTypes(): ReadonlyMap<string, InstanceType> {
    this.#refresh()
    return this.#byName
  }

  /** Answers any number of questions about the cluster with these nodes. */
  over(nodes: readonly StateNode[]): (request: SchedulingRequest) => SchedulingResult {
    let cluster: SchedulingCluster | undefined
    return request => {
      cluster ??= new SchedulingCluster(this.#refresh(), {
        nodes: nodes.map(node => node.cluster),
        daemonPods: this.#daemonPods(),
        namespaces: this.#namespaces(),
        storage: this.#storage(),
      })
      return simulateScheduling(cluster, request)
    }
  }

  #refresh(): PoolCatalog {
    const { types } = this.#offers
    const { all } = this.#pools
    if (this.#catalog !== undefined && this.#types === types && this.#poolList === all) return this.#catalog
    const { minValuesPolicy, preferencePolicy } = this.#settings
    this.#types = types
    this.#poolList = all
    this.#byName = new Map(types.map(type => [type.name, type]))
    this.#catalog = new PoolCatalog(
      all.map(({ object }) => new PoolTemplate(object, types)),
      { minValuesPolicy, preferencePolicy, cloudLabels: this.#cloudLabels },
    )
    return this.#catalog
  }

  #daemonPods(): SchedulingPod[] {
    const { objects } = this.#state
    return [...objects.ofKind('DaemonSet')].map(id => {
      const { meta, spec } = objects.get<DaemonSetSpec>(id)
      const { template } = spec
      const labels = template.metadata?.labels ?? {}
      return {
        namespace: meta.namespace,
        name: meta.name,
        uid: String(meta.uid),
        labels,
        spec: defaultPod(template.spec, labels),
        createdAtSeconds: 0,
        nodeName: undefined,
        isPending: true,
        isTerminal: false,
        isTerminating: false,
        isOfDaemonSet: true,
      }
    })
  }

  #namespaces(): ReadonlyMap<string, Labels> {
    const { objects } = this.#state
    return new Map(
      [...objects.ofKind('Namespace')].map(id => {
        const { meta } = objects.get(id)
        return [meta.name, meta.labels]
      }),
    )
  }

  #storage(): StorageLookup {
    const { objects } = this.#state
    return {
      claim(namespace, name) {
        const id = objects.find('PersistentVolumeClaim', namespace, name)
        return id === undefined ? undefined : (objects.get(id) as PersistentVolumeClaim)
      },
      volume(name) {
        const id = objects.find('PersistentVolume', '', name)
        return id === undefined ? undefined : (objects.get(id) as PersistentVolume)
      },
      storageClass(name) {
        const id = objects.find('StorageClass', '', name)
        return id === undefined ? undefined : (objects.get(id) as StorageClass)
      },
    }
  }
}
