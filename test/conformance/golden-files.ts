/**
 * Finds and reads golden files: suite files and scenario folders below given paths, each file plain or as `.gz`.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import type { CaseRecord } from './suite.js'

export interface SuiteFile {
  readonly name: string
  readonly path: string
}

export interface GoldenFiles {
  readonly suiteFiles: readonly SuiteFile[]
  /** Folders that hold a recorded timeline with its input and script. */
  readonly scenarioFolders: readonly string[]
  /** Paths that could not be read, with the reason. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
}

export interface GoldenCase {
  readonly id: string
  readonly record: CaseRecord
  /** Set when this line of the file is no record at all. */
  readonly unreadable?: string
}

const SUITE_FILE = /^(.+)\.(ndjson|csv)(\.gz)?$/

/** Looks through files and folders, and folders within them, in the order of their names. */
export function findGoldenFiles(paths: readonly string[]): GoldenFiles {
  const suiteFiles: SuiteFile[] = []
  const scenarioFolders: string[] = []
  const unreadable: { path: string; reason: string }[] = []
  const visit = (path: string): void => {
    try {
      if (!statSync(path).isDirectory()) {
        const name = SUITE_FILE.exec(basename(path))?.[1]
        if (name !== undefined) suiteFiles.push({ name, path })
        else unreadable.push({ path, reason: 'neither a suite file nor a folder' })
      } else if (isScenario(path)) scenarioFolders.push(path)
      else {
        const entries = readdirSync(path, { withFileTypes: true })
        const wanted = entries.filter(entry => !entry.isFile() || SUITE_FILE.test(entry.name))
        for (const name of wanted.map(entry => entry.name).toSorted()) visit(join(path, name))
      }
    } catch (error) {
      unreadable.push({ path, reason: messageOf(error) })
    }
  }
  for (const path of paths) visit(path)
  return { suiteFiles, scenarioFolders, unreadable }
}

function isScenario(folder: string): boolean {
  return existsSync(join(folder, 'script.yaml')) || existsSync(join(folder, 'script.yaml.gz'))
}

/** The text of a file that may be stored as `.gz`: `path` itself, or `path.gz`. */
export function readGolden(path: string): string {
  const stored = existsSync(path) || !existsSync(`${path}.gz`) ? path : `${path}.gz`
  const bytes = readFileSync(stored)
  return (stored.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** The cases of a suite file. A line that is no JSON becomes a case of its own, so that it is counted. */
export function readCases({ name, path }: SuiteFile): GoldenCase[] {
  const text = readGolden(path)
  if (/\.csv(\.gz)?$/.test(path)) {
    const rows: Record<string, string>[] = parse(text, { columns: true })
    return rows.map((record, i) => ({ id: rowId(name, i), record }))
  }
  const lines = text.split('\n').filter(line => line !== '')
  return lines.map((line, i) => {
    try {
      const record: CaseRecord = JSON.parse(line)
      return { id: typeof record.id === 'string' ? record.id : rowId(name, i), record }
    } catch (error) {
      return { id: rowId(name, i), record: {}, unreadable: messageOf(error) }
    }
  })
}

function rowId(name: string, index: number): string {
  return `${name}-${String(index + 1).padStart(5, '0')}`
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
