import { didYouMean } from '../../engine/index.js'
import { describeValue, isRecord } from '../describe-value.js'
import type { Fault } from '../issue.js'
import type { Path } from '../path.js'
import { quantityFault } from '../quantity-fault.js'
import type { Fields, Kind, ScalarKind } from './field-kinds.js'

/** What does not fit the known fields: unknown names, missing ones, values of the wrong kind. `null` is absence. */
export function fieldFaults(value: unknown, kind: Kind, path: Path): Fault[] {
  const faults: Fault[] = []
  collect(value, kind, path, faults)
  return faults
}

function collect(value: unknown, kind: Kind, path: Path, faults: Fault[]): void {
  if (value === null || value === undefined || kind === 'any') return
  if (typeof kind === 'string') {
    const message = scalarFault(value, kind)
    if (message !== undefined) faults.push({ path, message })
  } else if ('list' in kind) {
    if (!Array.isArray(value)) faults.push({ path, message: `expected a list, got ${describeValue(value)}` })
    else for (const [i, item] of value.entries()) collectItem(item, kind.list, [...path, i], faults)
  } else if (!isRecord(value)) {
    faults.push({ path, message: `expected a mapping, got ${describeValue(value)}` })
  } else if ('map' in kind) {
    for (const [key, item] of Object.entries(value)) collectItem(item, kind.map, [...path, key], faults)
  } else collectFields(value, kind, path, faults)
}

/** In lists and mappings null is a value, and only text may be written so: Go reads it as empty. */
function collectItem(item: unknown, kind: Kind, path: Path, faults: Fault[]): void {
  if (item === null && typeof kind !== 'string')
    faults.push({ path, message: 'expected a mapping, got nothing' })
  else collect(item, kind, path, faults)
}

function collectFields(
  value: Record<string, unknown>,
  { fields, required = [] }: Fields,
  path: Path,
  faults: Fault[],
): void {
  const misspelt = new Set<string>()
  for (const [key, child] of Object.entries(value)) {
    if (Object.hasOwn(fields, key)) {
      collect(child, fields[key], [...path, key], faults)
      continue
    }
    const meant = didYouMean(key, Object.keys(fields))
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    if (meant !== undefined) misspelt.add(meant)
    faults.push({ path: [...path, key], part: 'key', message: `unknown field "${key}"${hint}` })
  }
  for (const key of required) {
    const isMissing = value[key] === undefined || value[key] === null
    // A slip of the pen is one mistake, not two.
    if (isMissing && !misspelt.has(key)) faults.push({ path, message: `"${key}" is missing` })
  }
}

function scalarFault(value: unknown, kind: ScalarKind): string | undefined {
  switch (kind) {
    case 'string':
      if (typeof value === 'string') return undefined
      return typeof value === 'object'
        ? `expected text, got ${describeValue(value)}`
        : `expected text, got ${describeValue(value)}; put it in quotes`
    case 'integer':
      if (Number.isSafeInteger(value)) return undefined
      return `expected a whole number, got ${describeValue(value)}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected true or false, got ${describeValue(value)}`
    case 'int-or-string':
      if (typeof value === 'string' || Number.isSafeInteger(value)) return undefined
      return `expected a whole number or text, got ${describeValue(value)}`
    case 'quantity':
      return quantityFault('', value)
    default:
      return kind satisfies never
  }
}
