import { Result } from '../../../apiserver/result.js'
import { SECOND, type SimTime } from '../../../kernel/time.js'
import {
  BOUND_BY_CONTROLLER,
  isFullyBound,
  type PersistentVolume,
  type PersistentVolumeClaim,
  SELECTED_NODE,
} from '../../../model/storage.js'
import { isVolumeOfClaim, isWithinReach } from '../../../model/volume-matching.js'
import type { LabelSetId, NodeId, ObjectId, PodId } from '../../../state/ids.js'
import type { FrameworkHandle } from '../../framework/interface.js'
import { Code, OK, type Verdict } from '../../framework/status.js'
import type { AssumedStorage } from './assumed-storage.js'
import { findClaim, findVolume } from './pod-claims.js'
import { affinityOn, type Binding } from './volume-binder.js'

/** How often the bound claims are looked at. */
const POLL_INTERVAL: SimTime = SECOND

/** Done, a rejection that ends the attempt, or not yet. */
export type BindingAnswer = Verdict | { readonly lookAgainAt: SimTime }

/**
 * The claims of one pod on their way to being bound: assumed at once, written when the pod is about to be
 * bound, then watched once a second until the volume controller has completed every binding.
 *
 * Upstream: AssumePodVolumes, BindPodVolumes and checkBindings of
 * pkg/scheduler/framework/plugins/volumebinding/binder.go (1.36).
 * Simplified: all writes are made in one instant, past the client's rate limit.
 */
export class BindingInProgress {
  readonly #handle: FrameworkHandle
  readonly #storage: AssumedStorage
  readonly #pod: PodId
  readonly #podUid: number
  readonly #node: NodeId
  readonly #bindings: readonly Binding[]
  readonly #provisions: readonly PersistentVolumeClaim[]
  #writtenAt: SimTime | undefined

