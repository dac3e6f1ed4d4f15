import type { Path } from './path.js'

/** A mistake in something a user wrote, with its place. Lines and columns count from 1. */
export interface Issue {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Where in the document, as `nodes.0.count`; empty for the document as a whole. */
  readonly path: string
  readonly message: string
}

/** A place in a file. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Finds where a value of a document, or its key, was written; the nearest thing around it when it is absent. */
export type Locate = (path: Path, part?: 'key' | 'value') => Place

/** A mistake before its place is looked up. */
export interface Fault {
  readonly path: Path
  readonly message: string
  /** Whether the key is at fault and not the value under it. */
  readonly part?: 'key' | 'value'
}

/** One line for a terminal, place first, as compilers and editors have it. */
export function formatIssue({ file, line, column, path, message }: Issue): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`
}

/** Issues in the order of file and place; a mistake seen from two sides is told once. */
export function sortIssues(issues: readonly Issue[]): readonly Issue[] {
  const distinct = new Map(issues.map(issue => [formatIssue(issue), issue]))
  const files = [...new Set(issues.map(({ file }) => file))]
  return [...distinct.values()].sort(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  )
}
