import type { Argv } from 'yargs'
import { BadInput } from './exit-code.js'

/** What `run` and `compare` are told. */
export interface RunArguments {
  readonly file: string
  readonly out: string | undefined
  readonly seed: string | undefined
  readonly until: string | undefined
  readonly set: readonly string[]
  readonly variant: readonly string[] | undefined
  readonly report: readonly string[] | undefined
  readonly records: readonly string[] | undefined
  readonly explain: readonly string[] | undefined
  readonly use: readonly string[]
}

/** The options that both commands have, as yargs takes them. */
const RUN_OPTIONS = {
  out: { type: 'string', describe: 'Directory to write to [out/<scenario>]', coerce: once('out') },
  seed: { type: 'string', describe: 'Seed instead of the one in the file', coerce: once('seed') },
  until: { type: 'string', describe: 'Stop at this virtual time, such as 90m', coerce: once('until') },
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as readonly string[],
    describe: 'Change a field of the scenario: path=value; may be repeated',
  },
  variant: { type: 'string', describe: 'Variants to run: a,b [all]', coerce: names('variant') },
  report: {
    type: 'string',
    describe: 'Reports to write: runs,pods,..., or none [those with records]',
    coerce: names('report'),
  },
  records: {
    type: 'string',
    describe: 'Records to take instead of those the scenario measures: pods,..., or none',
    coerce: names('records'),
  },
  explain: {
    type: 'string',
    describe: 'Write why the scheduler decided as it did, for pods a,b,web-* or all; read it with: explain',
    coerce: pods,
  },
  use: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as readonly string[],
    describe: 'Module with policies of your own; may be repeated',
  },
} as const

/** Declares the scenario file and the options. */
export function withRunOptions(argv: Argv): Argv<RunArguments> {
  return argv
    .positional('file', { type: 'string', demandOption: true, describe: 'Scenario file (YAML)' })
    .options(RUN_OPTIONS)
}

/** Refuses an option given twice, which yargs would hand on as a list. */
function once(option: string): (value: unknown) => string | undefined {
  return value => {
    if (Array.isArray(value)) throw new BadInput(`--${option} is given more than once`)
    return typeof value === 'string' ? value : undefined
  }
}

/** Reads `a,b`; nothing and the word all are every pod, the empty list. */
function pods(value: unknown): readonly string[] | undefined {
  const given = names('explain')(value)?.filter(name => name !== '')
  return given?.length === 1 && given[0] === 'all' ? [] : given
}

/** Reads `a,b`; the word none is the empty list. */
function names(option: string): (value: unknown) => readonly string[] | undefined {
  return value => {
    const text = once(option)(value)
    if (text === undefined) return undefined
    return text === 'none' ? [] : text.split(',').map(name => name.trim())
  }
}
