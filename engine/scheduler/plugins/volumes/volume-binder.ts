import { isOfMigratedKind, translateAffinity } from '../../../model/csi-translation.js'
import type { NodeSelector } from '../../../model/node-affinity.js'
import { parseQuantity, quantityOf } from '../../../model/quantity.js'
import { compareQuantities } from '../../../model/quantity-arithmetic.js'
import {
  classOfClaim,
  type PersistentVolume,
  type PersistentVolumeClaim,
  SELECTED_NODE,
} from '../../../model/storage.js'
import {
  findCandidates,
  isWithinReach,
  pickForNode,
  type VolumeCandidates,
} from '../../../model/volume-matching.js'
import type { LabelSetId, NodeId } from '../../../state/ids.js'
import type { Snapshot } from '../../framework/snapshot.js'
import type { AssumedStorage } from './assumed-storage.js'
import { ClaimProvisioning, Provision } from './provisioning.js'

/** A claim and the volume it is to be bound to. */
export interface Binding {
  readonly claim: PersistentVolumeClaim
  readonly volume: PersistentVolume
}

/** What is to be done for a pod's claims when it goes to a node, or why it cannot go there. */
export interface NodeDecision {
  readonly reasons: readonly string[]
  /** Set when the claims themselves are at fault: the cycle fails. */
  readonly error?: string
  readonly bindings: readonly Binding[]
  readonly provisions: readonly PersistentVolumeClaim[]
}

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind"
const NOT_ENOUGH_SPACE = 'node(s) did not have enough free storage'
const VOLUME_MISSING = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'
const HOSTNAME = 'kubernetes.io/hostname'
const MIGRATED_PLUGINS = 'storage.alpha.kubernetes.io/migrated-plugins'

/** A claim that waits for its pod, with all that is the same for every node. */
interface WaitingClaim {
  readonly claim: PersistentVolumeClaim
  readonly candidates: VolumeCandidates
  readonly provisioning: ClaimProvisioning
}

/**
 * The claims of one pod against nodes: can the node reach the volumes that are bound, and which volumes would
 * the waiting claims get there? Claims are served by increasing size, each with the smallest volume that
 * fits; what is left must be possible to provision.
 *
 * Upstream: FindPodVolumes of pkg/scheduler/framework/plugins/volumebinding/binder.go (1.36).
 * Simplified: nothing known.
 */
export class PodClaims {
  readonly #snapshot: Snapshot
  readonly #boundVolumes: (PersistentVolume | undefined)[]
  readonly #waiting: readonly WaitingClaim[]
  /**
   * Whether a node's answer hangs on more than the labels it shares with others: its hostname or its name.
   */
  readonly isPerNode: boolean

