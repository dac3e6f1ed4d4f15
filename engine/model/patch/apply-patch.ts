/**
 * The patch by which a manifest is applied to an object that exists: what the manifest says is set, what it said when
 * it was applied before and says no more goes, and everything else stays as it is.
 *
 * Upstream: CreateThreeWayMergePatch of staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go,
 * kubectl apply (staging/src/k8s.io/kubectl/pkg/cmd/apply/patcher.go, 1.36).
 * Simplified: fields are set also where they have their values already; elements of lists keep their order.
 */
import { patchStrategy } from './merge-keys.js'
import { isFields, type Json, type JsonFields } from './merge-patch.js'

/** A strategic merge patch; `before` is the manifest as it was applied the last time, if ever. */
export function applyPatch(kind: string, before: JsonFields | undefined, manifest: JsonFields): JsonFields {
  return mapPatch(kind, '', before ?? {}, manifest)
}

function mapPatch(kind: string, parent: string, before: JsonFields, after: JsonFields): JsonFields {
  const patch: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(after)) {
    const { mergeKey, replace, retainKeys } = patchStrategy(kind, parent, field)
    const old = before[field]
    if (Array.isArray(value) && mergeKey !== undefined) {
      const list: readonly Json[] = Array.isArray(old) ? old : []
      if (mergeKey === '') {
        const gone = list.filter(item => !value.includes(item))
        if (gone.length > 0) patch[`$deleteFromPrimitiveList/${field}`] = gone
        patch[field] = value
      } else patch[field] = listPatch(kind, field, mergeKey, list, value)
    } else if (isFields(value) && replace !== true) {
      const inner = mapPatch(kind, field, isFields(old) ? old : {}, value)
      patch[field] = retainKeys === true ? { ...inner, $retainKeys: Object.keys(value) } : inner
    } else patch[field] = value
  }
  for (const field of Object.keys(before)) if (!(field in after)) patch[field] = null
  return patch
}

function listPatch(
  kind: string,
  field: string,
  mergeKey: string,
  before: readonly Json[],
  after: readonly Json[],
): readonly Json[] {
  const keyOf = (item: Json): Json => (isFields(item) ? item[mergeKey] : undefined)
  const find = (list: readonly Json[], key: Json): Json => list.find(item => keyOf(item) === key)
  const patches = after.map(item => {
    const old = find(before, keyOf(item))
    return isFields(item) ? mapPatch(kind, field, isFields(old) ? old : {}, item) : item
  })
  const gone = before.map(keyOf).filter(key => key !== undefined && find(after, key) === undefined)
  return [...patches, ...gone.map(key => ({ [mergeKey]: key, $patch: 'delete' }))]
}
