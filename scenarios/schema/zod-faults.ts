import type { z } from 'zod'
import { didYouMean } from '../../engine/index.js'
import { describeValue, isRecord, listAlternatives } from '../describe-value.js'
import type { Fault } from '../issue.js'
import { formatPath, type Path, valueAt } from '../path.js'

type ZodIssue = z.core.$ZodIssue

/** Known keys of the mapping at a path of the scenario. */
export type KnownKeys = (path: Path) => readonly string[]

interface SchemaFault extends Fault {
  /** Path of a key that is not there. */
  readonly absent?: string
}

/** What a schema found wrong with a value, one fault for each mistake, with paths from the root. */
export function faultsOf(
  issues: readonly ZodIssue[],
  root: unknown,
  prefix: Path,
  knownKeys: KnownKeys,
): readonly Fault[] {
  const misspelt = new Set<string>()
  const faults = issues.flatMap(issue => {
    const path = [...prefix, ...(issue.path as Path)]
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(path)
      for (const key of issue.keys) misspelt.add(formatPath([...path, didYouMean(key, known) ?? key]))
    }
    return faultsOfIssue(issue, path, valueAt(root, path), knownKeys)
  })
  // A slip of the pen is one mistake, not two.
  return faults.filter(({ absent }) => absent === undefined || !misspelt.has(absent))
}

function faultsOfIssue(
  issue: ZodIssue,
  path: Path,
  value: unknown,
  knownKeys: KnownKeys,
): readonly SchemaFault[] {
  const missing = value === undefined && path.length > 0
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path)
    return issue.keys.map(key => ({ path: [...path, key], part: 'key', message: unknownKey(key, known) }))
  }
  if (issue.code === 'custom') {
    const part = issue.params?.['part'] as 'key' | 'value' | undefined
    return [{ path, message: issue.message, ...(part === undefined ? {} : { part }) }]
  }
  if (issue.code === 'invalid_union' && 'note' in issue && issue.note === 'No matching discriminator') {
    return [discriminatorFault(issue, path, value)]
  }
  if (missing) return [missingFault(path)]
  if (issue.code === 'invalid_union') {
    const meant = meantAlternative(issue, value)
    if (meant !== undefined) {
      return meant.flatMap(inner => {
        const place = [...path, ...(inner.path as Path)]
        return faultsOfIssue(
          { ...inner, path: [] },
          place,
          valueAt({ value }, ['value', ...(inner.path as Path)]),
          knownKeys,
        )
      })
    }
  }
  if (issue.code === 'invalid_value')
    return [{ path, message: choiceMessage(value, issue.values.map(String)) }]
  if (issue.code === 'invalid_type') return [{ path, message: typeMessage(issue, value) }]
  return [{ path, message: issue.message }]
}

/** The faults of the only alternative that the value could be, going by its type. */
function meantAlternative(
  issue: ZodIssue & { code: 'invalid_union' },
  value: unknown,
): readonly ZodIssue[] | undefined {
  const possible = issue.errors.filter(faults =>
    faults.every(
      ({ code, path }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value'),
    ),
  )
  if (possible.length === 1) return possible[0]
  // A text that none of the names is was still meant as one of them.
  const names = issue.errors.filter(faults => faults.every(({ code }) => code === 'invalid_value'))
  return possible.length === 0 && names.length === 1 && typeof value === 'string' ? names[0] : undefined
}

function missingFault(path: Path): SchemaFault {
  const message = `"${path[path.length - 1]}" is missing`
  return { absent: formatPath(path), path: path.slice(0, -1), message }
}

export function unknownKey(key: string, known: readonly string[]): string {
  const meant = didYouMean(key, known)
  if (meant !== undefined) return `unknown key "${key}"; did you mean "${meant}"?`
  return known.length === 0 ? `unknown key "${key}"` : `unknown key "${key}"; known are ${known.join(', ')}`
}

function choiceMessage(value: unknown, choices: readonly string[]): string {
  const meant = typeof value === 'string' ? didYouMean(value, choices) : undefined
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return `expected ${listAlternatives(choices)}, got ${describeValue(value)}${hint}`
}

function discriminatorFault(issue: ZodIssue, path: Path, value: unknown): Fault {
  const { options = [] } = issue as { readonly options?: readonly unknown[] }
  const choices = options.map(String)
  const key = path[path.length - 1]
  if (value === undefined) {
    return { path: path.slice(0, -1), message: `"${key}" is missing: ${listAlternatives(choices)}` }
  }
  return { path, message: choiceMessage(value, choices) }
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  number: 'a number',
}

/** A message of the schema's own, or one in the words of files instead of those of JavaScript. */
function typeMessage(issue: ZodIssue & { code: 'invalid_type' }, value: unknown): string {
  if (!issue.message.startsWith('Invalid input')) return issue.message
  const expected = EXPECTED[issue.expected] ?? issue.expected
  return `expected ${expected}, got ${isRecord(value) ? 'a mapping' : describeValue(value)}`
}
