/**
 * A scenario before it is validated: the file's values with overrides on top (`--set`, a variant), and for every value
 * the place where its last word was said.
 */
import { didYouMean } from '../engine/index.js'
import { describeValue, isRecord } from './describe-value.js'
import type { Issue, Locate, Place } from './issue.js'
import { formatPath, type Path, parsePath } from './path.js'

/** One value put over the file's own. */
export interface Assignment {
  readonly path: Path
  readonly value: unknown
  /** Finds a part of the value, by its path below `path`, or with an empty path and `key` the target itself. */
  readonly locate: Locate
}

export class ScenarioSource {
  readonly file: string
  readonly value: Readonly<Record<string, unknown>>
  readonly #base: Locate
  readonly #assignments: readonly Assignment[]

  constructor(
    file: string,
    value: Readonly<Record<string, unknown>>,
    base: Locate,
    assignments: readonly Assignment[] = [],
  ) {
    this.file = file
    this.value = value
    this.#base = base
    this.#assignments = assignments
  }

  readonly locate: Locate = (path, part) => {
    for (const assignment of this.#assignments.toReversed()) {
      const { path: target } = assignment
      if (startsWith(path, target)) return assignment.locate(path.slice(target.length), part)
      // A key on the way to the target that only the assignment brought in.
      if (part === 'key' && startsWith(target, path)) return assignment.locate([], 'key')
    }
    return this.#base(path, part)
  }

  issue(path: Path, message: string, part?: 'key' | 'value'): Issue {
    return { ...this.locate(path, part), path: formatPath(path), message }
  }

  /** The scenario with values put over it; assignments that lead nowhere are answered as issues. */
  with(assignments: readonly Assignment[]): {
    readonly source: ScenarioSource
    readonly issues: readonly Issue[]
  } {
    const value = structuredClone(this.value) as Record<string, unknown>
    const issues: Issue[] = []
    const accepted: Assignment[] = []
    for (const assignment of assignments) {
      const fault = assign(value, assignment.path, assignment.value)
      if (fault === undefined) accepted.push(assignment)
      else {
        const place = assignment.locate([], 'key')
        issues.push({ ...place, path: formatPath(assignment.path), message: fault })
      }
    }
    const all = [...this.#assignments, ...accepted]
    return { source: new ScenarioSource(this.file, value, this.#base, all), issues }
  }
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, i) => String(step) === String(path[i]))
}

/** Sets the value at a path, making mappings on the way; a message when the path leads nowhere. */
function assign(root: Record<string, unknown>, path: Path, value: unknown): string | undefined {
  let target: unknown = root
  for (const [depth, step] of path.entries()) {
    const so = formatPath(path.slice(0, depth)) || 'the scenario'
    const isLast = depth === path.length - 1
    if (Array.isArray(target)) {
      const list: unknown[] = target
      if (typeof step !== 'number') return `${so} is a list; "${step}" is no index`
      if (list.length === 0) return `${so} is empty; there is no item ${step}`
      if (step >= list.length) return `${so} has no item ${step}; the last one is ${list.length - 1}`
      if (isLast) list[step] = value
      target = list[step]
    } else if (isRecord(target)) {
      if (isLast) target[step] = value
      else if (target[step] === undefined || target[step] === null) {
        if (typeof path[depth + 1] === 'number') return `${formatPath(path.slice(0, depth + 1))} is no list`
        target[step] = {}
      }
      target = target[step]
    } else return `${so} is ${describeValue(target)} and has nothing inside`
  }
  return undefined
}

/** Reads `path=value` arguments; the value is YAML. Their places are `--set`, the number of the argument as line. */
export function readSettings(
  settings: readonly string[],
  readValue: (text: string) => { readonly value: unknown } | { readonly message: string },
): { readonly assignments: readonly Assignment[]; readonly issues: readonly Issue[] } {
  const assignments: Assignment[] = []
  const issues: Issue[] = []
  for (const [i, setting] of settings.entries()) {
    const at = (column: number): Place => ({ file: '--set', line: i + 1, column })
    const equals = setting.indexOf('=')
    const text = equals < 0 ? setting : setting.slice(0, equals)
    const path = parsePath(text.trim())
    const read = readValue(setting.slice(equals + 1))
    if (equals < 0) {
      issues.push({ ...at(1), path: '', message: `write path=value, for example seed=2, not ${setting}` })
    } else if (path === undefined) {
      issues.push({ ...at(1), path: '', message: `${JSON.stringify(text)} is no path such as nodes.0.count` })
    } else if ('message' in read) {
      issues.push({ ...at(equals + 2), path: formatPath(path), message: read.message })
    } else {
      assignments.push({ path, value: read.value, locate: (_, part) => at(part === 'key' ? 1 : equals + 2) })
    }
  }
  return { assignments, issues }
}

/**
 * The assignments a variant comes down to: one for each value in it that is no mapping. Keys may be paths, as in
 * `nodes.0.count: 50`; `known` are the sections a key may start with.
 */
export function variantAssignments(
  variant: Readonly<Record<string, unknown>>,
  at: Path,
  locate: Locate,
  known: readonly string[],
): { readonly assignments: readonly Assignment[]; readonly issues: readonly Issue[] } {
  const assignments: Assignment[] = []
  const issues: Issue[] = []
  const refuse = (path: Path, message: string): void => {
    issues.push({ ...locate(path, 'key'), path: formatPath(path), message })
  }
  const visit = (value: unknown, target: Path, place: Path): void => {
    if (isRecord(value) && Object.keys(value).length > 0) {
      for (const [key, child] of Object.entries(value)) visit(child, [...target, key], [...place, key])
    } else {
      const inner: Locate = (path, part) => locate([...place, ...path], part)
      assignments.push({ path: target, value, locate: inner })
    }
  }
  for (const [key, value] of Object.entries(variant)) {
    const place = [...at, key]
    const target = parsePath(key)
    const head = String(target?.[0] ?? key)
    if (target === undefined) refuse(place, `${JSON.stringify(key)} is no path such as nodes.0.count`)
    else if (head === 'variants' || head === 'name') refuse(place, `a variant cannot change "${head}"`)
    else if (!known.includes(head)) {
      const meant = didYouMean(head, known)
      refuse(place, `unknown key "${head}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`)
    } else visit(value, target, place)
  }
  return { assignments, issues }
}
