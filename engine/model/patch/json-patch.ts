/**
 * JSON patch: a list of steps that add, remove, replace, move, copy or test the value at a path; all of them
 * succeed or nothing changes.
 *
 * Upstream: `application/json-patch+json` of staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go
 * (1.36), RFC 6902.
 * Simplified: nothing known.
 */

import type { JsonPatchEntry } from '../operations.js'
import { canonicalJson } from '../pod-template.js'
import { isFields, type Json } from './merge-patch.js'

/** The patched document, or why a step cannot be taken. */
export function jsonPatch(
  document: Json,
  steps: readonly JsonPatchEntry[],
): { readonly document: Json } | { readonly error: string } {
  let current = document
  for (const step of steps) {
    const next = applyStep(current, step)
    if ('error' in next) return next
    current = next.document
  }
  return { document: current }
}

type Outcome = { readonly document: Json } | { readonly error: string }

function applyStep(document: Json, { op, path, from, value }: JsonPatchEntry): Outcome {
  const to = tokens(path)
  if (to === undefined) return { error: `"${path}" is no JSON pointer` }
  if (op === 'test') {
    const found = valueAt(document, to)
    const same = found !== undefined && canonicalJson(found) === canonicalJson(value)
    return same ? { document } : { error: `testing value ${path} failed` }
  }
  if (op === 'add') return edited(document, to, 'add', value, path)
  if (op === 'remove' || op === 'replace') return edited(document, to, op, value, path)
  const source = from === undefined ? undefined : tokens(from)
  const moved = source === undefined ? undefined : valueAt(document, source)
  if (source === undefined || moved === undefined) return { error: `${op}: nothing at "${from ?? ''}"` }
  if (op === 'copy') return edited(document, to, 'add', moved, path)
  const without = edited(document, source, 'remove', undefined, from ?? '')
  return 'error' in without ? without : edited(without.document, to, 'add', moved, path)
}

/** The names on the way; undefined when the text is no pointer. */
export function tokens(pointer: string): string[] | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function valueAt(document: Json, path: readonly string[]): Json {
  let inner = document
  for (const token of path) {
    if (Array.isArray(inner)) inner = inner[indexOf(token, inner.length) ?? -1]
    else if (isFields(inner)) inner = inner[token]
    else return undefined
  }
  return inner
}

/** The position in a list that a token names; undefined when it names none. */
function indexOf(token: string, length: number): number | undefined {
  if (!/^(?:0|[1-9]\d*)$/.test(token)) return undefined
  const index = Number(token)
  return index < length ? index : undefined
}

function edited(
  document: Json,
  path: readonly string[],
  op: 'add' | 'remove' | 'replace',
  value: Json,
  whole: string,
): Outcome {
  if (path.length === 0)
    return op === 'remove' ? { error: 'the whole cannot be removed' } : { document: value }
  const [token, ...rest] = path
  const missing = { error: `${op} operation does not apply: doc is missing path: ${JSON.stringify(whole)}` }
  if (Array.isArray(document)) {
    if (rest.length === 0) return editedList(document, token, op, value) ?? missing
    const index = indexOf(token, document.length)
    if (index === undefined) return missing
    const inner = edited(document[index], rest, op, value, whole)
    return 'error' in inner ? inner : { document: document.with(index, inner.document) }
  }
  if (!isFields(document)) return missing
  if (rest.length > 0) {
    if (document[token] === undefined) return missing
    const inner = edited(document[token], rest, op, value, whole)
    return 'error' in inner ? inner : { document: { ...document, [token]: inner.document } }
  }
  if (op !== 'add' && document[token] === undefined) return missing
  if (op !== 'remove') return { document: { ...document, [token]: value } }
  const { [token]: _, ...others } = document
  return { document: others }
}

function editedList(
  list: readonly Json[],
  token: string,
  op: 'add' | 'remove' | 'replace',
  value: Json,
): { readonly document: Json } | undefined {
  if (op === 'add' && token === '-') return { document: [...list, value] }
  const index = indexOf(token, op === 'add' ? list.length + 1 : list.length)
  if (index === undefined) return undefined
  if (op === 'add') return { document: list.toSpliced(index, 0, value) }
  return { document: op === 'remove' ? list.toSpliced(index, 1) : list.with(index, value) }
}
