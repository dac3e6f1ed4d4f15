/**
 * Patches of stored objects: the object becomes a document of the API, the patch is applied to it, and what
 * differs is written. A spec gets its defaults again, and equal parts stay the same objects, so a patch that
 * changes nothing writes nothing.
 *
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go (1.36).
 * Simplified: a status is left alone, as main resources do; of immutable fields only those of pods are
 * refused.
 */

import { notFoundMessage } from '../model/kinds.js'
import { newWorkload } from '../model/new-workload.js'
import type { JsonPatchEntry, ObjectName, PatchType } from '../model/operations.js'
import { isFields, type JsonFields } from '../model/patch/merge-patch.js'
import { patchDocument } from '../model/patch/patch-document.js'
import type { Labels } from '../model/pod-spec.js'
import { canonicalJson } from '../model/pod-template.js'
import type { ObjectId } from '../state/ids.js'
import type { ApiServer } from './api-server.js'
import type { ObjectChange } from './object-registry.js'
import { ownerDocuments, ownersOfDocument } from './owner-documents.js'
import { ACCEPTED, type Answer, type ObjectDocument, type Patcher } from './patch.js'
import { patchNode } from './patch-node.js'
import { patchPod } from './patch-pod.js'
import { Result } from './result.js'

/** Patches the object of that name. */
export function patchObject(
  api: ApiServer,
  target: ObjectName,
  type: PatchType,
  patch: unknown,
  subresource?: 'resize',
): Answer {
  const { kind, namespace, name } = target
  const patcher = patcherOf(kind, type, patch)
  if (kind === 'Pod') return patchPod(api, namespace, name, patcher, subresource)
  if (kind === 'Node') return patchNode(api, name, patcher)
  const id = api.state.objects.find(kind, namespace, name)
  if (id === undefined) return { result: Result.NotFound, message: notFoundMessage(kind, name) }
  return patchStored(api, id, patcher, isFlat(type, patch))
}

function patcherOf(kind: string, type: PatchType, patch: unknown): Patcher {
  return document => {
    const patched = patchDocument(kind, document, type, patch)
    return 'error' in patched
      ? { result: Result.Invalid, message: patched.error }
      : { document: patched.document as ObjectDocument }
  }
}

const OUTER_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status'])

/**
 * Whether the patch speaks of a kind without spec, such as a ConfigMap: its fields stand beside the metadata.
 */
function isFlat(type: PatchType, patch: unknown): boolean {
  const fields =
    type === 'json'
      ? (patch as readonly JsonPatchEntry[]).map(({ path }) => path.split('/')[1] ?? '')
      : Object.keys(isFields(patch) ? patch : {})
  return fields.some(field => !OUTER_FIELDS.has(field))
}

function patchStored(api: ApiServer, id: ObjectId, patcher: Patcher, isFlatKind: boolean): Answer {
  const { kind, meta, spec } = api.state.objects.get<JsonFields>(id)
  const metadata: JsonFields = {
    name: meta.name,
    namespace: meta.namespace,
    labels: meta.labels,
    annotations: meta.annotations,
    finalizers: meta.finalizers,
    ownerReferences: ownerDocuments(meta.owners),
  }
  const patched = patcher(isFlatKind ? { metadata, ...spec } : { metadata, spec })
  if ('result' in patched) return patched
  const { metadata: after, ...fields } = patched.document
  const written = isFlatKind ? fields : (fields['spec'] ?? {})
  const change: ObjectChange = {
    ...specChange(kind, spec, written as JsonFields),
    ...metaChange(api, metadata, after),
  }
  const result = api.objects.update(id, change)
  return result === Result.Ok ? ACCEPTED : { result, message: notFoundMessage(kind, meta.name) }
}

function specChange(kind: string, before: JsonFields, written: JsonFields): ObjectChange {
  // Finalizers in the spec of a Namespace are written by its finalize subresource alone.
  if (kind === 'Namespace') return {}
  const defaulted = (newWorkload(kind, written)?.spec ?? written) as JsonFields
  if (canonicalJson(defaulted) === canonicalJson(before)) return {}
  const spec: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(defaulted)) {
    // A part that stayed the same stays the same object, so what is known of it is still known.
    spec[field] = canonicalJson(value) === canonicalJson(before[field] ?? null) ? before[field] : value
  }
  return { spec }
}

function metaChange(api: ApiServer, before: JsonFields, after: JsonFields): ObjectChange {
  const isChanged = (field: string): boolean =>
    canonicalJson(before[field] ?? null) !== canonicalJson(after[field] ?? null)
  return {
    ...(isChanged('labels') ? { labels: (after['labels'] ?? {}) as Labels } : {}),
    ...(isChanged('annotations') ? { annotations: (after['annotations'] ?? {}) as Labels } : {}),
    ...(isChanged('finalizers') ? { finalizers: (after['finalizers'] ?? []) as readonly string[] } : {}),
    ...(isChanged('ownerReferences')
      ? { owners: ownersOfDocument(api, after, String(before['namespace'])) }
      : {}),
  }
}
