/**
 * What a patch of any of the three kinds makes of a document.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go (1.36).
 * Simplified: nothing known.
 */
import type { JsonPatchEntry, PatchType } from '../operations.js'
import { jsonPatch } from './json-patch.js'
import { isFields, type JsonFields, mergePatch } from './merge-patch.js'
import { strategicMergePatch } from './strategic-merge-patch.js'

/** The document after the patch, or what is wrong with the patch; `kind` names the keys that lists are merged by. */
export function patchDocument(
  kind: string,
  document: JsonFields,
  type: PatchType,
  patch: unknown,
): { readonly document: JsonFields } | { readonly error: string } {
  if (type === 'json') {
    const patched = jsonPatch(document, patch as readonly JsonPatchEntry[])
    return 'error' in patched ? patched : { document: patched.document as JsonFields }
  }
  if (!isFields(patch)) return { error: 'a patch is an object' }
  if (type === 'strategic') return { document: strategicMergePatch(kind, document, patch) }
  return { document: mergePatch(document, patch) as JsonFields }
}
