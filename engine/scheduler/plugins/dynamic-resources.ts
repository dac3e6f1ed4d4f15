import { parseDuration, type SimTime } from '../../kernel/time.js'
import type { ResourceClaim, ResourceClaimSpec } from '../../model/devices.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import { definePlugin, type PluginDefinition } from '../framework/define-plugin.js'
import type {
  Cycle,
  EventRegistration,
  FrameworkHandle,
  PostFilterResult,
  SchedulerPlugin,
} from '../framework/interface.js'
import { eachNode, type NodeList } from '../framework/node-list.js'
import type { PodShape } from '../framework/pod-shape.js'
import { Code, OK, type RejectionId, SKIP, type Verdict } from '../framework/status.js'
import { allocationOf } from './dynamic-resources/allocation-result.js'
import { ClaimBinding, isOverdue, isPrepared, type ReservedClaim } from './dynamic-resources/claim-binding.js'
import { makeRoom, missingClass } from './dynamic-resources/claim-checks.js'
import type { ClaimDemand } from './dynamic-resources/demands.js'
import { type DeviceInventory, deviceInventoryOf } from './dynamic-resources/device-inventory.js'
import { type Answers, DeviceVerdicts, Service } from './dynamic-resources/device-verdicts.js'
import { type NodeClaims, nameOf, PodDevices } from './dynamic-resources/pod-devices.js'
import { type PodResourceClaims, podResourceClaimsOf } from './dynamic-resources/pod-resource-claims.js'
import { dynamicResourcesEvents } from './events/dynamic-resources.js'

interface DynamicResourcesArgs {
  /** Longest time for the search on one node; a search takes no virtual time here. */
  filterTimeout: string
  /** How long devices may take to be prepared for their node. */
  bindingTimeout: string
}

/**
 * Sends a pod only where its claims for devices can be served, chooses the devices, and writes the allocation
 * before the pod is bound.
 *
 * Upstream: pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go (1.36).
 * Simplified: claims of pod groups and resources of nodes that devices account for, behind gates that are off
 * by default, are left out. Of several claims that could be given back, the first is taken.
 */
export const dynamicResources: PluginDefinition<DynamicResourcesArgs> = definePlugin<DynamicResourcesArgs>({
  name: 'DynamicResources',
  about: 'Allocates devices to the resource claims of a pod.',
  args: { filterTimeout: '10s', bindingTimeout: '10m' },
  check: ({ bindingTimeout }) =>
    parseDuration(bindingTimeout) === undefined ? ['bindingTimeout is no duration'] : [],
  create: (handle, args) => new DynamicResources(handle, parseDuration(args.bindingTimeout) ?? 0),
})

class DynamicResources implements SchedulerPlugin {
  readonly #handle: FrameworkHandle
  readonly #bindingTimeout: SimTime
  readonly #inventory: DeviceInventory
  readonly #podClaims: PodResourceClaims
  readonly #verdicts: DeviceVerdicts
  readonly #bindings = new Map<PodId, ClaimBinding>()
  readonly #impossible: RejectionId
  readonly #invalidPools: RejectionId
  readonly events: readonly EventRegistration[]
  #current: PodDevices | undefined
  #cyclePod: PodId | typeof NONE = NONE

  constructor(handle: FrameworkHandle, bindingTimeout: SimTime) {
    this.#handle = handle
    this.#bindingTimeout = bindingTimeout
    this.#inventory = deviceInventoryOf(handle.snapshot)
    this.#podClaims = podResourceClaimsOf(handle.snapshot)
    this.#verdicts = new DeviceVerdicts(this.#inventory)
    this.#impossible = this.#unresolvable('cannot allocate all claims')
    this.#invalidPools = this.#unresolvable('invalid resource pools were encountered')
    this.events = dynamicResourcesEvents(handle, pod => {
      const claims = this.#claimsOf(pod)
      return typeof claims === 'string' ? undefined : claims.map(({ meta }) => meta.name)
    })
  }

