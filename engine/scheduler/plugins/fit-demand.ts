import { isExtendedResource } from '../../model/resource-kinds.js'
import type { ResourceNames } from '../../state/resource-names.js'
import type { PodShape } from '../framework/pod-shape.js'
import { Code, type RejectionId } from '../framework/status.js'

/**
 * What a node lacks, as a sum: a pod slot, the size to ever hold the pod, and from the third bit on the resources in
 * their order.
 */
export const Shortage = { PodSlot: 1, Size: 2, FirstResource: 4 } as const

/** What the pods of one template ask of a node, and the rejections that have followed from it. */
export interface FitDemand {
  /** Resource columns in their order, and the amounts asked. */
  readonly columns: Int32Array
  readonly amounts: Float64Array
  /** The name of an extended resource, undefined for all others. */
  readonly extended: readonly (string | undefined)[]
  readonly hasExtended: boolean
  /** 1 while a device class stands in for the resource on nodes that have none; refreshed by PreFilter. */
  readonly delegated: Uint8Array
  rejectionFor(shortage: number): RejectionId
}

export interface FitDemandSettings {
  readonly names: ResourceNames
  readonly ignoredResources: readonly string[]
  readonly ignoredResourceGroups: readonly string[]
  readonly reason: (texts: readonly string[], code: Code) => RejectionId
}

/**
 * Works out the demand of a template. Extended resources that the arguments tell to ignore are left out.
 *
 * Upstream: fitsRequest of pkg/scheduler/framework/plugins/noderesources/fit.go (1.36).
 * Simplified: nothing known.
 */
export function fitDemandOf({ resources, amounts }: PodShape, settings: FitDemandSettings): FitDemand {
  const { names, ignoredResources, ignoredResourceGroups, reason } = settings
  const isIgnored = (name: string): boolean =>
    isExtendedResource(name) &&
    (ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split('/')[0]))
  const asked = resources
    .map((column, i) => ({ column, amount: amounts[i], name: names.names[column] }))
    .filter(({ name }) => !isIgnored(name))
    .sort((a, b) => a.column - b.column)
  const extended = asked.map(({ name }) => (isExtendedResource(name) ? name : undefined))
  const rejections = new Map<number, RejectionId>()
  const rejectionFor = (shortage: number): RejectionId => {
    const known = rejections.get(shortage)
    if (known !== undefined) return known
    const isMissing = (_: unknown, i: number): boolean =>
      Math.floor(shortage / (Shortage.FirstResource * 2 ** i)) % 2 === 1
    const texts = asked.filter(isMissing).map(({ name }) => `Insufficient ${name}`)
    if ((shortage & Shortage.PodSlot) !== 0) texts.unshift('Too many pods')
    const isFinal = (shortage & Shortage.Size) !== 0
    const id = reason(texts, isFinal ? Code.UnschedulableAndUnresolvable : Code.Unschedulable)
    rejections.set(shortage, id)
    return id
  }
  return {
    columns: Int32Array.from(asked, ({ column }) => column),
    amounts: Float64Array.from(asked, ({ amount }) => amount),
    extended,
    hasExtended: extended.some(name => name !== undefined),
    delegated: new Uint8Array(asked.length),
    rejectionFor,
  }
}
