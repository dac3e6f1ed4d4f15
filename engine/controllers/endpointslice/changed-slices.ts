/**
 * What the slices of a Service shall be after some of its pods have changed: the same as a look at all pods comes to,
 * from these pods and the slices they are in or go to.
 *
 * Upstream: reconcileByAddressType of staging/src/k8s.io/endpointslice/reconciler.go (1.36).
 * Simplified: see service-slices.ts. A pod that has changed counts as it was until the controller hears of it.
 */
import { ENDPOINTS_PER_SLICE } from '../../model/defaults.js'
import type { Endpoint, EndpointPort, ServiceSpec } from '../../model/services.js'
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { ControllerContext } from '../controller.js'
import { type ExistingSlice, packEndpoints, type WantedEndpoints } from './pack-endpoints.js'
import { endpointOf, isEndpoint } from './pod-endpoints.js'
import type { LedgerGroup, LedgerSlice, ServiceLedger } from './service-ledger.js'
import { isNodeKnown, keepOne, type ServiceSlices, sliceDraft } from './service-slices.js'
import type { SliceWrites } from './slice-writer.js'

type Service = StoredObject<ServiceSpec>

/** The changed pods among those of the same ports. */
interface GroupChange {
  readonly ports: readonly EndpointPort[]
  /** Endpoints that stay where they are, by UID. */
  readonly staying: Map<number, PodId>
  /** Those to be placed, by age. */
  readonly arriving: PodId[]
  /** Places of endpoints that have changed or go. */
  readonly touched: Map<LedgerSlice, number[]>
  leaving: number
  /** Pods with these ports whose node is not known: they are no endpoints, but keep the group alive. */
  skipped: number
}

const NOWHERE: readonly number[] = []

/** Undefined when none of the changes is about an endpoint, so that everything stays as it is. */
export function changedSlices(
  context: ControllerContext,
  service: Service,
  ledger: ServiceLedger,
): ServiceSlices | undefined {
  const { state } = context
  const skipped: PodId[] = []
  const changes = groupChanges(context, service, ledger, skipped)
  if (changes.size === 0 && areAllAlive(ledger)) return undefined
  const writes: SliceWrites = { create: [], update: [], remove: [] }
  const name = service.meta.name
  const publishNotReady = service.spec.publishNotReadyAddresses === true
  for (const [key, change] of changes) {
    const group = ledger.groups.get(key)
    if (!isAlive(group, change)) continue
    const wanted = new ChangedEndpoints(change, (pod, current) =>
      endpointOf(state, pod, { name, publishNotReady }, current),
    )
    const slices = (group?.slices ?? []).map(slice => asExisting(slice, change))
    const packed = packEndpoints(slices, wanted, ENDPOINTS_PER_SLICE)
    for (const slice of packed.create) writes.create.push(sliceDraft(change.ports, slice))
    for (const slice of packed.update) writes.update.push(sliceDraft(change.ports, slice))
    writes.remove.push(...packed.remove)
  }
  for (const [key, group] of ledger.groups) {
    if (!isAlive(group, changes.get(key))) writes.remove.push(...group.slices.map(({ id }) => id))
  }
  keepOne(state, ledger.sliceCount, writes, ledger.labels)
  return { writes, skipped }
}

/** Whether there are endpoints, and each group of slices has some. */
function areAllAlive({ groups }: ServiceLedger): boolean {
  for (const { endpoints } of groups.values()) if (endpoints === 0) return false
  return groups.size > 0
}

/** Whether any pod has the ports of the group. */
function isAlive(group: LedgerGroup | undefined, change: GroupChange | undefined): boolean {
  const placed = group?.endpoints ?? 0
  if (change === undefined) return placed > 0
  return placed - change.leaving + change.arriving.length + change.skipped > 0
}

function asExisting(slice: LedgerSlice, { touched }: GroupChange): ExistingSlice<ObjectId> {
  const { id, spec } = slice
  return { id, endpoints: spec.endpoints, isOutdated: false, asked: touched.get(slice) ?? NOWHERE }
}

function groupChanges(
  context: ControllerContext,
  { spec }: Service,
  ledger: ServiceLedger,
  skipped: PodId[],
): Map<string, GroupChange> {
  const { state } = context
  const changes = new Map<string, GroupChange>()
  for (const [uid, pod] of byAge(ledger.changed)) {
    const slice = ledger.placeOf(uid)
    const isWanted = isSelected(context, ledger, uid, pod) && isEndpoint(state, pod)
    const group = isWanted ? ledger.portsOf(state.pods.templateOf(pod)) : undefined
    let isStaying = false
    if (group !== undefined) {
      const change = changeOf(changes, group.key, group.ports)
      if (!isNodeKnown(context, pod) && spec.publishNotReadyAddresses !== true) {
        change.skipped++
        skipped.push(pod)
      } else if (slice?.key === group.key) {
        isStaying = true
        change.staying.set(uid, pod)
      } else change.arriving.push(pod)
    }
    if (slice === undefined) continue
    const change = changeOf(changes, slice.key, slice.spec.ports)
    const places = change.touched.get(slice)
    const place = slice.uids.indexOf(uid)
    if (places === undefined) change.touched.set(slice, [place])
    else places.push(place)
    if (!isStaying) change.leaving++
  }
  return changes
}

/** Endpoints are placed by age. */
function byAge(changed: ReadonlyMap<number, PodId>): Iterable<[number, PodId]> {
  return changed.size < 2 ? changed : [...changed].sort((a, b) => a[0] - b[0])
}

function isSelected(
  { state, labelled }: ControllerContext,
  { namespace, matcher }: ServiceLedger,
  uid: number,
  pod: PodId,
): boolean {
  const { pods } = state
  const labels = labelled.labelsOf(pod)
  if (labels === undefined || pods.uid[pod] !== uid) return false
  return pods.namespaceOf(pod) === namespace && matcher.matches(labels)
}

function changeOf(
  changes: Map<string, GroupChange>,
  key: string,
  ports: readonly EndpointPort[],
): GroupChange {
  let change = changes.get(key)
  if (change === undefined) {
    change = { ports, staying: new Map(), arriving: [], touched: new Map(), leaving: 0, skipped: 0 }
    changes.set(key, change)
  }
  return change
}

/** The endpoints of one group, as the packing asks for them. */
class ChangedEndpoints implements WantedEndpoints {
  readonly #change: GroupChange
  readonly #endpointOf: (pod: PodId, current?: Endpoint) => Endpoint
  #placed = 0

  constructor(change: GroupChange, endpoint: (pod: PodId, current?: Endpoint) => Endpoint) {
    this.#change = change
    this.#endpointOf = endpoint
  }

  get size(): number {
    return this.#change.arriving.length - this.#placed
  }

  take(current: Endpoint): Endpoint | undefined {
    const pod = this.#change.staying.get(current.targetRef?.uid ?? NONE)
    return pod === undefined ? undefined : this.#endpointOf(pod, current)
  }

  next(): Endpoint {
    return this.#endpointOf(this.#change.arriving[this.#placed++])
  }
}
