/**
 * The manifest of an output: what it was made with and from, and what must come out again. `kubelapse replay` reads
 * it. Paths are relative to the manifest, so that a project can be moved with its results.
 */
import type { DigestLog } from '../engine/index.js'

export const MANIFEST_FILE = 'manifest.json'
export const MANIFEST_FORMAT = 'kubelapse-manifest/1'

export interface HashedFile {
  /** Relative to the manifest's directory, with forward slashes. */
  readonly file: string
  readonly sha256: string
}

/** What the command line asked for, in the words of its options. */
export interface RunChoices {
  readonly seed?: string
  readonly until?: string
  readonly set: readonly string[]
  readonly variants?: readonly string[]
  readonly reports?: readonly string[]
  readonly records?: readonly string[]
  /** Pods to explain; empty: all of them. */
  readonly explain?: readonly string[]
  /** Modules loaded with --use. */
  readonly use: readonly HashedFile[]
}

export interface ManifestRun {
  readonly name: string
  readonly seed: string
  readonly modelHash: string
  readonly ended: string
  readonly endSeconds: number
  readonly digest: DigestLog
}

export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT
  readonly kubelapse: string
  readonly node: string
  /** Version of the time zone data; results of schedules with a zone can differ between versions. */
  readonly timeZoneData: string
  readonly command: string
  readonly choices: RunChoices
  readonly scenario: HashedFile
  /** Every file that was read beside the scenario. */
  readonly inputs: readonly HashedFile[]
  readonly runs: readonly ManifestRun[]
  readonly outputs: readonly (HashedFile & { readonly bytes: number })[]
}

/** Reads a manifest, or says what is wrong with it. */
export function parseManifest(text: string): Manifest | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `it is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  const fault = faultOf(value)
  return fault ?? (value as Manifest)
}

type Shape = (value: unknown) => boolean

const isText: Shape = value => typeof value === 'string'
const isNumber: Shape = value => typeof value === 'number'
const isHashedFile: Shape = value => has(value, { file: isText, sha256: isText })
const isListOf =
  (item: Shape): Shape =>
  value =>
    Array.isArray(value) && value.every(item)
const isCheckpoint: Shape = value => has(value, { events: isNumber, time: isNumber, hash: isText })
const isDigest: Shape = value => isCheckpoint(value) && has(value, { checkpoints: isListOf(isCheckpoint) })
const isRun: Shape = value => has(value, { name: isText, seed: isText, modelHash: isText, digest: isDigest })
const isChoices: Shape = value => has(value, { set: isListOf(isText), use: isListOf(isHashedFile) })

const FIELDS: Readonly<Record<string, Shape>> = {
  kubelapse: isText,
  node: isText,
  timeZoneData: isText,
  command: isText,
  choices: isChoices,
  scenario: isHashedFile,
  inputs: isListOf(isHashedFile),
  runs: isListOf(isRun),
  outputs: isListOf(isHashedFile),
}

function faultOf(value: unknown): string | undefined {
  if (!has(value, { format: format => format === MANIFEST_FORMAT })) {
    return `its format is not ${MANIFEST_FORMAT}`
  }
  for (const [field, shape] of Object.entries(FIELDS)) {
    if (!has(value, { [field]: shape })) return `its field ${field} is missing or malformed`
  }
  return undefined
}

function has(value: unknown, fields: Readonly<Record<string, Shape>>): boolean {
  if (value === null || typeof value !== 'object') return false
  const found = new Map<string, unknown>(Object.entries(value))
  return Object.entries(fields).every(([field, shape]) => shape(found.get(field)))
}
