/**
 * One round of deleting what a namespace holds: all pods first, everything else when no pod is left.
 *
 * Upstream: pkg/controller/namespace/deletion/namespaced_resources_deleter.go (1.36).
 * Simplified: all deletions of a round are made at its start.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { FINALIZER_ESTIMATE_SECONDS } from '../../model/defaults.js'
import { resourceOf } from '../../model/kinds.js'
import { byCodeUnits } from '../../model/resource-list.js'
import type { ObjectId, PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'

/** What a round leaves behind. */
export interface Remains {
  /** Seconds until the rest is thought to be gone; 0: nothing is left. */
  readonly estimateSeconds: number
  /** Objects left by resource name, and finalizers of them; both stay empty while pods hold up the rest. */
  readonly resources: ReadonlyMap<string, number>
  readonly finalizers: ReadonlyMap<string, number>
  /** Objects that should have gone at once and did not. */
  readonly failures: readonly string[]
}

const NOTHING: ReadonlyMap<string, number> = new Map()

export function deleteContent(
  context: ControllerContext,
  namespace: string,
  deletedAt: SimTime,
  now: SimTime,
): Remains {
  const pods = podsOf(context, namespace)
  const estimateSeconds = estimateOfPods(context, pods, deletedAt, now)
  for (const pod of pods) context.api.pods.delete(pod, context.state.pods.uid[pod], undefined, 'Background')
  const left = podsOf(context, namespace)
  if (left.length > 0) return remainsOfPods(context, namespace, left, estimateSeconds)
  return deleteObjects(context, namespace)
}

function podsOf({ state }: ControllerContext, namespace: string): PodId[] {
  return [...state.pods.names(state.namespaceId(namespace)).values()]
}

/** The longest grace period among the pods, as long as it has not passed since the namespace was deleted. */
function estimateOfPods(
  { state }: ControllerContext,
  pods: readonly PodId[],
  deletedAt: SimTime,
  now: SimTime,
): number {
  let longest = 0
  for (const pod of pods) {
    if (state.pods.isFinished(pod)) continue
    const { spec } = state.templates.get(state.pods.templateOf(pod))
    longest = Math.max(longest, spec.terminationGracePeriodSeconds ?? 0)
  }
  return now - deletedAt >= longest * SECOND ? 0 : longest
}

function remainsOfPods(
  { api }: ControllerContext,
  namespace: string,
  pods: readonly PodId[],
  estimateSeconds: number,
): Remains {
  if (estimateSeconds > 0) return { estimateSeconds, resources: NOTHING, finalizers: NOTHING, failures: [] }
  const isHeld = pods.some(pod => api.pods.finalizers(pod).length > 0)
  const failure = `unexpected items still remain in namespace: ${namespace} for gvr: /v1, Resource=pods`
  return {
    estimateSeconds: isHeld ? FINALIZER_ESTIMATE_SECONDS : 0,
    resources: NOTHING,
    finalizers: NOTHING,
    failures: isHeld ? [] : [failure],
  }
}

function deleteObjects({ state, api }: ControllerContext, namespace: string): Remains {
  const { objects } = state
  const resources = new Map<string, number>()
  const finalizers = new Map<string, number>()
  const ids: ObjectId[] = []
  for (let row = 0; row < objects.highWater; row++) {
    const object = objects.object[row]
    if (object?.meta.namespace === namespace && objects.exists(object.id)) ids.push(object.id)
  }
  ids.sort((a, b) => byCodeUnits(resourceOf(objects.get(a).kind), resourceOf(objects.get(b).kind)))
  for (const id of ids) {
    api.objects.delete(id, 'Background')
    if (!objects.exists(id) || objects.get(id).meta.deletionAt === NEVER) continue
    const { kind, meta } = objects.get(id)
    count(resources, resourceOf(kind))
    for (const finalizer of meta.finalizers) count(finalizers, finalizer)
  }
  const estimateSeconds = resources.size > 0 ? FINALIZER_ESTIMATE_SECONDS : 0
  return { estimateSeconds, resources, finalizers, failures: [] }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
