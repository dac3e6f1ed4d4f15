import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import {
  type ExperimentOptions,
  type ExperimentResults,
  type LoadedExperiment,
  loadExperiment,
  planFileOf,
  RunStore,
  readResults,
  runExperiment,
  type Shard,
} from '../../experiments/index.js'
import { formatIssue } from '../../scenarios/index.js'

/** A cluster that a few milliseconds simulate, in which chance decides among equal nodes. */
export const TINY_SCENARIO = `
name: tiny
duration: 10m
nodes:
  - { name: node, count: 3, capacity: { cpu: 4, memory: 8Gi } }
timeline:
  - { at: 1s, op: createPods, name: a, count: 12, every: 2s, requests: { cpu: 700m, memory: 1Gi }, runFor: 40s }
  - { at: 9s, op: createPods, name: b, count: 4, every: 5s, requests: { cpu: 2, memory: 2Gi }, runFor: 1m }
variants:
  spread: { scheduler.profile: default }
  pack: { scheduler.profile: most-allocated }
`

/** A folder of its own for one test, gone when it is over. */
export function folderOf(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'experiment-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries({ 'tiny.yaml': TINY_SCENARIO, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Everything that is wrong with an experiment, as a terminal shows it, paths relative to its folder. */
export async function faultsOf(
  t: ExecutionContext,
  text: string,
  options: ExperimentOptions = {},
): Promise<readonly string[]> {
  const folder = folderOf(t, { 'e.yaml': text })
  const loaded = await loadExperiment(join(folder, 'e.yaml'), options)
  if (!('issues' in loaded)) return []
  return loaded.issues.map(issue => formatIssue(issue).replaceAll(join(folder, '/'), ''))
}

/** An experiment without mistakes. */
export async function loadedIn(
  folder: string,
  name = 'e.yaml',
  options: ExperimentOptions = {},
): Promise<LoadedExperiment> {
  const loaded = await loadExperiment(join(folder, name), options)
  if ('issues' in loaded) throw new Error(loaded.issues.map(formatIssue).join('\n'))
  return loaded
}

/** Runs an experiment into a directory and reads it back. */
export async function conducted(
  loaded: LoadedExperiment,
  directory: string,
  workers: number,
  shard?: Shard,
): Promise<ExperimentResults> {
  const store = new RunStore(directory, planFileOf(loaded, directory, 'test', shard))
  try {
    await runExperiment(loaded, store, {
      workers,
      kubelapse: 'test',
      ...(shard === undefined ? {} : { shard }),
    })
  } finally {
    store.close()
  }
  const results = readResults(directory)
  if (typeof results === 'string') throw new Error(results)
  return results
}
