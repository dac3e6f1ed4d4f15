/**
 * Strategic merge patch: maps merge, and so do the lists whose elements have a key; directives in the patch
 * delete, replace, trim or order.
 *
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go (1.36).
 * Simplified: kinds without strategies of their own (custom resources) are patched by the same names.
 */
import { type PatchStrategy, patchStrategy } from './merge-keys.js'
import { isFields, type Json, type JsonFields } from './merge-patch.js'

const PATCH = '$patch'
const RETAIN = '$retainKeys'
const ORDER = '$setElementOrder/'
const DELETE_SCALARS = '$deleteFromPrimitiveList/'

/** The patched document; parts that the patch does not touch are the same objects as before. */
export function strategicMergePatch(kind: string, document: JsonFields, patch: JsonFields): JsonFields {
  return mergeMaps({ kind, parent: '' }, document, patch) ?? {}
}

/** Where in the document we are. */
interface Place {
  readonly kind: string
  readonly parent: string
}

/** Undefined when the patch says that the map goes. */
function mergeMaps(place: Place, document: JsonFields, patch: JsonFields): JsonFields | undefined {
  const directive = patch[PATCH]
  if (directive === 'delete') return undefined
  if (directive === 'replace') return withoutDirectives(patch)
  const merged: Record<string, unknown> = { ...document }
  if (Array.isArray(patch[RETAIN])) {
    const retained: readonly unknown[] = patch[RETAIN]
    for (const field of Object.keys(merged)) if (!retained.includes(field)) delete merged[field]
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(DELETE_SCALARS)) deleteScalars(merged, name.slice(DELETE_SCALARS.length), value)
    if (name.startsWith('$')) continue
    if (value === null) delete merged[name]
    else setField(place, merged, name, value, patch[ORDER + name])
  }
  for (const name of Object.keys(patch)) {
    const field = name.slice(ORDER.length)
    if (name.startsWith(ORDER) && !(field in patch)) setField(place, merged, field, [], patch[name])
  }
  return merged
}

function setField(
  { kind, parent }: Place,
  merged: Record<string, unknown>,
  name: string,
  value: Json,
  order: Json,
): void {
  const strategy = patchStrategy(kind, parent, name)
  const place = { kind, parent: name }
  const current = merged[name]
  if (Array.isArray(value) && strategy.mergeKey !== undefined) {
    const list: readonly Json[] = Array.isArray(current) ? current : []
    merged[name] = mergeLists(place, list, value, strategy, Array.isArray(order) ? order : undefined)
  } else if (isFields(value) && strategy.replace !== true) {
    const inner = mergeMaps(place, isFields(current) ? current : {}, value)
    if (inner === undefined) delete merged[name]
    else merged[name] = inner
  } else {
    merged[name] = value
  }
}

function mergeLists(
  place: Place,
  list: readonly Json[],
  patch: readonly Json[],
  { mergeKey = '' }: PatchStrategy,
  order: readonly Json[] | undefined,
): readonly Json[] {
  if (mergeKey === '') return inOrder([...new Set([...list, ...patch])], list, patch, order, item => item)
  const keyOf = (item: Json): Json => (isFields(item) ? item[mergeKey] : undefined)
  const elements = patch.filter(isFields)
  if (elements.some(item => item[PATCH] === 'replace' && keyOf(item) === undefined)) {
    return elements.filter(item => item[PATCH] === undefined)
  }
  const merged = [...list]
  for (const element of elements) {
    const key = keyOf(element)
    const index = merged.findIndex(item => keyOf(item) === key)
    const current = merged[index]
    const result = mergeMaps(place, isFields(current) ? current : {}, element)
    if (result === undefined) {
      if (index >= 0) merged.splice(index, 1)
    } else if (index >= 0) merged[index] = result
    else merged.push(result)
  }
  const kept = elements.filter(item => item[PATCH] !== 'delete')
  return inOrder(merged, list, kept, order, keyOf)
}

/**
 * Elements that the patch names stand in its order (or in the order it asks for), all others in the
 * document's; the two are woven together by their places in the document, new ones last.
 */
function inOrder(
  merged: readonly Json[],
  list: readonly Json[],
  patch: readonly Json[],
  order: readonly Json[] | undefined,
  keyOf: (item: Json) => Json,
): readonly Json[] {
  const wanted = (order ?? patch).map(item => (isFields(item) ? keyOf(item) : item))
  const placeOf = (item: Json): number => list.findIndex(other => keyOf(other) === keyOf(item))
  const named = merged
    .filter(item => wanted.includes(keyOf(item)))
    .sort((a, b) => wanted.indexOf(keyOf(a)) - wanted.indexOf(keyOf(b)))
  const others = merged.filter(item => !wanted.includes(keyOf(item)))
  const result: Json[] = []
  for (let i = 0, j = 0; i < named.length || j < others.length; ) {
    const place = i < named.length ? placeOf(named[i]) : -1
    const isNext = j >= others.length || (place >= 0 && place < placeOf(others[j]))
    if (i < named.length && isNext) result.push(named[i++])
    else result.push(others[j++])
  }
  return result
}

function deleteScalars(merged: Record<string, unknown>, field: string, values: Json): void {
  const current = merged[field]
  if (!Array.isArray(current) || !Array.isArray(values)) return
  merged[field] = current.filter(item => !values.includes(item))
}

function withoutDirectives(patch: JsonFields): JsonFields {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith('$')))
}