  preEnqueue(pod: PodId): Verdict {
    const claims = this.#claimsOf(pod)
    return typeof claims === 'string' ? this.#unresolvable(claims) : OK
  }

  preFilter({ pod, shape }: Cycle): Verdict {
    this.#current = undefined
    this.#cyclePod = pod
    const { state } = this.#handle
    const named = this.#claimsOf(pod)
    if (typeof named === 'string') return this.#unresolvable(named)
    if (named.length === 0 && !mayNeedDevices(shape, state.resources.names)) return SKIP
    const inventory = this.#inventory
    const devices = new PodDevices(this.#handle, inventory, pod, shape, named, claim => this.#isStuck(claim))
    if (devices.claims.length === 0) return SKIP
    for (const claim of devices.toAllocate) {
      if (inventory.allocated.pendingOf(claim.meta.uid) !== undefined) {
        return this.#unresolvable(`resource claim ${nameOf(claim)} is in the process of being allocated`)
      }
      if (claim === devices.extended) continue
      const fault = missingClass(claim, name => inventory.findClass(name) !== undefined)
      if (fault !== undefined) return this.#handle.reason(fault.text, fault.code)
    }
    this.#current = devices
    return OK
  }

  filter(_: Cycle, nodes: NodeList): void {
    const devices = this.#current
    if (devices === undefined) return
    if (!devices.isSameEverywhere) {
      eachNode(nodes, row => this.#judge(devices, row))
      return
    }
    const claims = devices.on(nodes.ids[0] as NodeId) as NodeClaims
    const demands = claims.specs.map(spec => this.#verdicts.demandFor(spec))
    const answers = this.#answersTo(claims)
    eachNode(nodes, row => this.#search(answers, demands, claims.names, row))
  }

  postFilter(cycle: Cycle): PostFilterResult {
    // Another plugin turned the pod down before this one looked at it.
    if (this.#cyclePod !== cycle.pod) return { message: 'not found', failed: true }
    this.#cyclePod = NONE
    const message =
      this.#current === undefined ? 'no new claims to deallocate' : makeRoom(this.#handle, this.#current)
    return { message }
  }

  score(_: Cycle, nodes: NodeList, scores: Float64Array): void {
    scores.fill(0, 0, nodes.length)
    const devices = this.#current
    if (devices === undefined) return
    if (devices.isSameEverywhere) {
      const answers = this.#answersTo(devices.on(nodes.ids[0] as NodeId) as NodeClaims)
      for (let i = 0; i < nodes.length; i++) scores[i] = answers.score[nodes.ids[i]]
      return
    }
    const base = devices.allocatedPreference
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes.ids[i] as NodeId
      const claims = devices.on(node)
      const isSearched = claims !== undefined && typeof claims !== 'string' && claims.specs.length > 0
      if (isSearched) scores[i] = base + this.#answersTo(claims).score[node]
    }
  }

  normalize(_: Cycle, nodes: NodeList, scores: Float64Array): void {
    if (this.#current === undefined) return
    let highest = 0
    for (let i = 0; i < nodes.length; i++) highest = Math.max(highest, scores[i])
    if (highest === 0) return
    for (let i = 0; i < nodes.length; i++) scores[i] = Math.trunc((scores[i] * 100) / highest)
  }

  uniformScore(): number | undefined {
    return this.#current === undefined ? 0 : undefined
  }

  reserve({ pod }: Cycle, node: NodeId): Verdict {
    const devices = this.#current
    this.#cyclePod = NONE
    if (devices?.pod !== pod) return OK
    const reserved: ReservedClaim[] = devices.claims
      .filter(({ status }) => status.allocation !== undefined)
      .map(claim => reservedClaim(claim, claim.spec, undefined))
    const claims = devices.on(node)
    if (claims !== undefined && typeof claims !== 'string' && claims.specs.length > 0) {
      const demands = claims.specs.map(spec => this.#verdicts.demandFor(spec))
      const found = this.#verdicts.search(demands, claims.names, node)
      if (!found.run()) return this.#handle.reason('claim allocation not found for node', Code.Error)
      const nodeName = this.#handle.snapshot.nameOf(node)
      for (const [i, spec] of claims.specs.entries()) {
        const claim = devices.toAllocate[i]
        const result = allocationOf(spec, claim.meta.uid, demands[i], found.chosen[i], nodeName)
        reserved.push(reservedClaim(claim, spec, result))
      }
    }
    this.#bindings.set(pod, new ClaimBinding(this.#handle, this.#inventory.allocated, pod, reserved))
    return OK
  }

  unreserve(pod: PodId): void {
    this.#bindings.get(pod)?.revert()
    this.#bindings.delete(pod)
  }

  preBindPreFlight(pod: PodId): boolean {
    return this.#bindings.has(pod)
  }

  preBind(pod: PodId, _: NodeId, now: SimTime): Verdict | { readonly lookAgainAt: SimTime } {
    return this.#bindings.get(pod)?.proceed(now, this.#bindingTimeout) ?? OK
  }

  postBind(pod: PodId): void {
    this.#bindings.delete(pod)
  }

  #unresolvable(text: string): RejectionId {
    return this.#handle.reason(text, Code.UnschedulableAndUnresolvable)
  }

  #claimsOf(pod: PodId): readonly ResourceClaim[] | string {
    const { namespace, template } = this.#handle.shapeOf(pod)
    return template.spec.resourceClaims === undefined ? [] : this.#podClaims.of(pod, namespace, template.spec)
  }

  #isStuck(claim: ResourceClaim): boolean {
    const answer = isPrepared(claim)
    if (typeof answer === 'string') return true
    return !answer && isOverdue(claim, this.#handle.now(), this.#bindingTimeout)
  }

  /** Judges one node where nodes differ in what is asked of them, or some claims are allocated. */
  #judge(devices: PodDevices, row: NodeId): RejectionId | 0 {
    if (devices.isStale) return this.#unresolvable('cannot schedule extended resource claim')
    const claims = devices.on(row)
    if (typeof claims === 'string') return this.#unresolvable(claims)
    if (claims === undefined) return 0
    if (claims.specs.length > 0) {
      const demands = claims.specs.map(spec => this.#verdicts.demandFor(spec))
      const rejection = this.#search(this.#answersTo(claims), demands, claims.names, row)
      if (rejection !== 0) return rejection
    }
    // Claims are only ever given back for the sake of nodes that have all other devices.
    return devices.areUsableOn(row) ? 0 : this.#unresolvable('resourceclaim not available on the node')
  }

  #answersTo({ specs }: NodeClaims): Answers {
    const key = specs.map(spec => this.#verdicts.keyOf(spec)).join(' ')
    return this.#verdicts.answersTo(key, this.#handle.snapshot.rows)
  }

  #search(
    answers: Answers,
    demands: readonly ClaimDemand[],
    names: readonly string[],
    row: NodeId,
  ): RejectionId | 0 {
    const id = this.#handle.snapshot.original(row)
    const service = this.#verdicts.serve(answers, demands, names, row, id)
    if (service === Service.Possible) return 0
    if (service === Service.Fault) return this.#handle.reason(this.#verdicts.fault, Code.Error)
    return service === Service.InvalidPools ? this.#invalidPools : this.#impossible
  }
}

function mayNeedDevices({ resources }: PodShape, names: readonly string[]): boolean {
  return resources.some(column => names[column].includes('/'))
}

function reservedClaim(
  claim: ResourceClaim,
  spec: ResourceClaimSpec,
  allocation: ReservedClaim['allocation'],
): ReservedClaim {
  const id = 'id' in claim ? (claim as StoredObject & ResourceClaim).id : undefined
  return { id, uid: claim.meta.uid, spec, allocation }
}
