/**
 * The templates a StatefulSet or DaemonSet has had, kept as ControllerRevision objects: listed, compared,
 * created under a name made of the owner's and the template's hash, and numbered anew when an old template
 * comes back.
 *
 * Upstream: pkg/controller/history/controller_history.go (1.36).
 * Simplified: templates are compared as they are stored; upstream compares serialised patches.
 */
import { isRefused, Result } from '../apiserver/result.js'
import type { ObjectMeta, OwnerReference } from '../model/api-object.js'
import type { Labels } from '../model/pod-spec.js'
import { canonicalJson } from '../model/pod-template.js'
import { templateHash } from '../model/template-hash.js'
import type { ControllerRevisionSpec, PodTemplateSpec } from '../model/workloads.js'
import type { ObjectId } from '../state/ids.js'
import type { ControllerContext } from './controller.js'
import type { LabelMatcher } from './label-matches.js'

/** Label of pods: StatefulSets write the name of the revision they are made from, DaemonSets its hash. */
export const CONTROLLER_REVISION_HASH = 'controller-revision-hash'
const KIND = 'ControllerRevision'

export interface Revision {
  readonly id: ObjectId
  readonly name: string
  readonly labels: Labels
  readonly number: number
  readonly template: PodTemplateSpec
}

const templateKeys = new WeakMap<PodTemplateSpec, string>()

/** Equal for equal templates. */
export function templateKey(template: PodTemplateSpec): string {
  let key = templateKeys.get(template)
  if (key === undefined) {
    const { $patch: _, ...plain } = template as PodTemplateSpec & { readonly $patch?: string }
    key = canonicalJson(plain)
    templateKeys.set(template, key)
  }
  return key
}

/** The reference by which a workload controls what it owns. */
export function controllerReference(kind: string, meta: ObjectMeta): OwnerReference {
  return { kind, name: meta.name, uid: meta.uid, controller: true, blockOwnerDeletion: true }
}

/** Revisions the workload controls, oldest first; those it selects and nobody controls are adopted. */
export function claimRevisions(
  context: ControllerContext,
  kind: string,
  meta: ObjectMeta,
  matcher: LabelMatcher,
): Revision[] {
  const { owned, api, state } = context
  const ids = owned.of(meta.uid, KIND).filter(id => state.objects.exists(id))
  for (const id of owned.orphans(KIND, meta.namespace)) {
    if (!state.objects.exists(id)) continue
    const { labels, owners } = state.objects.get(id).meta
    if (!matcher.matchesLabels(labels) || owners.some(({ controller }) => controller)) continue
    context.charge()
    const adopted = { owners: [...owners, controllerReference(kind, meta)] }
    if (api.objects.updateMeta(id, adopted) === Result.Ok) ids.push(id)
  }
  return ids.map(id => revisionOf(context, id)).sort((a, b) => compare(context, a, b))
}

function compare({ state, clock }: ControllerContext, a: Revision, b: Revision): number {
  const created = ({ id }: Revision): number => clock.wholeSecond(state.objects.get(id).meta.createdAt)
  return a.number - b.number || created(a) - created(b) || (a.name < b.name ? -1 : 1)
}

function revisionOf({ state }: ControllerContext, id: ObjectId): Revision {
  const { meta, spec } = state.objects.get<ControllerRevisionSpec>(id)
  const { name, labels } = meta
  return { id, name, labels, number: spec.revision, template: spec.data.spec.template }
}

export interface NewRevision {
  readonly owner: OwnerReference
  readonly meta: ObjectMeta
  readonly template: PodTemplateSpec
  readonly number: number
  /** The label that carries the hash. */
  readonly hashLabel: string
  readonly collisionCount: number | undefined
}

/**
 * Creates the revision. One of that name with the same template is taken as it is; `collision`: another
 * template has taken the name; undefined: the server refuses.
 */
export function createRevision(
  context: ControllerContext,
  wanted: NewRevision,
): Revision | 'collision' | undefined {
  const { api, state } = context
  const { meta, template, owner, hashLabel } = wanted
  const hash = templateHash(template, wanted.collisionCount)
  const name = `${meta.name}-${hash}`
  const spec: ControllerRevisionSpec = { data: { spec: { template } }, revision: wanted.number }
  context.charge()
  const created = api.objects.create({
    kind: KIND,
    namespace: meta.namespace,
    name,
    labels: { ...template.metadata.labels, [hashLabel]: hash },
    annotations: meta.annotations,
    owners: [owner],
    spec,
  })
  if (!isRefused(created)) return revisionOf(context, created)
  if (created !== Result.AlreadyExists) return undefined
  const found = revisionOf(context, state.objects.find(KIND, meta.namespace, name) as ObjectId)
  return templateKey(found.template) === templateKey(template) ? found : 'collision'
}

/** The revision under another number; undefined when the server refuses. */
export function renumberRevision(
  context: ControllerContext,
  revision: Revision,
  number: number,
): Revision | undefined {
  const { api, state } = context
  if (revision.number === number) return revision
  const { spec } = state.objects.get<ControllerRevisionSpec>(revision.id)
  context.charge()
  const result = api.objects.updateSpec(revision.id, { ...spec, revision: number })
  return result === Result.Ok ? { ...revision, number } : undefined
}

/** Deletes the oldest revisions beyond the limit that nobody needs. Whether all went well. */
export function deleteRevisions(context: ControllerContext, revisions: readonly Revision[]): boolean {
  for (const { id, name } of revisions) {
    const { objects } = context.state
    if (!objects.exists(id) || objects.get(id).meta.name !== name) continue
    context.charge()
    const result = context.api.objects.delete(id)
    if (result !== Result.Ok && result !== Result.NotFound) return false
  }
  return true
}
