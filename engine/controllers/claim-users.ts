/**
 * The pods that mount each claim: those in the store, and those that have gone but are still listed by the informer.
 * Who asks can wait for the last of them to be gone for good.
 *
 * Upstream: pkg/controller/volume/common/common.go (the pod index by claim), with the live list that
 * pkg/controller/volume/pvcprotection makes beside it (1.36).
 * Simplified: nothing known.
 */
import { claimsOfPod, type PodClaim } from '../model/pod-claims.js'
import { Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { NamespaceId, PodId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'

const NOBODY: ReadonlySet<PodId> = new Set()
const NO_CLAIMS: readonly PodClaim[] = []

export class ClaimUsers implements LogListener {
  readonly #state: ClusterState
  readonly #byClaim = new Map<string, Set<PodId>>()

  constructor(state: ClusterState, informer: Informer) {
    this.#state = state
    const { pods } = state
    for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) this.#add(row as PodId)
    state.log.listen(this, [{ source: Source.Pods, fields: Change.Added }])
    informer.subscribe(Source.Pods, Change.Deleted, row => this.#remove(row as PodId))
  }

  /** Additions are taken from the log at once, so no entry is kept for them. */
  get cursor(): number {
    return this.#state.log.end
  }

  appended(_source: Source, row: number): void {
    this.#add(row as PodId)
  }

  of(namespace: string, name: string): ReadonlySet<PodId> {
    return this.#byClaim.get(`${namespace}/${name}`) ?? NOBODY
  }

  /** The claims a pod mounts. */
  claimsOf(pod: PodId): readonly PodClaim[] {
    const { pods, templates } = this.#state
    const { spec } = templates.get(pods.templateOf(pod))
    return spec.volumes === undefined ? NO_CLAIMS : claimsOfPod(spec, pods.name[pod] as string)
  }

  #add(pod: PodId): void {
    for (const { name } of this.claimsOf(pod)) {
      const key = this.#key(pod, name)
      const users = this.#byClaim.get(key)
      if (users === undefined) this.#byClaim.set(key, new Set([pod]))
      else users.add(pod)
    }
  }

  #remove(pod: PodId): void {
    for (const { name } of this.claimsOf(pod)) {
      const key = this.#key(pod, name)
      const users = this.#byClaim.get(key)
      users?.delete(pod)
      if (users?.size === 0) this.#byClaim.delete(key)
    }
  }

  #key(pod: PodId, claim: string): string {
    const { pods, namespaces } = this.#state
    return `${namespaces.get(pods.namespace[pod] as NamespaceId)}/${claim}`
  }
}
