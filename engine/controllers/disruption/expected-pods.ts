/**
 * How many pods a disruption budget may expect, and how many of them have to be healthy: the wanted sizes of the
 * controllers of its pods, or just their number where minAvailable is a plain number.
 *
 * Upstream: getExpectedPodCount, getExpectedScale and the finders of pkg/controller/disruption/disruption.go (1.36).
 * Simplified: a kind of one's own has the scale subresource when its spec has a number of replicas.
 */
import { type IntOrPercent, Rounding, readIntOrPercent } from '../../model/int-or-percent.js'
import type { PodDisruptionBudgetSpec } from '../../model/pod-disruption-budget.js'
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { controllerOf } from '../owned-objects.js'
import type { PodTally } from '../pod-tallies.js'

export interface ExpectedPods {
  readonly expected: number
  readonly desiredHealthy: number
  /** Some of the pods have no controller. */
  readonly hasUnmanaged: boolean
}

export interface ExpectationFailure {
  readonly error: string
}

interface Scaled {
  readonly replicas?: number
}

/** Built-in kinds that can own pods but have no scale subresource, with their resource names. */
const UNSCALABLE: ReadonlyMap<string, string> = new Map([
  ['DaemonSet', 'daemonsets.apps'],
  ['Job', 'jobs.batch'],
  ['CronJob', 'cronjobs.batch'],
  ['Node', 'nodes'],
  ['Pod', 'pods'],
])
/** Kinds whose size is read from the cache; others are asked for by a request. */
const CACHED = new Set(['ReplicationController', 'ReplicaSet', 'StatefulSet'])

/** @param listed the pods themselves, which an error names one of */
export function expectedPods(
  context: ControllerContext,
  spec: PodDisruptionBudgetSpec,
  tally: PodTally,
  listed: () => readonly PodId[],
): ExpectedPods | ExpectationFailure {
  const { minAvailable, maxUnavailable } = spec
  if (maxUnavailable === undefined && typeof minAvailable === 'number') {
    return { expected: tally.pods, desiredHealthy: minAvailable, hasUnmanaged: false }
  }
  const amount = maxUnavailable ?? minAvailable
  if (amount === undefined) return { expected: 0, desiredHealthy: 0, hasUnmanaged: false }
  const scale = expectedScale(context, tally, listed)
  if ('error' in scale) return scale
  const { expected, hasUnmanaged } = scale
  const share = shareOf(amount, expected)
  if (typeof share !== 'number') return share
  const desiredHealthy = maxUnavailable === undefined ? share : Math.max(0, expected - share)
  return { expected, desiredHealthy, hasUnmanaged }
}

function shareOf(amount: IntOrPercent, total: number): number | ExpectationFailure {
  return readIntOrPercent(amount, total, Rounding.Up)
}

/** The sum of the wanted sizes of all controllers of the pods, each counted once. */
function expectedScale(
  context: ControllerContext,
  { owners }: PodTally,
  listed: () => readonly PodId[],
): { readonly expected: number; readonly hasUnmanaged: boolean } | ExpectationFailure {
  /** Made for those who need them: most pods have one owner, and it is there. */
  let lost: Set<ObjectId> | undefined
  let counted: Set<ObjectId> | undefined
  let first: ObjectId | undefined
  let expected = 0
  let hasUnmanaged = false
  for (const owner of owners.keys()) {
    if ((owner as number) === NONE) {
      hasUnmanaged = true
      continue
    }
    const controller = scaledControllerOf(context, owner)
    if (controller === undefined) {
      lost ??= new Set()
      lost.add(owner)
      continue
    }
    // Several ReplicaSets may have one Deployment.
    if (first === undefined) first = controller
    else {
      counted ??= new Set([first])
      if (counted.has(controller)) continue
      counted.add(controller)
    }
    expected += replicasOf(context, controller) as number
  }
  if (lost !== undefined) return { error: whyNotScaled(context, firstOf(context, lost, listed())) }
  return { expected, hasUnmanaged }
}

/** By name the first pod of these owners. */
function firstOf({ state }: ControllerContext, owners: ReadonlySet<ObjectId>, pods: readonly PodId[]): PodId {
  const { owner, name } = state.pods
  let first: PodId | undefined
  for (const pod of pods) {
    if (!owners.has(owner[pod] as ObjectId)) continue
    if (first === undefined || (name[pod] as string) < (name[first] as string)) first = pod
  }
  return first as PodId
}

/** The object that says how many pods there shall be: the owner, or the Deployment above it. */
function scaledControllerOf(context: ControllerContext, owner: ObjectId): ObjectId | undefined {
  const { objects } = context.state
  const { kind, meta } = objects.get(owner)
  if (!CACHED.has(kind)) context.charge()
  if (!isListed(context, owner) || UNSCALABLE.has(kind)) return undefined
  if (kind === 'ReplicaSet') {
    const above = controllerOf(meta.owners)
    const deployment = above?.kind === 'Deployment' ? objects.findByUid(above.uid) : undefined
    if (deployment !== undefined && isListed(context, deployment)) return deployment
  }
  return replicasOf(context, owner) === undefined ? undefined : owner
}

function isListed({ state, informer }: ControllerContext, id: ObjectId): boolean {
  const { createdSequence, deletedSequence } = state.objects
  return informer.sees(createdSequence[id], deletedSequence[id])
}

function replicasOf({ state }: ControllerContext, id: ObjectId): number | undefined {
  return state.objects.get<Scaled>(id).spec.replicas
}

function whyNotScaled(context: ControllerContext, pod: PodId): string {
  const { pods, objects } = context.state
  const { kind } = objects.get(pods.owner[pod] as ObjectId)
  const resource = UNSCALABLE.get(kind)
  if (resource !== undefined) return `${resource} does not implement the scale subresource`
  return `found no controllers for pod "${pods.name[pod]}"`
}
