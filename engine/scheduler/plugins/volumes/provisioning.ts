import { type CompiledSelector, compileSelector, type Labels } from '../../../model/labels.js'
import { parseQuantity } from '../../../model/quantity.js'
import { compareQuantities } from '../../../model/quantity-arithmetic.js'
import {
  type CSIDriverSpec,
  type CSIStorageCapacitySpec,
  classOfClaim,
  NO_PROVISIONER,
  type PersistentVolumeClaim,
  type StorageClass,
  type TopologySelectorTerm,
} from '../../../model/storage.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import { findStorageClass } from './pod-claims.js'

/** What a node can do for a claim that needs a new volume. */
export const Provision = { Possible: 0, Impossible: 1, NoSpace: 2 } as const
export type Provision = (typeof Provision)[keyof typeof Provision]

/** Selects the nodes that reach a capacity that a driver has published. */
type Capacity = CompiledSelector

/**
 * Whether a volume could be made for a claim where a node can reach it: the class allows the node's topology,
 * and a driver that publishes its capacities has one that is large enough.
 *
 * Upstream: checkVolumeProvisions and hasEnoughCapacity of
 * pkg/scheduler/framework/plugins/volumebinding/binder.go (1.36).
 * Simplified: nothing known.
 */
export class ClaimProvisioning {
  /** Why the claim can be provisioned for no node at all: the text of the error. */
  readonly error: string | undefined
  readonly #terms: readonly TopologySelectorTerm[]
  readonly #isProvisioned: boolean
  readonly #capacities: readonly Capacity[] | undefined

  constructor(state: ClusterState, claim: PersistentVolumeClaim) {
    const className = classOfClaim(claim)
    const { namespace, name } = claim.meta
    const storageClass = findStorageClass(state, className)
    if (className === '') this.error = `no class for claim "${namespace}/${name}"`
    else if (storageClass === undefined) this.error = `failed to find storage class "${className}"`
    const provisioner = storageClass?.spec.provisioner ?? ''
    this.#isProvisioned = provisioner !== '' && provisioner !== NO_PROVISIONER
    this.#terms = storageClass?.spec.allowedTopologies ?? []
    this.#capacities =
      storageClass === undefined ? undefined : sufficientCapacities(state, storageClass, claim)
  }

  /** The node labels that answers hang on. */
  get topologyKeys(): readonly string[] {
    const ofTerms = this.#terms.flatMap(({ matchLabelExpressions = [] }) => matchLabelExpressions)
    const ofCapacities = (this.#capacities ?? []).flatMap(({ requirements }) => requirements)
    return [...ofTerms, ...ofCapacities].map(({ key }) => key)
  }

  for(labels: Labels): Provision {
    if (!this.#isProvisioned || !isAllowed(this.#terms, labels)) return Provision.Impossible
    if (this.#capacities === undefined) return Provision.Possible
    return this.#capacities.some(nodes => nodes.matches(labels)) ? Provision.Possible : Provision.NoSpace
  }
}

function isAllowed(terms: readonly TopologySelectorTerm[], labels: Labels): boolean {
  if (terms.length === 0) return true
  return terms.some(
    ({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 &&
      matchLabelExpressions.every(({ key, values }) => values.includes(labels[key])),
  )
}

/**
 * The capacities that would do; undefined when the driver does not publish any or the claim names no size.
 */
function sufficientCapacities(
  { objects }: ClusterState,
  storageClass: StorageClass,
  claim: PersistentVolumeClaim,
): Capacity[] | undefined {
  const requested = parseQuantity(claim.spec.resources?.requests?.['storage'] ?? '')
  if (requested === undefined) return undefined
  const driver = objects.find('CSIDriver', '', storageClass.spec.provisioner)
  if (driver === undefined || objects.get<CSIDriverSpec>(driver).spec.storageCapacity !== true)
    return undefined
  const sufficient: Capacity[] = []
  for (const id of objects.ofKind('CSIStorageCapacity')) {
    const { spec } = objects.get<CSIStorageCapacitySpec>(id)
    const limit = parseQuantity(spec.maximumVolumeSize ?? spec.capacity ?? '')
    if (spec.storageClassName !== storageClass.meta.name || spec.nodeTopology === undefined) continue
    if (limit === undefined || compareQuantities(limit, requested) < 0) continue
    const selector = compileSelector(spec.nodeTopology)
    if (selector !== undefined) sufficient.push(selector)
  }
  return sufficient
}
