import type { Argv } from 'yargs'
import type { Shard } from '../experiments/index.js'
import { BadInput } from './exit-code.js'

/** How an experiment is run, whatever it is made from. */
export interface LaboratoryArguments {
  readonly out: string | undefined
  readonly workers: number | undefined
  readonly repetitions: number | undefined
  readonly seed: string | undefined
  readonly set: readonly string[]
  readonly use: readonly string[]
  readonly fresh: boolean
}

export interface ExperimentArguments extends LaboratoryArguments {
  readonly file: string
  readonly plan: boolean
  readonly shard: string | undefined
  readonly retry: boolean
}

/** The options of every command that makes many runs. */
export const LABORATORY_OPTIONS = {
  out: { type: 'string', describe: 'Directory for the results [out/<experiment>]' },
  workers: { type: 'number', describe: 'Runs at once [one for each processor]' },
  repetitions: { type: 'number', describe: 'Runs of each variant, instead of what the file says' },
  seed: { type: 'string', describe: 'Where the seeds come from, instead of the one in the file' },
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as readonly string[],
    describe: 'name=value: a parameter, the values of an axis (a,b), or a path of the scenario',
  },
  use: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as readonly string[],
    describe: 'Module with policies of your own; may be repeated',
  },
  fresh: { type: 'boolean', default: false, describe: 'Throw away earlier results in the directory' },
} as const

export function withExperimentOptions(argv: Argv): Argv<ExperimentArguments> {
  return argv
    .positional('file', { type: 'string', demandOption: true, describe: 'Experiment file (YAML)' })
    .options(LABORATORY_OPTIONS)
    .options({
      plan: {
        type: 'boolean',
        default: false,
        describe: 'List every run with its key and seed, and run nothing',
      },
      shard: {
        type: 'string',
        describe: 'Make part i of n of the runs: i/n; put the parts together with merge',
      },
      retry: { type: 'boolean', default: false, describe: 'Make runs again that failed' },
    })
}

/** Reads `i/n`. Throws BadInput. */
export function shardOf(text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined
  const match = /^(\d+)\/(\d+)$/.exec(text)
  const [index, of] = [Number(match?.[1]), Number(match?.[2])]
  if (index >= 1 && index <= of) return { index, of }
  throw new BadInput(`--shard ${text} is no part; write i/n with i from 1 to n, for example 1/4`)
}

/** A positive whole number of an option. Throws BadInput. */
export function wholeNumber(option: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return value
  throw new BadInput(`--${option} needs one whole number above 0`)
}

/** `--metric a,b`. */
export function metricOption() {
  return {
    type: 'string',
    default: '',
    describe: 'Metrics to judge: a,b [all of which one direction is the better]',
    coerce: (text: string): readonly string[] =>
      text === '' ? [] : text.split(',').map(name => name.trim()),
  } as const
}
