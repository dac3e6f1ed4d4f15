import { isRefused, Result } from '../../../apiserver/result.js'
import { SECOND, type SimTime } from '../../../kernel/time.js'
import {
  type AllocationResult,
  CLAIM_FINALIZER,
  type DeviceStatus,
  EXTENDED_RESOURCE_CLAIM,
  type ResourceClaim,
  type ResourceClaimSpec,
  type ResourceClaimStatus,
} from '../../../model/devices.js'
import type { ObjectId, PodId } from '../../../state/ids.js'
import type { FrameworkHandle } from '../../framework/interface.js'
import { Code, OK, type Verdict } from '../../framework/status.js'
import type { AllocatedDevices } from './allocated-devices.js'
import { isReferenceTo, isReservedFor } from './pod-resource-claims.js'

/** How often a device that must be prepared for its node is looked at. */
const POLL_INTERVAL: SimTime = 5 * SECOND

/** One claim of the pod, with what was decided for it. */
export interface ReservedClaim {
  /** Undefined: the claim for extended resources, to be created. */
  readonly id: ObjectId | undefined
  readonly uid: number
  readonly spec: ResourceClaimSpec
  readonly allocation: AllocationResult | undefined
}

/**
 * The claims of one pod on their way into the store: decided devices are held back from others at once,
 * written with the pod's reservation when the pod is about to be bound, and taken back if it is not.
 *
 * Upstream: Reserve, Unreserve, PreBind and bindClaim of
 * pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go (1.36).
 * Simplified: allocation and finalizer are written together, past the client's rate limit; the pod's status
 * does not name the claim for its extended resources.
 */
export class ClaimBinding {
  readonly #handle: FrameworkHandle
  readonly #allocated: AllocatedDevices
  readonly #claims: readonly ReservedClaim[]
  readonly #podName: string
  readonly #podUid: number
  readonly #namespace: string
  #created: ObjectId | undefined
  #boundAt: SimTime | undefined

  constructor(
    handle: FrameworkHandle,
    allocated: AllocatedDevices,
    pod: PodId,
    claims: readonly ReservedClaim[],
  ) {
    const { pods } = handle.state
    this.#handle = handle
    this.#allocated = allocated
    this.#claims = claims
    this.#podName = pods.name[pod] as string
    this.#podUid = pods.uid[pod]
    this.#namespace = handle.shapeOf(pod).namespace
    for (const { uid, allocation } of claims)
      if (allocation !== undefined) allocated.addPending(uid, allocation)
  }

  /** Writes what is not written yet, then waits for devices that must be prepared. */
  proceed(now: SimTime, timeout: SimTime): Verdict | { readonly lookAgainAt: SimTime } {
    if (this.#boundAt === undefined) {
      for (const claim of this.#claims) {
        const fault = this.#bind(claim, now)
        if (fault !== undefined) return this.#failure(fault)
      }
      this.#boundAt = now
    }
    const answer = this.#checkConditions(now, timeout)
    if (answer === true) return OK
    if (answer !== false) return this.#failure(answer)
    if (now - this.#boundAt >= timeout) {
      return this.#failure('device binding timeout: context deadline exceeded')
    }
    return { lookAgainAt: now + POLL_INTERVAL }
  }

