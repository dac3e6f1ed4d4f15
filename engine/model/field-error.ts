/**
 * Texts of API validation errors: `path: Invalid value: "x": why`, and Go's quoting of strings in them.
 * Upstream: apimachinery pkg/util/validation/field (errors.go, path.go), util/errors (aggregate), release 1.36.
 * Simplified: nothing known.
 */

/** What upstream prints for a path that was never given. */
export const NO_PATH = '<nil>'

type PrintedValue = string | number | boolean | null | readonly string[] | Readonly<Record<string, unknown>>

export function invalidField(path: string, shown: PrintedValue, detail: string): string {
  return `${path}: Invalid value: ${printed(shown)}${detail === '' ? '' : `: ${detail}`}`
}

export function requiredField(path: string, detail: string): string {
  return `${path}: Required value${detail === '' ? '' : `: ${detail}`}`
}

export function forbiddenField(path: string, detail: string): string {
  return `${path}: Forbidden${detail === '' ? '' : `: ${detail}`}`
}

export function unsupportedField(path: string, shown: PrintedValue, supported: readonly string[]): string {
  const values = supported.map(quoted).join(', ')
  const hint = supported.length === 0 ? '' : `: supported values: ${values}`
  return `${path}: Unsupported value: ${printed(shown)}${hint}`
}

/** Several errors as one text: a single one bare, more in brackets, repeated ones once. */
export function aggregateError(errors: readonly string[]): string | undefined {
  const distinct = [...new Set(errors)]
  if (distinct.length === 0) return undefined
  return distinct.length === 1 ? distinct[0] : `[${distinct.join(', ')}]`
}

function printed(shown: PrintedValue): string {
  return typeof shown === 'string' ? quoted(shown) : JSON.stringify(shown)
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

/** A string in double quotes with Go's escapes (`%q`). */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escaped)}"`
}

function escaped(character: string): string {
  const known = ESCAPES.get(character)
  if (known !== undefined) return known
  const code = character.codePointAt(0)!
  if (code < 0x80) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0')
}
