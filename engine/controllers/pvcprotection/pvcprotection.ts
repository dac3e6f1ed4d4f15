/**
 * Lets a claim go whose deletion was asked for, once no pod that has a node uses it any more; a finished pod uses its
 * claims as long as it exists.
 *
 * Upstream: pkg/controller/volume/pvcprotection/pvc_protection_controller.go (1.36).
 * Simplified: one claim at a time, where upstream lists the pods once for all claims of a namespace.
 */
import { Result } from '../../apiserver/result.js'
import { NEVER } from '../../kernel/time.js'
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { isControlledByPod } from '../../model/pod-claims.js'
import { CLAIM_PROTECTION, type PersistentVolumeClaim } from '../../model/storage.js'
import { Change, Source } from '../../state/change-log.js'
import { type NamespaceId, NONE, type ObjectId, type PodId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  defineController,
  RETRY,
  type ReconcileResult,
  type Reconciler,
} from '../controller.js'
import { nextStep, withFinalizer, withoutFinalizer } from '../protection-finalizer.js'

const KIND = 'PersistentVolumeClaim'

class ClaimProtection implements Reconciler {
  readonly #context: ControllerContext

  constructor(context: ControllerContext) {
    this.#context = context
  }

  changed(source: Source, row: number): void {
    const { queue, state } = this.#context
    if (source === Source.Objects) {
      if (state.objects.exists(row as ObjectId)) queue.add(row)
      return
    }
    // Only a claim that is to go can be helped by a pod that ends.
    const namespace = state.namespaces.get(state.pods.namespace[row] as NamespaceId)
    for (const { name } of this.#context.claimUsers.claimsOf(row as PodId)) {
      const claim = state.objects.find(KIND, namespace, name)
      if (claim !== undefined && state.objects.get(claim).meta.deletionAt !== NEVER) queue.add(claim)
    }
  }

  reconcile(key: number): ReconcileResult {
    const { state, api } = this.#context
    const id = key as ObjectId
    if (!state.objects.exists(id) || state.objects.get(id).kind !== KIND) return DONE
    const claim = state.objects.get(id) as PersistentVolumeClaim
    const step = nextStep(claim.meta, CLAIM_PROTECTION)
    if (step === 'nothing') return DONE
    if (step === 'remove' && this.#isUsed(claim)) return DONE
    // Before it lets a claim go, upstream asks the API server for all pods of the namespace.
    this.#context.charge(step === 'remove' ? 2 : 1)
    const { finalizers: held } = claim.meta
    const finalizers =
      step === 'add' ? withFinalizer(held, CLAIM_PROTECTION) : withoutFinalizer(held, CLAIM_PROTECTION)
    const result = api.objects.updateMeta(id, { finalizers })
    return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
  }

  #isUsed(claim: PersistentVolumeClaim): boolean {
    const { namespace, name } = claim.meta
    for (const pod of this.#context.claimUsers.of(namespace, name)) {
      if (this.#hasNode(pod) && this.#holds(pod, claim)) return true
    }
    return false
  }

  #hasNode(pod: PodId): boolean {
    const { pods, templates } = this.#context.state
    if (pods.nodeOf(pod) !== NONE) return true
    return (templates.get(pods.templateOf(pod)).spec.nodeName ?? '') !== ''
  }

  /** A claim of the pod's own is free already when the kubelet is done with the pod. */
  #holds(pod: PodId, { meta }: PersistentVolumeClaim): boolean {
    const { pods } = this.#context.state
    const isShutDown = pods.isTerminating(pod) && pods.gracePeriodSeconds[pod] === 0
    return this.#context.claimUsers.claimsOf(pod).some(({ name, isEphemeral }) => {
      if (name !== meta.name) return false
      if (!isEphemeral) return true
      return !isShutDown && isControlledByPod(meta, pods.name[pod] as string, pods.uid[pod])
    })
  }
}

const { Added, Deleted, Deleting, Ownership, Phase } = Change

export const pvcprotection = defineController({
  name: 'persistentvolumeclaim-protection',
  source: 'pvc-protection-controller',
  args: {},
  workers: CONTROLLER_WORKERS.pvcprotection,
  watches: [
    { source: Source.Objects, kind: KIND, fields: Added | Deleting | Ownership },
    { source: Source.Pods, fields: Deleted | Deleting | Phase, onlyWith: KIND },
  ],
  create: context => new ClaimProtection(context),
})