  /** Gives everything back: devices held, the pod's reservations, a claim made for it. */
  revert(): void {
    const { objects, state } = this.#handle
    for (const { id, uid } of this.#claims) {
      this.#allocated.removePending(uid)
      if (id === undefined || !state.objects.exists(id)) continue
      const { status } = state.objects.get<ResourceClaimSpec, ResourceClaimStatus>(id)
      if (status.allocation === undefined || !isReservedFor(status, this.#podName, this.#podUid)) continue
      const reservedFor = (status.reservedFor ?? []).filter(
        reference => !isReferenceTo(reference, this.#podName, this.#podUid),
      )
      objects.update(id, { status: { ...status, reservedFor } })
    }
    if (this.#created !== undefined) deleteClaim(this.#handle, this.#created)
  }

  #failure(text: string): Verdict {
    return this.#handle.reason(text, Code.Error)
  }

  #bind({ id: known, uid, spec, allocation }: ReservedClaim, now: SimTime): string | undefined {
    const { objects, state } = this.#handle
    const id = known ?? this.#create(spec)
    if (id === undefined || !state.objects.exists(id)) return 'resourceclaims.resource.k8s.io not found'
    const { meta, status } = state.objects.get<ResourceClaimSpec, ResourceClaimStatus>(id)
    if (isReservedFor(status, this.#podName, this.#podUid)) return undefined
    const place = `${meta.namespace}/${meta.name}`
    if (meta.deletionAt < Number.MAX_SAFE_INTEGER) return `claim ${place} got deleted in the meantime`
    if (allocation !== undefined && status.allocation !== undefined) {
      return `claim ${place} got allocated elsewhere in the meantime`
    }
    const result = allocation ?? status.allocation
    if (result === undefined) return `claim ${place} got deallocated elsewhere in the meantime`
    const reference = { resource: 'pods', name: this.#podName, uid: this.#podUid }
    const isGuarded = meta.finalizers.includes(CLAIM_FINALIZER)
    const written = objects.update(id, {
      ...(isGuarded ? {} : { finalizers: [...meta.finalizers, CLAIM_FINALIZER] }),
      status: {
        ...status,
        allocation: { ...result, allocationTimestamp: result.allocationTimestamp ?? now },
        reservedFor: [...(status.reservedFor ?? []), reference],
      },
    })
    this.#allocated.removePending(uid)
    return written === Result.Ok ? undefined : `add reservation to claim ${place}: conflict`
  }

  #create(spec: ResourceClaimSpec): ObjectId | undefined {
    const owner = { kind: 'Pod', name: this.#podName, uid: this.#podUid, controller: true }
    const created = this.#handle.objects.create({
      kind: 'ResourceClaim',
      namespace: this.#namespace,
      name: `${this.#podName}-extended-resources-${this.#podUid.toString(36)}`,
      annotations: { [EXTENDED_RESOURCE_CLAIM]: 'true' },
      owners: [{ apiVersion: 'v1', ...owner, blockOwnerDeletion: false }],
      spec,
    })
    if (isRefused(created)) return undefined
    this.#created = created
    return created
  }

  /** True when all devices are prepared, false when some are not yet, or what went wrong. */
  #checkConditions(now: SimTime, timeout: SimTime): boolean | string {
    const { objects } = this.#handle.state
    for (const { id = this.#created } of this.#claims) {
      if (id === undefined) continue
      const claim = objects.get(id) as ResourceClaim
      const answer = isPrepared(claim)
      if (typeof answer === 'string') return answer
      if (answer) continue
      return isOverdue(claim, now, timeout) ? `device binding timeout: claim=${claim.meta.name}` : false
    }
    return true
  }
}

/** Removes the claim, with the finalizer that guards its allocation. */
export function deleteClaim({ objects, state }: FrameworkHandle, id: ObjectId): void {
  if (!state.objects.exists(id)) return
  const { finalizers } = state.objects.get(id).meta
  objects.update(id, { finalizers: finalizers.filter(name => name !== CLAIM_FINALIZER) })
  objects.delete(id)
}

/** Whether all devices that must be prepared for their node are, or which preparation failed. */
export function isPrepared({ meta, status }: ResourceClaim): boolean | string {
  if (status.allocation === undefined) return false
  for (const result of status.allocation.devices.results) {
    const { bindingConditions = [], bindingFailureConditions = [] } = result
    if (bindingConditions.length === 0) continue
    const device = status.devices?.find(
      ({ driver, pool, device: name }) =>
        driver === result.driver && pool === result.pool && name === result.device,
    )
    if (device === undefined) return false
    const failed = bindingFailureConditions.map(type => conditionOf(device, type)).find(isTrue)
    if (failed !== undefined) {
      const { reason = '', message = '' } = failed
      return `device binding failed: claim=${meta.name}, reason=${reason}, message=${JSON.stringify(message)}`
    }
    if (!bindingConditions.every(type => isTrue(conditionOf(device, type)))) return false
  }
  return true
}

/** Whether a device has been waited for too long. */
export function isOverdue({ status }: ResourceClaim, now: SimTime, timeout: SimTime): boolean {
  const { allocationTimestamp, devices } = status.allocation ?? {}
  if (typeof allocationTimestamp !== 'number') return false
  const mustWait = devices?.results.some(({ bindingConditions }) => bindingConditions !== undefined)
  return mustWait === true && allocationTimestamp + timeout < now
}

type Condition = NonNullable<DeviceStatus['conditions']>[number]

function conditionOf({ conditions = [] }: DeviceStatus, type: string): Condition | undefined {
  return conditions.find(condition => condition.type === type)
}

function isTrue(condition: Condition | undefined): boolean {
  return condition?.status === 'True'
}
