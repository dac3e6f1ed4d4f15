/**
 * The volume claims of a StatefulSet's pods: created before the pod, never deleted here, and owned as the
 * retention policy asks.
 *
 * Upstream: pkg/controller/statefulset/stateful_pod_control.go (1.36).
 * Simplified: the claims of all pods of a batch are created before the first of the pods.
 */
import { type EventType, subjectOf } from '../../apiserver/event-recorder.js'
import { isRefused, Result } from '../../apiserver/result.js'
import { NEVER } from '../../kernel/time.js'
import type { ObjectMeta } from '../../model/api-object.js'
import { defaultClaimSpec } from '../../model/pod-defaults.js'
import type { PersistentVolumeClaimTemplate } from '../../model/pod-spec.js'
import type { StatefulSetSpec } from '../../model/workloads.js'
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import {
  areOwnersRight,
  type ClaimOwners,
  hasForeignController,
  isStale,
  NO_UID,
  withRightOwners,
} from './claim-owners.js'
import { claimNameOf, isInRange, podNameOf } from './stateful-pods.js'

const KIND = 'PersistentVolumeClaim'

export class StatefulClaims {
  readonly #context: ControllerContext
  readonly #id: ObjectId
  readonly #meta: ObjectMeta
  readonly #spec: StatefulSetSpec

  constructor(context: ControllerContext, id: ObjectId, meta: ObjectMeta, spec: StatefulSetSpec) {
    this.#context = context
    this.#id = id
    this.#meta = meta
    this.#spec = spec
  }

  /** Creates what is missing for the pod of this ordinal; what went wrong, or undefined. */
  createMissing(ordinal: number): string | undefined {
    const errors: string[] = []
    for (const template of this.#spec.volumeClaimTemplates) {
      const name = claimNameOf(template, this.#meta.name, ordinal)
      const claim = this.#find(name)
      if (claim === undefined) {
        const error = this.#create(template, name, ordinal)
        if (error !== undefined) errors.push(error)
      } else if (this.#context.state.objects.get(claim).meta.deletionAt !== NEVER) {
        errors.push(`pvc ${name} is being deleted`)
      }
    }
    if (errors.length < 2) return errors[0]
    return `[${errors.join(', ')}]`
  }

  /** A claim still belongs to an earlier pod of the name and goes with it: the new pod has to wait. */
  areStale(ordinal: number): boolean {
    const { persistentVolumeClaimRetentionPolicy: policy, volumeClaimTemplates } = this.#spec
    if (policy.whenScaled === 'Retain') return false
    const { pod } = this.#wantedOwners(ordinal, NONE as PodId)
    return volumeClaimTemplates.some(template => {
      const claim = this.#find(claimNameOf(template, this.#meta.name, ordinal))
      return claim !== undefined && isStale(this.#context.state.objects.get(claim).meta.owners, pod)
    })
  }

  areOwnersRight(ordinal: number, pod: PodId): boolean {
    const wanted = this.#wantedOwners(ordinal, pod)
    return this.#spec.volumeClaimTemplates.every(template => {
      const claim = this.#find(claimNameOf(template, this.#meta.name, ordinal))
      return claim === undefined || areOwnersRight(this.#context.state.objects.get(claim).meta.owners, wanted)
    })
  }

  /** Sets the owners of the claims that are there. Whether the server took it. */
  correctOwners(ordinal: number, pod: PodId): boolean {
    const { state, api } = this.#context
    const wanted = this.#wantedOwners(ordinal, pod)
    for (const template of this.#spec.volumeClaimTemplates) {
      const name = claimNameOf(template, this.#meta.name, ordinal)
      const claim = this.#find(name)
      if (claim === undefined) continue
      const { owners } = state.objects.get(claim).meta
      if (hasForeignController(owners, wanted)) {
        const problem = 'has a conflicting OwnerReference that acts as a managing controller'
        const effect = 'the retention policy is ignored for this claim'
        const message = `PersistentVolumeClaim ${name} ${problem}, ${effect}`
        this.#event('Warning', 'ConflictingController', message)
      }
      if (areOwnersRight(owners, wanted)) continue
      this.#context.charge()
      const change = { owners: withRightOwners(owners, wanted) }
      if (api.objects.updateMeta(claim, change) !== Result.Ok) return false
    }
    return true
  }

  #create(template: PersistentVolumeClaimTemplate, name: string, ordinal: number): string | undefined {
    const { api } = this.#context
    const { metadata } = template
    this.#context.charge()
    const created = api.objects.create({
      kind: KIND,
      namespace: this.#meta.namespace,
      name,
      labels: { ...metadata?.labels, ...this.#spec.selector.matchLabels },
      annotations: metadata?.annotations ?? {},
      spec: defaultClaimSpec(template.spec),
      status: { phase: 'Pending' },
    })
    const pod = podNameOf(this.#meta.name, ordinal)
    const set = this.#meta.name
    if (!isRefused(created)) {
      const message = `Create Claim ${name} Pod ${pod} in StatefulSet ${set} success`
      this.#event('Normal', 'SuccessfulCreate', message)
      return undefined
    }
    if (created === Result.AlreadyExists) {
      return `failed to create PVC ${name}: persistentvolumeclaims "${name}" already exists`
    }
    const said = `persistentvolumeclaims "${name}" is forbidden`
    const message = `Create Claim ${name} for Pod ${pod} in StatefulSet ${set} failed error: ${said}`
    this.#event('Warning', 'FailedCreate', message)
    return `failed to create PVC ${name}: ${said}`
  }

  /** The claim as the informer lists it. */
  #find(name: string): ObjectId | undefined {
    const { state, informer } = this.#context
    const claim = state.objects.find(KIND, this.#meta.namespace, name)
    if (claim === undefined || !informer.sees(state.objects.createdSequence[claim], 0)) return undefined
    return claim
  }

  /** @param pod NONE when it has not been created yet */
  #wantedOwners(ordinal: number, pod: PodId): ClaimOwners {
    const { name, uid } = this.#meta
    const podUid = pod === NONE ? NO_UID : this.#context.state.pods.uid[pod]
    return {
      policy: this.#spec.persistentVolumeClaimRetentionPolicy,
      set: { kind: 'StatefulSet', name, uid },
      pod: { kind: 'Pod', name: podNameOf(name, ordinal), uid: podUid },
      isPodSuperfluous: !isInRange(this.#spec, ordinal),
    }
  }

  #event(type: EventType, reason: string, message: string): void {
    const set = subjectOf(this.#context.state.objects.get(this.#id))
    this.#context.events.record(set, type, reason, message)
  }
}
