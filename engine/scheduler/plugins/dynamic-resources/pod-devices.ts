import { NEVER } from '../../../kernel/time.js'
import {
  DEVICE_CLASS_RESOURCE_PREFIX,
  EXTENDED_RESOURCE_CLAIM,
  MAX_ALTERNATIVES,
  type ResourceClaim,
  type ResourceClaimSpec,
} from '../../../model/devices.js'
import type { CompiledNodeSelector } from '../../../model/node-affinity.js'
import { cachedNodeSelector } from '../../../model/node-selector-cache.js'
import { isControlledByPod } from '../../../model/pod-claims.js'
import { isExtendedResource } from '../../../model/resource-kinds.js'
import type { NodeId, PodId } from '../../../state/ids.js'
import type { FrameworkHandle } from '../../framework/interface.js'
import type { PodShape } from '../../framework/pod-shape.js'
import type { DeviceInventory } from './device-inventory.js'
import { extendedRequests, UNWRITTEN_CLAIM } from './extended-resources.js'

/** An allocated claim: where it can be used, and whether its devices have failed or are overdue. */
interface AllocatedClaim {
  readonly index: number
  readonly nodes: CompiledNodeSelector | undefined
  readonly isStuck: boolean
}

/** The claims to be allocated for a pod on a node: all but those that are allocated already. */
export interface NodeClaims {
  readonly specs: readonly ResourceClaimSpec[]
  readonly names: readonly string[]
}

/**
 * The claims of the pod of one cycle: those it names, and the one for extended resources that devices
 * provide. What the latter asks for differs between nodes, since a node may have the resource from a device
 * plugin.
 *
 * Upstream: stateData, claims.go and extendeddynamicresources.go of
 * pkg/scheduler/framework/plugins/dynamicresources (1.36).
 * Simplified: nothing known.
 */
export class PodDevices {
  readonly #handle: FrameworkHandle
  readonly #inventory: DeviceInventory
  readonly #shape: PodShape
  readonly pod: PodId
  readonly claims: readonly ResourceClaim[]
  /** The claim for extended resources: in the mind only, or left over from an attempt before. */
  readonly extended: ResourceClaim | undefined
  readonly #allocated: readonly AllocatedClaim[]
  readonly toAllocate: readonly ResourceClaim[]
  /** Claims that kept some node from being used, by their index. */
  readonly unavailable = new Set<number>()
  /** Columns of the extended resources that the pod requests. */
  readonly #columns: readonly number[]
  readonly #byResources = new Map<string, NodeClaims | undefined>()
  readonly #plain: NodeClaims

