/**
 * The object of a Service, looked up by its name once for as long as it is there.
 * Upstream: pkg/proxy/servicechangetracker.go (1.36).
 * Simplified: nothing known.
 */
import type { ServiceSpec } from '../model/services.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { StoredObject } from '../state/objects.js'

export class ServiceObject {
  readonly namespace: string
  readonly name: string
  readonly #state: ClusterState
  #found: StoredObject<ServiceSpec> | undefined

  /** @param key namespace/name */
  constructor(state: ClusterState, key: string) {
    const slash = key.indexOf('/')
    this.namespace = key.slice(0, slash)
    this.name = key.slice(slash + 1)
    this.#state = state
  }

  get(): StoredObject<ServiceSpec> | undefined {
    const { objects } = this.#state
    const found = this.#found
    if (found !== undefined && objects.object[found.id] === found && objects.exists(found.id)) return found
    const id = objects.find('Service', this.namespace, this.name)
    this.#found = id === undefined ? undefined : objects.get<ServiceSpec>(id)
    return this.#found
  }

  /** Its clients know the addresses of its pods. */
  get isHeadless(): boolean {
    return this.get()?.spec.clusterIP === 'None'
  }
}
