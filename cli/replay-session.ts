/**
 * What `replay` does: checks that the inputs are those of the manifest, runs them again and compares models, events
 * and files. Says of each difference where it is; of the events the first that differs, with its virtual time.
 */
import { createHash, type Hash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { recordedResources } from '../engine/index.js'
import {
  columnReference,
  type HashedFile,
  type Manifest,
  type Output,
  parseManifest,
  TRAIL_FILE,
  trailText,
} from '../reports/index.js'
import { type Execution, execute, planRuns } from './execute.js'
import { BadInput, ExitCode } from './exit-code.js'
import { hashOfFile } from './file-hash.js'
import { findDivergences } from './find-divergence.js'
import { loadModules } from './load-modules.js'
import { openRooms } from './open-rooms.js'
import type { Rooms } from './rooms.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'
import { projectVersion } from './version.js'

export async function replaySession(
  path: string,
  settings: { readonly rooms?: Rooms; readonly terminal?: Terminal } = {},
): Promise<ExitCode> {
  const terminal = settings.terminal ?? TERMINAL
  try {
    const manifest = readManifest(path)
    const directory = dirname(path)
    const changed = changedFiles(manifest, directory)
    for (const line of changed) terminal.out(line)
    const plugins = await loadModules(manifest.choices.use.map(({ file }) => join(directory, file)))
    const rooms = settings.rooms ?? (await openRooms(plugins))
    const scenario = await rooms.loadScenario(join(directory, manifest.scenario.file), {
      set: manifest.choices.set,
      isLimited: manifest.choices.until !== undefined,
    })
    if ('issues' in scenario) {
      showIssues(terminal, scenario.issues)
      return ExitCode.BadInput
    }
    const planned = planRuns(scenario, manifest.choices)
    const output = new HashingOutput()
    const execution = await execute(rooms, planned, manifest.choices, output)
    output.create(TRAIL_FILE).write(trailText(execution.results))
    const resources = recordedResources(...planned.map(({ model }) => model))
    output.create('columns.md').write(columnReference(resources, output.reportFiles()))
    const trails = readTrails(manifest, directory)
    const differences = [
      ...changed,
      ...findDivergences(manifest, execution, planned, rooms, trails),
      ...differentFiles(manifest, output),
    ]
    for (const line of differences.slice(changed.length)) terminal.out(line)
    return conclude(terminal, manifest, execution, differences.length)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}

/** An output that keeps only the hashes of its files. */
class HashingOutput implements Output {
  readonly #hashes = new Map<string, Hash>()

  create(name: string): { write(text: string): void } {
    const hash = createHash('sha256')
    this.#hashes.set(name, hash)
    return {
      write: text => {
        hash.update(text)
      },
    }
  }

  /** Names of the files written by reports so far. */
  reportFiles(): readonly string[] {
    return [...this.#hashes.keys()]
  }

  hashOf(name: string): string | undefined {
    return this.#hashes.get(name)?.copy().digest('hex')
  }
}

function readManifest(path: string): Manifest {
  if (!existsSync(path)) throw new BadInput(`${path}: there is no such file`)
  const manifest = parseManifest(readFileSync(path, 'utf8'))
  if (typeof manifest === 'string')
    throw new BadInput(`${path} is no manifest of kubelapse: ${manifest.replaceAll(/\s+/g, ' ')}`)
  return manifest
}

/** Inputs that are no longer what they were, and what is beside them. A file that is gone cannot be replayed. */
function changedFiles(manifest: Manifest, directory: string): readonly string[] {
  const lines: string[] = []
  for (const { file, sha256 } of [manifest.scenario, ...manifest.inputs, ...manifest.choices.use]) {
    const path = join(directory, file)
    if (!existsSync(path)) throw new BadInput(`${path}, which the manifest names, is not there`)
    const now = hashOfFile(path)
    if (now !== sha256) lines.push(`changed input: ${file} has sha256 ${now}, the manifest says ${sha256}`)
  }
  return lines
}

/** The trails beside the manifest, unless somebody has changed the file. */
function readTrails(manifest: Manifest, directory: string): string | undefined {
  const path = join(directory, TRAIL_FILE)
  const listed = manifest.outputs.find(({ file }) => file === TRAIL_FILE)
  if (listed === undefined || !existsSync(path) || hashOfFile(path) !== listed.sha256) return undefined
  return readFileSync(path, 'utf8')
}

function differentFiles(manifest: Manifest, output: HashingOutput): readonly string[] {
  return manifest.outputs.flatMap(({ file, sha256 }: HashedFile): string[] => {
    const now = output.hashOf(file)
    if (now === sha256) return []
    if (now === undefined) return [`different output: ${file} is not written by this replay`]
    return [`different output: ${file} has sha256 ${now}, the manifest says ${sha256}`]
  })
}

function conclude(terminal: Terminal, manifest: Manifest, execution: Execution, faults: number): ExitCode {
  if (faults === 0) {
    const digests = execution.runs.map(({ name, digest }) => `${name} ${digest.hash}`).join(', ')
    terminal.out(`identical: every event and all ${manifest.outputs.length} files (digests: ${digests})`)
    return ExitCode.Ok
  }
  const versions: readonly (readonly [string, string, string])[] = [
    ['kubelapse', manifest.kubelapse, projectVersion()],
    ['Node', manifest.node, process.versions.node],
    ['time zone data', manifest.timeZoneData, process.versions['tz'] ?? 'unknown'],
  ]
  for (const [what, then, now] of versions) {
    if (then !== now) terminal.out(`note: made with ${what} ${then}, replayed with ${now}`)
  }
  terminal.out(`not identical: ${faults} ${faults === 1 ? 'difference' : 'differences'}`)
  return ExitCode.Failed
}
