/**
 * JSON merge patch: fields of the patch replace those of the document, null takes a field away, lists are
 * replaced as a whole.
 *
 * Upstream: `application/merge-patch+json` of staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go
 * (1.36), RFC 7396.
 * Simplified: nothing known.
 */
export type Json = unknown
export type JsonFields = Readonly<Record<string, unknown>>

export function isFields(value: Json): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The patched document; parts that the patch does not touch are the same objects as before. */
export function mergePatch(document: Json, patch: Json): Json {
  if (!isFields(patch)) return patch
  const merged: Record<string, unknown> = isFields(document) ? { ...document } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field]
    else merged[field] = mergePatch(merged[field], value)
  }
  return merged
}