  constructor(
    handle: FrameworkHandle,
    inventory: DeviceInventory,
    pod: PodId,
    shape: PodShape,
    named: readonly ResourceClaim[],
    isStuck: (claim: ResourceClaim) => boolean,
  ) {
    this.#handle = handle
    this.#inventory = inventory
    this.#shape = shape
    this.pod = pod
    const { names } = handle.state.resources
    this.#columns = shape.resources.filter(column => isDeviceResource(names[column]))
    const isProvided = this.#columns.some(column => inventory.classFor(names[column]) !== undefined)
    this.extended = isProvided ? (this.#leftOver() ?? unwrittenClaim(handle, pod, shape)) : undefined
    this.claims = this.extended === undefined ? named : [...named, this.extended]
    this.toAllocate = this.claims.filter(({ status }) => status.allocation === undefined)
    this.#allocated = this.claims.flatMap((claim, index) => {
      const { allocation } = claim.status
      if (allocation === undefined) return []
      const { nodeSelector } = allocation
      const nodes = nodeSelector === undefined ? undefined : cachedNodeSelector(nodeSelector)
      return [{ index, nodes, isStuck: isStuck(claim) }]
    })
    const own = this.toAllocate.filter(claim => claim !== this.extended)
    this.#plain = { specs: own.map(({ spec }) => spec), names: own.map(nameOf) }
  }

  /** Whether the claim for extended resources was written by an attempt before, and must go first. */
  get isStale(): boolean {
    return this.extended?.spec.devices?.requests !== undefined
  }

  /** Whether every node is asked the same. */
  get isSameEverywhere(): boolean {
    return this.extended === undefined && this.#allocated.length === 0
  }

  /**
   * The claims to allocate on a node; a text when it lacks a resource, undefined when it needs no devices.
   */
  on(row: NodeId): NodeClaims | string | undefined {
    if (this.extended === undefined) return this.#plain
    const { snapshot, state } = this.#handle
    const { allocatable, width } = snapshot
    const fromDevices: string[] = []
    for (const column of this.#columns) {
      if (allocatable[row * width + column] > 0) continue
      const name = state.resources.names[column]
      if (this.#inventory.classFor(name) === undefined) return 'cannot fit resource'
      fromDevices.push(name)
    }
    const key = fromDevices.join(' ')
    if (!this.#byResources.has(key)) this.#byResources.set(key, this.#withExtended(fromDevices))
    return this.#byResources.get(key)
  }

  /** Notes which allocated claims cannot be used on the node; false when there is one. */
  areUsableOn(row: NodeId): boolean {
    let areUsable = true
    for (const { index, nodes, isStuck } of this.#allocated) {
      if (!isStuck && (nodes === undefined || this.#selects(nodes, row))) continue
      this.unavailable.add(index)
      areUsable = false
    }
    return areUsable
  }

  /** What the alternatives that are allocated already add to every node's score. */
  get allocatedPreference(): number {
    let score = 0
    for (const { index } of this.#allocated) {
      const { spec, status } = this.claims[index]
      const used = new Set(status.allocation?.devices.results.map(({ request }) => request))
      for (const { name, firstAvailable = [] } of spec.devices?.requests ?? []) {
        for (const [i, alternative] of firstAvailable.entries()) {
          if (used.has(`${name}/${alternative.name}`)) score += MAX_ALTERNATIVES - i
        }
      }
    }
    return score
  }

  #selects(nodes: CompiledNodeSelector, row: NodeId): boolean {
    const { name, labels } = this.#inventory.node(row)
    return nodes.matches(labels, name)
  }

  #withExtended(resources: readonly string[]): NodeClaims | undefined {
    if (resources.length === 0 && this.claims.length === 1) return undefined
    const requests = extendedRequests(this.#shape.template.spec, resources, name =>
      this.#inventory.classFor(name),
    )
    return {
      specs: [...this.#plain.specs, { devices: { requests } }],
      names: [...this.#plain.names, `${this.#shape.namespace}/${UNWRITTEN_CLAIM}`],
    }
  }

  #leftOver(): ResourceClaim | undefined {
    const { objects, pods } = this.#handle.state
    const podName = pods.name[this.pod] as string
    for (const id of objects.ofKind('ResourceClaim')) {
      const claim = objects.get(id) as ResourceClaim
      const { namespace, annotations } = claim.meta
      if (annotations[EXTENDED_RESOURCE_CLAIM] !== 'true' || namespace !== this.#shape.namespace) continue
      if (isControlledByPod(claim.meta, podName, pods.uid[this.pod])) return claim
    }
    return undefined
  }
}

/** Namespace and name, as messages have them. */
export function nameOf({ meta }: ResourceClaim): string {
  return `${meta.namespace}/${meta.name}`
}

function isDeviceResource(name: string): boolean {
  return isExtendedResource(name) || name.startsWith(DEVICE_CLASS_RESOURCE_PREFIX)
}

function unwrittenClaim({ state }: FrameworkHandle, pod: PodId, { namespace }: PodShape): ResourceClaim {
  return {
    meta: {
      namespace,
      name: UNWRITTEN_CLAIM,
      // Claims that exist have numbers from 1 on.
      uid: -state.pods.uid[pod],
      labels: {},
      annotations: {},
      owners: [],
      finalizers: [],
      createdAt: 0,
      deletionAt: NEVER,
      generation: 1,
      resourceVersion: 0,
    },
    spec: {},
    status: {},
  }
}