  constructor(
    snapshot: Snapshot,
    storage: AssumedStorage,
    bound: readonly PersistentVolumeClaim[],
    waiting: readonly PersistentVolumeClaim[],
  ) {
    this.#snapshot = snapshot
    this.#boundVolumes = bound.map(({ spec }) => storage.volume(spec.volumeName ?? ''))
    const byClass = new Map<string, PersistentVolume[]>()
    this.#waiting = waiting.map(claim => {
      const className = classOfClaim(claim)
      const volumes = byClass.get(className) ?? storage.volumesOfClass(className)
      byClass.set(className, volumes)
      return {
        claim,
        candidates: findCandidates(claim, volumes),
        provisioning: new ClaimProvisioning(snapshot.state, claim),
      }
    })
    this.isPerNode = this.#boundVolumes.some(isAboutSingleNodes) || this.#waiting.some(isForSingleNodes)
  }

  decide(row: NodeId): NodeDecision {
    const reasons: string[] = []
    const bound = this.#boundConflict(row)
    if (bound === NODE_CONFLICT) reasons.push(bound)
    const decision = this.#decideWaiting(row)
    reasons.push(...decision.reasons)
    if (bound === VOLUME_MISSING) reasons.push(bound)
    return { ...decision, reasons }
  }

  #boundConflict(row: NodeId): string | undefined {
    for (const volume of this.#boundVolumes) {
      if (volume === undefined) return VOLUME_MISSING
      if (!this.#reaches(row, volume)) return NODE_CONFLICT
    }
    return undefined
  }

  #decideWaiting(row: NodeId): NodeDecision {
    const bindings: Binding[] = []
    const toProvision: WaitingClaim[] = []
    const toMatch: WaitingClaim[] = []
    for (const waiting of this.#waiting) {
      const selectedNode = waiting.claim.meta.annotations[SELECTED_NODE]
      if (selectedNode === undefined) toMatch.push(waiting)
      else if (selectedNode === this.#snapshot.nameOf(row)) toProvision.push(waiting)
      else return { reasons: [BIND_CONFLICT], bindings: [], provisions: [] }
    }
    toMatch.sort(bySize)
    const taken = new Set<PersistentVolume>()
    for (const waiting of toMatch) {
      const { claim, candidates } = waiting
      const volume = pickForNode(claim, candidates, taken, candidate => this.#reaches(row, candidate))
      if (volume === undefined) toProvision.push(waiting)
      else {
        taken.add(volume)
        bindings.push({ claim, volume })
      }
    }
    return this.#provision(row, toProvision, bindings)
  }

  #provision(row: NodeId, claims: readonly WaitingClaim[], bindings: readonly Binding[]): NodeDecision {
    const labels = this.#snapshot.state.labelSets.get(this.#snapshot.labels[row] as LabelSetId)
    for (const { provisioning } of claims) {
      if (provisioning.error !== undefined) {
        return { reasons: [], error: provisioning.error, bindings: [], provisions: [] }
      }
      const answer = provisioning.for(labels)
      if (answer === Provision.Possible) continue
      const reason = answer === Provision.NoSpace ? NOT_ENOUGH_SPACE : BIND_CONFLICT
      return { reasons: [reason], bindings: [], provisions: [] }
    }
    return { reasons: [], bindings, provisions: claims.map(({ claim }) => claim) }
  }

  #reaches(row: NodeId, volume: PersistentVolume): boolean {
    const { state, labels } = this.#snapshot
    const required = affinityOn(this.#snapshot, row, volume)
    return isWithinReach(required, state.labelSets.get(labels[row] as LabelSetId))
  }
}

/**
 * The volume's node selector as a node sees it: in the words of the driver that took the volume's kind over.
 */
export function affinityOn(
  snapshot: Snapshot,
  row: NodeId,
  volume: PersistentVolume,
): NodeSelector | undefined {
  const { spec, meta } = volume
  if (!isOfMigratedKind(spec)) return spec.nodeAffinity?.required
  const { objects } = snapshot.state
  const id = objects.find('CSINode', '', snapshot.nameOf(row))
  const migrated = id === undefined ? undefined : objects.get(id).meta.annotations[MIGRATED_PLUGINS]
  if (migrated === undefined) return spec.nodeAffinity?.required
  return translateAffinity(spec, meta.labels, migrated)
}

function isAboutSingleNodes(volume: PersistentVolume | undefined): boolean {
  if (volume === undefined) return false
  const { nodeAffinity } = volume.spec
  return (
    isOfMigratedKind(volume.spec) ||
    nodeAffinity?.required?.nodeSelectorTerms.some(({ matchExpressions }) =>
      matchExpressions?.some(({ key }) => key === HOSTNAME),
    ) === true
  )
}

function isForSingleNodes({ claim, candidates, provisioning }: WaitingClaim): boolean {
  return (
    claim.meta.annotations[SELECTED_NODE] !== undefined ||
    candidates.reserved.some(isAboutSingleNodes) ||
    candidates.free.some(isAboutSingleNodes) ||
    provisioning.topologyKeys.includes(HOSTNAME)
  )
}

function bySize(a: WaitingClaim, b: WaitingClaim): number {
  return compareQuantities(sizeOf(a), sizeOf(b))
}

function sizeOf({ claim }: WaitingClaim) {
  return parseQuantity(claim.spec.resources?.requests?.['storage'] ?? '0') ?? quantityOf(0)
}
