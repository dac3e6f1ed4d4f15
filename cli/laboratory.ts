/**
 * What every command does that makes many runs: opens the store, runs what is missing, shows how far it is, writes the
 * result files and says the verdict. Killed in the middle, the same command goes on where it was.
 */
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import pc from 'picocolors'
import {
  type ExperimentResults,
  type LoadedExperiment,
  planFileOf,
  RunStore,
  readResults,
  runExperiment,
  type Shard,
  StoreRefusal,
} from '../experiments/index.js'
import { verdictLines, writeResults } from '../reports/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { wholeNumber } from './experiment-options.js'
import { ExperimentProgress } from './experiment-progress.js'
import type { Terminal } from './terminal.js'
import { projectVersion } from './version.js'
import { quoted } from './write-manifest.js'

export interface LaboratoryOptions {
  readonly workers: number | undefined
  readonly fresh: boolean
  readonly retry?: boolean
  readonly shard?: Shard
}

/** Runs an experiment into a directory and answers its results. Throws BadInput when the directory cannot be used. */
export async function conduct(
  loaded: LoadedExperiment,
  target: string,
  options: LaboratoryOptions,
): Promise<ExperimentResults> {
  const kubelapse = projectVersion()
  const { shard } = options
  const workers = wholeNumber('workers', options.workers) ?? availableParallelism()
  const plan = planFileOf(loaded, target, kubelapse, shard)
  const store = openStore(target, plan, options.fresh)
  const progress = new ExperimentProgress(loaded.experiment.name)
  try {
    if (options.retry === true) store.forgetFailed()
    await runExperiment(loaded, store, {
      workers,
      kubelapse,
      ...(shard === undefined ? {} : { shard }),
      progress: state => progress.update(state),
    })
  } finally {
    progress.stop()
    store.close()
  }
  return resultsIn(target)
}

function openStore(target: string, plan: ReturnType<typeof planFileOf>, fresh: boolean): RunStore {
  try {
    return new RunStore(target, plan, { fresh })
  } catch (error) {
    if (error instanceof StoreRefusal) throw new BadInput(error.message)
    throw error
  }
}

/** The results in a directory. Throws BadInput. */
export function resultsIn(directory: string): ExperimentResults {
  const results = readResults(directory)
  if (typeof results === 'string') throw new BadInput(results)
  return results
}

/** Writes the files of the results and tells the verdict; a failed or missing run makes the exit code tell it, too. */
export function conclude(terminal: Terminal, results: ExperimentResults): ExitCode {
  for (const line of verdictLines(results)) terminal.out(line)
  const files = writeResults(results)
  const { directory, rows, experiment, repetitions } = results
  const size = `${experiment.variants.length} variants, ${repetitions} repetitions`
  const runs = `${rows.length} ${rows.length === 1 ? 'run' : 'runs'}`
  terminal.out('')
  terminal.out(`${runs}: ${size}. Wrote ${pc.bold(directory)}: ${files.join(', ')}`)
  if (rows.length > 0) {
    const path = quoted(relative('', directory) || '.')
    terminal.out(`Any run again: kubelapse replay ${path} --run ${rows[0].run}`)
  }
  const complete = results.missing.length === 0 && rows.every(({ status }) => status !== 'failed')
  return complete ? ExitCode.Ok : ExitCode.Failed
}
