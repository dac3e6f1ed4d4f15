import { NEVER, type SimTime } from '../../kernel/time.js'
import { claimsOfPod, isControlledByPod } from '../../model/pod-claims.js'
import { classOfClaim, isFullyBound, type PersistentVolumeClaim } from '../../model/storage.js'
import type { NodeId, PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import type { Cycle, EventRegistration, FrameworkHandle, SchedulerPlugin } from '../framework/interface.js'
import { eachNode, type NodeList } from '../framework/node-list.js'
import { Code, OK, type RejectionId, SKIP, type Verdict } from '../framework/status.js'
import { volumeBindingEvents } from './events/volume-binding.js'
import { type AssumedStorage, assumedStorageOf } from './volumes/assumed-storage.js'
import { type BindingAnswer, BindingInProgress } from './volumes/binding-in-progress.js'
import { findClaim, findStorageClass, notOwnedText } from './volumes/pod-claims.js'
import { type NodeDecision, PodClaims } from './volumes/volume-binder.js'

/** In the cache of answers by node shape. */
const UNKNOWN = -1

/**
 * Sends a pod only where all its claims can be served: bound volumes within reach, waiting claims matched
 * with volumes or provisionable. After the choice it writes the bindings and waits until the volume
 * controller has completed them.
 *
 * Upstream: pkg/scheduler/framework/plugins/volumebinding/volume_binding.go and binder.go (1.36).
 * Simplified: the score, behind the gate StorageCapacityScoring and off by default, is left out.
 */
export const volumeBinding = definePlugin({
  name: 'VolumeBinding',
  about: 'Finds nodes that can reach the volumes of a pod, and binds the claims that wait for it.',
  args: { bindTimeoutSeconds: 600 },
  create: (handle: FrameworkHandle, args) => new VolumeBinding(handle, args.bindTimeoutSeconds),
})

class VolumeBinding implements SchedulerPlugin {
  readonly #handle: FrameworkHandle
  readonly #bindTimeoutSeconds: number
  readonly #storage: AssumedStorage
  readonly #bindings = new Map<PodId, BindingInProgress>()
  readonly events: readonly EventRegistration[]
  #claims: PodClaims | undefined
  #claimsOf: PodId | undefined
  /** By node shape: the answer of this cycle. */
  #judged = new Int32Array(64)

  constructor(handle: FrameworkHandle, bindTimeoutSeconds: number) {
    this.#handle = handle
    this.#bindTimeoutSeconds = bindTimeoutSeconds
    this.#storage = assumedStorageOf(handle.snapshot)
    this.events = volumeBindingEvents(handle)
  }

  /** Sorts the claims of the pod into those that have their volume and those that wait. */
  preFilter({ pod, shape }: Cycle): Verdict {
    this.#claims = undefined
    this.#claimsOf = pod
    if (shape.template.spec.volumes === undefined) return SKIP
    const { snapshot, state } = this.#handle
    const claims = claimsOfPod(shape.template.spec, state.pods.name[pod] as string)
    if (claims.length === 0) return SKIP
    for (const { name, isEphemeral } of claims) {
      const fault = faultOf(this.#handle, pod, shape.namespace, name, isEphemeral)
      if (fault !== undefined) return this.#unresolvable(fault)
    }
    const bound: PersistentVolumeClaim[] = []
    const waiting: PersistentVolumeClaim[] = []
    let hasUnbound = false
    for (const { name } of claims) {
      const claim = this.#storage.claim(shape.namespace, name) as PersistentVolumeClaim
      if (isFullyBound(claim)) bound.push(claim)
      else if ((claim.spec.volumeName ?? '') === '' && waits(this.#handle, claim)) waiting.push(claim)
      else hasUnbound = true
    }
    if (hasUnbound) return this.#unresolvable('pod has unbound immediate PersistentVolumeClaims')
    this.#claims = new PodClaims(snapshot, this.#storage, bound, waiting)
    return OK
  }

  filter(_: Cycle, nodes: NodeList): void {
    const claims = this.#claims
    if (claims === undefined) return
    if (claims.isPerNode) {
      eachNode(nodes, node => this.#rejectionOf(claims.decide(node)))
      return
    }
    // Nodes whose labels differ by the hostname only get one answer.
    const { shape, nodeShapes } = this.#handle.snapshot
    if (this.#judged.length < nodeShapes.size) this.#judged = new Int32Array(nodeShapes.size * 2)
    const judged = this.#judged.fill(UNKNOWN)
    eachNode(nodes, node => {
      const at = shape[node]
      if (judged[at] === UNKNOWN) judged[at] = this.#rejectionOf(claims.decide(node))
      return judged[at] as RejectionId | 0
    })
  }

  preScore(): Verdict {
    return SKIP
  }

  score(_: Cycle, nodes: NodeList, scores: Float64Array): void {
    scores.fill(0, 0, nodes.length)
  }

  reserve({ pod }: Cycle, node: NodeId): Verdict {
    if (this.#claims === undefined || this.#claimsOf !== pod) return OK
    const { bindings, provisions } = this.#claims.decide(node)
    if (bindings.length === 0 && provisions.length === 0) return OK
    const binding = new BindingInProgress(this.#handle, this.#storage, pod, node, bindings, provisions)
    this.#bindings.set(pod, binding)
    return OK
  }

  unreserve(pod: PodId): void {
    this.#bindings.get(pod)?.revert()
    this.#bindings.delete(pod)
  }

  preBindPreFlight(pod: PodId): boolean {
    return this.#bindings.has(pod)
  }

  preBind(pod: PodId, _: NodeId, now: SimTime): BindingAnswer {
    const binding = this.#bindings.get(pod)
    if (binding === undefined) return OK
    const answer = binding.proceed(now, this.#bindTimeoutSeconds)
    if (answer === OK) this.#bindings.delete(pod)
    return answer
  }

  #unresolvable(text: string): RejectionId {
    return this.#handle.reason(text, Code.UnschedulableAndUnresolvable)
  }

  #rejectionOf({ reasons, error }: NodeDecision): RejectionId | 0 {
    if (error !== undefined) return this.#handle.reason(error, Code.Error)
    return reasons.length === 0 ? 0 : this.#handle.reason(reasons, Code.UnschedulableAndUnresolvable)
  }
}

/** Whether the claim is bound only when a pod that uses it has a node. */
function waits({ state }: FrameworkHandle, claim: PersistentVolumeClaim): boolean {
  return findStorageClass(state, classOfClaim(claim))?.spec.volumeBindingMode === 'WaitForFirstConsumer'
}

/** Why a claim cannot be used at all. */
function faultOf(
  { state }: FrameworkHandle,
  pod: PodId,
  namespace: string,
  name: string,
  isEphemeral: boolean,
): string | undefined {
  const claim = findClaim(state, namespace, name)
  if (claim === undefined) {
    if (!isEphemeral) return `persistentvolumeclaim "${name}" not found`
    return `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
  }
  const { meta, spec, status } = claim
  if (status.phase === 'Lost') {
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${spec.volumeName ?? ''}"`
  }
  if (meta.deletionAt !== NEVER) return `persistentvolumeclaim "${name}" is being deleted`
  const podName = state.pods.name[pod] as string
  if (isEphemeral && !isControlledByPod(meta, podName, state.pods.uid[pod])) {
    return notOwnedText(namespace, name, podName)
  }
  return undefined
}
