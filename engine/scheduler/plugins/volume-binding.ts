import { NEVER } from '../../kernel/time.js'
import { classOfClaim, isFullyBound, type PersistentVolumeClaim } from '../../model/storage.js'
import type { NodeId, PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import type { FrameworkHandle } from '../framework/interface.js'
import { eachNode } from '../framework/node-list.js'
import type { PodShape } from '../framework/pod-shape.js'
import { Code, OK, type RejectionId, SKIP, type Verdict } from '../framework/status.js'
import { volumeBindingEvents } from './events/volume-binding.js'
import { assumedStorageOf } from './volumes/assumed-storage.js'
import { BindingInProgress } from './volumes/binding-in-progress.js'
import {
  claimsOfPod,
  findClaim,
  findStorageClass,
  isControlledByPod,
  notOwnedText,
} from './volumes/pod-claims.js'
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
  create(handle: FrameworkHandle, args) {
    const { snapshot, state } = handle
    const storage = assumedStorageOf(snapshot)
    const bindings = new Map<PodId, BindingInProgress>()
    let claims: PodClaims | undefined
    let claimsOf: PodId | undefined
    let judged = new Int32Array(64)

    const unresolvable = (text: string): RejectionId => handle.reason(text, Code.UnschedulableAndUnresolvable)
    const rejectionOf = ({ reasons, error }: NodeDecision): RejectionId | 0 => {
      if (error !== undefined) return handle.reason(error, Code.Error)
      return reasons.length === 0 ? 0 : handle.reason(reasons, Code.UnschedulableAndUnresolvable)
    }
    /**
     * Sorts the claims of the pod into those that have their volume and those that wait; or says what is
     * wrong.
     */
    const gather = (pod: PodId, shape: PodShape): Verdict => {
      const bound: PersistentVolumeClaim[] = []
      const waiting: PersistentVolumeClaim[] = []
      let hasUnbound = false
      const podClaims = claimsOfPod(shape.template.spec, state.pods.name[pod] as string)
      if (podClaims.length === 0) return SKIP
      for (const { name, isEphemeral } of podClaims) {
        const fault = faultOf(handle, pod, shape.namespace, name, isEphemeral)
        if (fault !== undefined) return unresolvable(fault)
      }
      for (const { name } of podClaims) {
        const claim = storage.claim(shape.namespace, name) as PersistentVolumeClaim
        if (isFullyBound(claim)) bound.push(claim)
        else if ((claim.spec.volumeName ?? '') === '' && waits(handle, claim)) waiting.push(claim)
        else hasUnbound = true
      }
      if (hasUnbound) return unresolvable('pod has unbound immediate PersistentVolumeClaims')
      claims = new PodClaims(snapshot, storage, bound, waiting)
      return OK
    }
    return {
      events: volumeBindingEvents(handle),
      preFilter({ pod, shape }) {
        claims = undefined
        claimsOf = pod
        if (shape.template.spec.volumes === undefined) return SKIP
        return gather(pod, shape)
      },
      filter(_, nodes) {
        const podClaims = claims
        if (podClaims === undefined) return
        if (podClaims.isPerNode) {
          eachNode(nodes, node => rejectionOf(podClaims.decide(node)))
          return
        }
        // Nodes whose labels differ by the hostname only get one answer.
        if (judged.length < snapshot.nodeShapes.size) judged = new Int32Array(snapshot.nodeShapes.size * 2)
        judged.fill(UNKNOWN)
        const { shape } = snapshot
        eachNode(nodes, node => {
          const at = shape[node]
          if (judged[at] === UNKNOWN) judged[at] = rejectionOf(podClaims.decide(node))
          return judged[at] as RejectionId | 0
        })
      },
      preScore: () => SKIP,
      score(_, nodes, scores) {
        scores.fill(0, 0, nodes.length)
      },
      reserve({ pod }, node) {
        if (claims === undefined || claimsOf !== pod) return OK
        const { bindings: matched, provisions } = claims.decide(node)
        if (matched.length === 0 && provisions.length === 0) return OK
        bindings.set(pod, new BindingInProgress(handle, storage, pod, node, matched, provisions))
        return OK
      },
      unreserve(pod) {
        bindings.get(pod)?.revert()
        bindings.delete(pod)
      },
      preBindPreFlight: (pod: PodId) => bindings.has(pod),
      preBind(pod: PodId, _: NodeId, now) {
        const binding = bindings.get(pod)
        if (binding === undefined) return OK
        const answer = binding.proceed(now, args.bindTimeoutSeconds)
        if (answer === OK) bindings.delete(pod)
        return answer
      },
    }
  },
})

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
