/**
 * What the slices of a Service shall be after some of its pods have changed: the same as a look at all pods comes to,
 * from these pods and the slices they are in or go to.
 *
 * Upstream: reconcileByAddressType of staging/src/k8s.io/endpointslice/reconciler.go (1.36).
 * Simplified: see service-slices.ts. A pod that has changed counts as it was until the controller hears of it.
 */
import { ENDPOINTS_PER_SLICE } from '../../model/defaults.js'
import type { Endpoint, EndpointPort, ServiceSpec } from '../../model/services.js'
import type { NamespaceId, ObjectId, PodId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { ControllerContext } from '../controller.js'
import type { LabelMatcher } from '../label-matches.js'
import { type ExistingSlice, packEndpoints, type WantedEndpoints } from './pack-endpoints.js'
import { endpointOf, isEndpoint } from './pod-endpoints.js'
import type { LedgerGroup, LedgerSlice, ServiceLedger } from './service-ledger.js'
import { isNodeKnown, keepOne, type ServiceSlices, sliceDraft } from './service-slices.js'
import type { SliceWrites } from './slice-writer.js'

type Service = StoredObject<ServiceSpec>

/** The changed pods among those of the same ports. */
interface GroupChange {
  readonly ports: readonly EndpointPort[]
  /** Endpoints that stay where they are, and those to be placed, by UID. */
  readonly staying: Map<number, PodId>
  readonly arriving: Map<number, PodId>
  /** Slices with an endpoint that has changed or goes. */
  readonly touched: Set<LedgerSlice>
  leaving: number
  /** Pods with these ports whose node is not known: they are no endpoints, but keep the group alive. */
  skipped: number
}

export function changedSlices(
  context: ControllerContext,
  service: Service,
  ledger: ServiceLedger,
  matcher: LabelMatcher,
): ServiceSlices {
  const { state } = context
  const skipped: PodId[] = []
  const changes = groupChanges(context, service, ledger, matcher, skipped)
  const writes: SliceWrites = { create: [], update: [], remove: [] }
  const name = service.meta.name
  const publishNotReady = service.spec.publishNotReadyAddresses === true
  for (const [key, change] of changes) {
    const group = ledger.groups.get(key)
    if (!isAlive(group, change)) continue
    const wanted = new ChangedEndpoints(ledger.changed, change, (pod, current) =>
      endpointOf(state, pod, { name, publishNotReady }, current),
    )
    const slices = (group?.slices ?? []).map(slice => asExisting(slice, change))
    const packed = packEndpoints(slices, wanted, ENDPOINTS_PER_SLICE)
    writes.create.push(...packed.create.map(slice => sliceDraft(change.ports, slice)))
    writes.update.push(...packed.update.map(slice => sliceDraft(change.ports, slice)))
    writes.remove.push(...packed.remove)
  }
  for (const [key, group] of ledger.groups) {
    if (!isAlive(group, changes.get(key))) writes.remove.push(...group.slices.map(({ id }) => id))
  }
  keepOne(state, ledger.sliceIds, writes, ledger.labels)
  return { writes, skipped }
}

/** Whether any pod has the ports of the group. */
function isAlive(group: LedgerGroup | undefined, change: GroupChange | undefined): boolean {
  const placed = group?.endpoints ?? 0
  if (change === undefined) return placed > 0
  return placed - change.leaving + change.arriving.size + change.skipped > 0
}

function asExisting(slice: LedgerSlice, { touched }: GroupChange): ExistingSlice<ObjectId> {
  const { id, spec } = slice
  return { id, endpoints: spec.endpoints, isOutdated: false, isUntouched: !touched.has(slice) }
}

function groupChanges(
  context: ControllerContext,
  { meta, spec }: Service,
  ledger: ServiceLedger,
  matcher: LabelMatcher,
  skipped: PodId[],
): Map<string, GroupChange> {
  const { state, labelled } = context
  const { pods } = state
  const namespace = state.namespaceId(meta.namespace)
  const changes = new Map<string, GroupChange>()
  const changeOf = (key: string, ports: readonly EndpointPort[]): GroupChange => {
    let change = changes.get(key)
    if (change === undefined) {
      change = {
        ports,
        staying: new Map(),
        arriving: new Map(),
        touched: new Set(),
        leaving: 0,
        skipped: 0,
      }
      changes.set(key, change)
    }
    return change
  }
  const isSelected = (uid: number, pod: PodId): boolean => {
    const labels = labelled.labelsOf(pod)
    if (labels === undefined || pods.uid[pod] !== uid) return false
    return (pods.namespace[pod] as NamespaceId) === namespace && matcher.matches(labels)
  }
  // Endpoints are placed by age.
  for (const [uid, pod] of [...ledger.changed].sort((a, b) => a[0] - b[0])) {
    const place = ledger.placeOf(uid)
    const isWanted = isSelected(uid, pod) && isEndpoint(state, pod)
    const group = isWanted ? ledger.portsOf(pods.templateOf(pod)) : undefined
    const isPlaceable = isWanted && (isNodeKnown(context, pod) || spec.publishNotReadyAddresses === true)
    if (group !== undefined) {
      const change = changeOf(group.key, group.ports)
      if (!isPlaceable) {
        change.skipped++
        skipped.push(pod)
      } else if (place?.key === group.key) change.staying.set(uid, pod)
      else change.arriving.set(uid, pod)
    }
    if (place === undefined) continue
    const change = changeOf(place.key, place.slice.spec.ports)
    change.touched.add(place.slice)
    if (!change.staying.has(uid)) change.leaving++
  }
  return changes
}

/** The endpoints of one group, as the packing asks for them. */
class ChangedEndpoints implements WantedEndpoints {
  readonly #changed: ReadonlyMap<number, PodId>
  readonly #staying: ReadonlyMap<number, PodId>
  readonly #arriving: readonly PodId[]
  readonly #endpointOf: (pod: PodId, current?: Endpoint) => Endpoint
  #placed = 0

  constructor(
    changed: ReadonlyMap<number, PodId>,
    { staying, arriving }: GroupChange,
    endpoint: (pod: PodId, current?: Endpoint) => Endpoint,
  ) {
    this.#changed = changed
    this.#staying = staying
    this.#arriving = [...arriving.values()]
    this.#endpointOf = endpoint
  }

  get size(): number {
    return this.#arriving.length - this.#placed
  }

  take(current: Endpoint): Endpoint | undefined {
    const uid = current.targetRef?.uid
    if (uid === undefined || !this.#changed.has(uid)) return current
    const pod = this.#staying.get(uid)
    return pod === undefined ? undefined : this.#endpointOf(pod, current)
  }

  next(): Endpoint {
    return this.#endpointOf(this.#arriving[this.#placed++])
  }
}