  constructor(
    handle: FrameworkHandle,
    storage: AssumedStorage,
    pod: PodId,
    node: NodeId,
    bindings: readonly Binding[],
    provisions: readonly PersistentVolumeClaim[],
  ) {
    this.#handle = handle
    this.#storage = storage
    this.#pod = pod
    this.#podUid = handle.state.pods.uid[pod]
    this.#node = node
    this.#bindings = bindings.map(({ claim, volume }) => ({ claim, volume: boundTo(volume, claim) }))
    const annotation = { [SELECTED_NODE]: handle.snapshot.nameOf(node) }
    this.#provisions = provisions.map(claim => ({
      ...claim,
      meta: { ...claim.meta, annotations: { ...claim.meta.annotations, ...annotation } },
    }))
    for (const { volume } of this.#bindings) storage.assumeVolume(volume)
    for (const claim of this.#provisions) storage.assumeClaim(claim)
  }

  /** Forgets what was assumed. What has been written stays: the controller sees to it. */
  revert(): void {
    for (const { volume } of this.#bindings) this.#storage.restoreVolume(volume)
    for (const claim of this.#provisions) this.#storage.restoreClaim(claim)
  }

  proceed(now: SimTime, timeoutSeconds: number): BindingAnswer {
    if (this.#writtenAt === undefined) {
      const conflict = this.#write()
      if (conflict !== undefined) return this.#failure(conflict)
      this.#writtenAt = now
      return { lookAgainAt: now + POLL_INTERVAL }
    }
    if (now - this.#writtenAt >= timeoutSeconds * SECOND) {
      return this.#failure('binding volumes: context deadline exceeded')
    }
    const state = this.#check()
    if (state === true) return OK
    if (state === false) return { lookAgainAt: now + POLL_INTERVAL }
    return this.#failure(`binding volumes: ${state}`)
  }

  #failure(text: string): Verdict {
    return this.#handle.reason(text, Code.Error)
  }

  /** Writes all decisions; the text of the first refusal. */
  #write(): string | undefined {
    const { objects } = this.#handle
    for (const { volume } of this.#bindings) {
      const { name, annotations, resourceVersion } = volume.meta
      const id = this.#idOf('PersistentVolume', '', name)
      const result =
        id === undefined
          ? Result.NotFound
          : objects.update(id, { annotations, spec: volume.spec }, resourceVersion)
      if (result !== Result.Ok) return refusal('persistentvolumes', name, result)
    }
    for (const { meta } of this.#provisions) {
      const { namespace, name, annotations, resourceVersion } = meta
      const id = this.#idOf('PersistentVolumeClaim', namespace, name)
      const result = id === undefined ? Result.NotFound : objects.update(id, { annotations }, resourceVersion)
      if (result !== Result.Ok) return refusal('persistentvolumeclaims', name, result)
    }
    return undefined
  }

  #idOf(kind: string, namespace: string, name: string): ObjectId | undefined {
    return this.#handle.state.objects.find(kind, namespace, name)
  }

  /** True when every claim is bound, false while some is not, or why the attempt has failed. */
  #check(): boolean | string {
    const { state } = this.#handle
    const nodeName = state.nodes.name[this.#node] as string
    if (!state.nodes.exists(this.#node))
      return `failed to get node "${nodeName}": node "${nodeName}" not found`
    const podName = state.pods.name[this.#pod] as string
    if (!state.pods.exists(this.#pod) || state.pods.uid[this.#pod] !== this.#podUid) {
      return `pod does not exist any more: pod "${podName}" not found`
    }
    for (const { claim, volume } of this.#bindings) {
      const answer = this.#checkBinding(claim, volume, nodeName)
      if (answer !== true) return answer
    }
    for (const claim of this.#provisions) {
      const answer = this.#checkProvision(claim, nodeName)
      if (answer !== true) return answer
    }
    return true
  }

  #checkBinding(
    { meta }: PersistentVolumeClaim,
    { meta: { name } }: PersistentVolume,
    nodeName: string,
  ): boolean | string {
    const { state } = this.#handle
    const volume = findVolume(state, name)
    if (volume === undefined) return `failed to check binding: persistentvolumes "${name}" not found`
    const claim = findClaim(state, meta.namespace, meta.name)
    if (claim === undefined) {
      return `failed to check binding: persistentvolumeclaims "${meta.namespace}/${meta.name}" not found`
    }
    const mismatch = this.#affinityMismatch(volume, nodeName)
    if (mismatch !== undefined) return mismatch
    if (volume.spec.claimRef?.uid === undefined) return `ClaimRef got reset for pv "${name}"`
    return isFullyBound(claim)
  }

  #checkProvision({ meta }: PersistentVolumeClaim, nodeName: string): boolean | string {
    const { state } = this.#handle
    const { namespace, name } = meta
    const claim = findClaim(state, namespace, name)
    if (claim === undefined) {
      return `failed to check provisioning pvc: persistentvolumeclaims "${namespace}/${name}" not found`
    }
    const { annotations } = claim.meta
    if (Object.keys(annotations).length === 0) return `selectedNode annotation reset for PVC "${name}"`
    if (annotations[SELECTED_NODE] !== nodeName) return `provisioning failed for PVC "${name}"`
    const volumeName = claim.spec.volumeName ?? ''
    if (volumeName !== '') {
      const volume = findVolume(state, volumeName)
      if (volume === undefined) return false
      const mismatch = this.#affinityMismatch(volume, nodeName)
      if (mismatch !== undefined) return mismatch
    }
    return isFullyBound(claim)
  }

  #affinityMismatch(volume: PersistentVolume, nodeName: string): string | undefined {
    const { snapshot, state } = this.#handle
    const labels = state.labelSets.get(state.nodes.labels[this.#node] as LabelSetId)
    if (isWithinReach(affinityOn(snapshot, this.#node, volume), labels)) return undefined
    const { name } = volume.meta
    return `pv "${name}" node affinity doesn't match node "${nodeName}": no matching NodeSelectorTerms`
  }
}

/** The volume reserved for the claim, marked as the controller's work unless the user had reserved it. */
function boundTo(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { namespace, name, uid } = claim.meta
  const isReserved = isVolumeOfClaim(volume, claim)
  const annotations = isReserved
    ? volume.meta.annotations
    : { ...volume.meta.annotations, [BOUND_BY_CONTROLLER]: 'yes' }
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid }
  return { ...volume, meta: { ...volume.meta, annotations }, spec: { ...volume.spec, claimRef } }
}

function refusal(resource: string, name: string, result: Result): string {
  if (result === Result.NotFound) return `${resource} "${name}" not found`
  return (
    `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified; ` +
    'please apply your changes to the latest version and try again'
  )
}
