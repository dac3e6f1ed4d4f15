/** What `experiment` does: load, plan, run, judge. Nothing runs before all that can be wrong has been looked at. */
import {
  firstRepetitions,
  inShard,
  type LoadedExperiment,
  loadExperiment,
  mostRepetitions,
  planRuns,
} from '../experiments/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { type ExperimentArguments, shardOf, wholeNumber } from './experiment-options.js'
import { conclude, conduct } from './laboratory.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'

export async function experimentSession(
  args: ExperimentArguments,
  terminal: Terminal = TERMINAL,
): Promise<ExitCode> {
  try {
    const repetitions = wholeNumber('repetitions', args.repetitions)
    const loaded = await loadExperiment(args.file, {
      set: args.set,
      use: args.use,
      ...(repetitions === undefined ? {} : { repetitions }),
      ...(args.seed === undefined ? {} : { seed: args.seed }),
    })
    if ('issues' in loaded) {
      showIssues(terminal, loaded.issues)
      return ExitCode.BadInput
    }
    const shard = shardOf(args.shard)
    if (args.plan) {
      showPlan(terminal, loaded, args.shard)
      return ExitCode.Ok
    }
    if (shard !== undefined && loaded.experiment.repetitions.kind !== 'fixed') {
      throw new BadInput(
        'a part cannot tell how many repetitions are enough: give --repetitions N with --shard',
      )
    }
    const part = shard === undefined ? '' : `.${shard.index}-of-${shard.of}`
    const target = args.out ?? `out/${loaded.experiment.name}${part}`
    const { workers, fresh, retry } = args
    const results = await conduct(loaded, target, {
      workers,
      fresh,
      retry,
      ...(shard === undefined ? {} : { shard }),
    })
    if (shard === undefined) return conclude(terminal, results)
    terminal.out(`part ${shard.index} of ${shard.of}: ${results.rows.length} runs in ${target}`)
    return results.rows.every(({ status }) => status !== 'failed') ? ExitCode.Ok : ExitCode.Failed
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}

/** One line a run: number, seed and key. */
function showPlan(terminal: Terminal, { experiment }: LoadedExperiment, shard: string | undefined): void {
  const first = firstRepetitions(experiment)
  const part = shardOf(shard)
  const runs = planRuns(experiment, 1, first).filter(run => inShard(run, part))
  const width = String(runs.at(-1)?.run ?? 0).length
  const seedWidth = Math.max(...runs.map(({ seed }) => seed.length), 0)
  for (const { run, key, seed } of runs) {
    terminal.out(`${String(run).padStart(width)}  seed ${seed.padEnd(seedWidth)}  ${key}`)
  }
  const most = mostRepetitions(experiment)
  const more = most > first ? `, up to ${most} repetitions as the results demand` : ''
  terminal.out(`${runs.length} runs: ${experiment.variants.length} variants, ${first} repetitions${more}`)
}
