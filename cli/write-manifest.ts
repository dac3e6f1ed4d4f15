import {
  type HashedFile,
  MANIFEST_FILE,
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestRun,
  type OutputDirectory,
  type RunChoices,
} from '../reports/index.js'
import { projectVersion } from './version.js'

/** Writes the manifest of an output; it is the last file, and lists all others. */
export function writeManifest(
  directory: OutputDirectory,
  choices: RunChoices,
  scenario: HashedFile,
  inputs: readonly HashedFile[],
  runs: readonly ManifestRun[],
): void {
  const manifest: Manifest = {
    format: MANIFEST_FORMAT,
    kubelapse: projectVersion(),
    node: process.versions.node,
    timeZoneData: process.versions['tz'] ?? 'unknown',
    command: commandLine(choices, scenario),
    choices,
    scenario,
    inputs,
    runs,
    outputs: directory.written(),
  }
  directory.create(MANIFEST_FILE).write(`${JSON.stringify(manifest, undefined, 1)}\n`)
}

/** A command that makes the same results, run from the directory of the manifest. */
function commandLine(choices: RunChoices, scenario: HashedFile): string {
  const words = ['kubelapse', 'run', scenario.file]
  if (choices.seed !== undefined) words.push('--seed', choices.seed)
  if (choices.until !== undefined) words.push('--until', choices.until)
  for (const assignment of choices.set) words.push('--set', assignment)
  for (const { file } of choices.use) words.push('--use', file)
  if (choices.variants !== undefined) words.push('--variant', choices.variants.join(','))
  if (choices.reports !== undefined) words.push('--report', choices.reports.join(','))
  if (choices.records !== undefined) words.push('--records', choices.records.join(','))
  if (choices.explain !== undefined) words.push('--explain', choices.explain.join(',') || 'all')
  return words.map(quoted).join(' ')
}

/** A word as a POSIX shell takes it. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
