/**
 * What a Deployment writes on its ReplicaSets as annotations: revision, history of revisions, and the sizes that
 * proportional scaling starts from.
 *
 * Upstream: pkg/controller/deployment/util/deployment_util.go (1.36).
 * Simplified: nothing known.
 */
import { atoi } from '../../model/go-integer.js'
import type { Labels } from '../../model/pod-spec.js'
import type { ReplicaSetView } from './replica-set-view.js'

export const REVISION = 'deployment.kubernetes.io/revision'
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'
export const ROLLBACK_TO = 'deprecated.deployment.rollback.to'
/** The label and name part that tells the pods of one template from those of another. */
export const POD_TEMPLATE_HASH = 'pod-template-hash'

const HISTORY_LENGTH = 2000

/** Annotations of a Deployment that are its own, not its ReplicaSets'. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  ROLLBACK_TO,
])

export function isCopied(annotation: string): boolean {
  return !NOT_COPIED.has(annotation)
}

/** The number in an annotation, 0 when there is none, undefined when it is no number. */
export function revisionOf(annotations: Labels): number | undefined {
  const text = annotations[REVISION]
  return text === undefined ? 0 : readInteger(text)
}

export function maxRevision(replicaSets: readonly ReplicaSetView[]): number {
  let highest = 0
  for (const { annotations } of replicaSets) highest = Math.max(highest, revisionOf(annotations) ?? 0)
  return highest
}

/** The second highest revision: the one before the newest. */
export function lastRevision(replicaSets: readonly ReplicaSetView[]): number {
  let highest = 0
  let second = 0
  for (const { annotations } of replicaSets) {
    const revision = revisionOf(annotations)
    if (revision === undefined) continue
    if (revision >= highest) {
      second = highest
      highest = revision
    } else if (revision > second) {
      second = revision
    }
  }
  return second
}

/** The number of an annotation that counts pods, undefined when missing or no number. */
export function replicasAnnotation(annotations: Labels, name: string): number | undefined {
  const text = annotations[name]
  return text === undefined ? undefined : readInteger(text)
}

/** Undefined for what is no integer. */
function readInteger(text: string): number | undefined {
  const number = atoi(text)
  return typeof number === 'number' ? number : undefined
}

/** The annotations with these sizes; the same object when they are there already. */
export function withSizes(annotations: Labels, desired: number, max: number): Labels {
  const desiredText = String(desired)
  const maxText = String(max)
  if (annotations[DESIRED_REPLICAS] === desiredText && annotations[MAX_REPLICAS] === maxText) {
    return annotations
  }
  const sized: Record<string, string> = Object.assign({}, annotations)
  sized[DESIRED_REPLICAS] = desiredText
  sized[MAX_REPLICAS] = maxText
  return sized
}

/**
 * The annotations of the newest ReplicaSet: those of its Deployment, and the revision, which only grows. A revision
 * that is replaced goes into the history. The same object when nothing changes.
 */
export function newReplicaSetAnnotations(own: Labels, deployment: Labels, newRevision: number): Labels {
  let changed: Record<string, string> | undefined
  for (const name of Object.keys(deployment)) {
    if (!isCopied(name) || own[name] === deployment[name]) continue
    changed ??= { ...own }
    changed[name] = deployment[name]
  }
  const oldRevision = own[REVISION]
  const oldNumber = oldRevision === '' ? 0 : revisionOf(own)
  if (oldNumber === undefined || oldNumber >= newRevision) return changed ?? own
  changed ??= { ...own }
  changed[REVISION] = String(newRevision)
  if (oldRevision !== undefined) {
    const history = withRevision(own[REVISION_HISTORY] ?? '', oldRevision)
    if (history !== undefined) changed[REVISION_HISTORY] = history
  }
  return changed
}

/** The history with one more revision; the oldest ones go when it would get too long. */
function withRevision(history: string, revision: string): string | undefined {
  if (history === '') return revision
  let length = history.length + revision.length + 1
  const revisions = history.split(',')
  let start = 0
  while (length > HISTORY_LENGTH && start < revisions.length) length -= revisions[start++].length + 1
  return length > HISTORY_LENGTH ? undefined : [...revisions.slice(start), revision].join(',')
}
