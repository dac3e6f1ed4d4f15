import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIssue, type LoadedScenario, type LoadOptions, loadScenario } from '../../scenarios/index.js'

export type Files = Readonly<Record<string, string | Uint8Array>>

/** Writes files to a folder of their own and loads one of them as a scenario. */
async function loadFiles(files: Files, name: string, options: LoadOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'))
  try {
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content)
    return { folder, loaded: await loadScenario(join(folder, name), options) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The mistakes of a scenario as a terminal would show them, files relative to their folder. */
export async function issuesOf(files: Files, options: LoadOptions = {}): Promise<string[]> {
  const { folder, loaded } = await loadFiles(files, 's.yaml', options)
  if (!('issues' in loaded)) return []
  return loaded.issues.map(issue => formatIssue(issue).replaceAll(join(folder, '/'), ''))
}

/** A scenario without mistakes. */
export async function scenarioOf(files: Files, options: LoadOptions = {}): Promise<LoadedScenario> {
  const name = Object.keys(files)[0]
  const { loaded } = await loadFiles(files, name, options)
  if ('issues' in loaded) throw new Error(loaded.issues.map(issue => formatIssue(issue)).join('\n'))
  return loaded
}
