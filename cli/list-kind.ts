/** What `list` prints: names with one sentence each. */
import pc from 'picocolors'
import {
  expanders,
  FAILURE_MODELS,
  metricDefinitions,
  PLUGIN_SETS,
  PLUGINS,
  RECORD_NAMES,
} from '../engine/index.js'
import { REPORTS } from '../reports/index.js'
import { DISTRIBUTIONS, LOADS, scenarioSchema } from '../scenarios/index.js'
import { ExitCode } from './exit-code.js'
import { TERMINAL, type Terminal } from './terminal.js'

interface Entry {
  readonly name: string
  readonly about: string
}

interface Kind {
  readonly about: string
  entries(): readonly Entry[] | Promise<readonly Entry[]>
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  [
    'metrics',
    {
      about: 'figures of the summary; the same for every resource as for cpu',
      entries: () => metricDefinitions(['cpu', 'memory']),
    },
  ],
  ['plugins', { about: 'scheduler plugins that profiles can name', entries: () => PLUGINS.map(pluginEntry) }],
  ['profiles', { about: 'plugin sets that a profile can start from', entries: profileEntries }],
  [
    'operations',
    { about: 'what the timeline of a scenario can do', entries: () => choicesOf('timeline', 'op') },
  ],
  [
    'failures',
    {
      about: 'what can go wrong by itself',
      entries: () => FAILURE_MODELS.map(({ name, about = '' }) => ({ name, about })),
    },
  ],
  ['loads', { about: 'how demand and usage go over time', entries: () => LOADS.map(valueEntry) }],
  [
    'distributions',
    {
      about: 'how times between failures and the like are drawn',
      entries: () => DISTRIBUTIONS.map(valueEntry),
    },
  ],
  ['traces', { about: 'formats that traces are read from', entries: () => choicesOf('traces', 'reader') }],
  ['expanders', { about: 'how the cluster autoscaler picks the group that grows', entries: () => expanders }],
  ['records', { about: 'what a run can record', entries: () => RECORD_NAMES.map(recordEntry) }],
  ['reports', { about: 'files a run can write', entries: () => REPORTS }],
])

function pluginEntry({ name, about, args }: (typeof PLUGINS)[number]): Entry {
  const given = Object.keys(args)
  const takes = given.length === 0 ? '' : ` Arguments: ${given.join(', ')}.`
  return { name, about: `${about ?? 'A scheduler plugin.'}${takes}` }
}

function profileEntries(): readonly Entry[] {
  return PLUGIN_SETS.map(({ name, about }) => ({ name, about }))
}

/** The alternatives of a list in the scenario's schema, each named by one of its fields. */
async function choicesOf(section: string, field: string): Promise<readonly Entry[]> {
  const { properties } = await scenarioSchema()
  const { oneOf = [] } = properties?.[section]?.items ?? {}
  return oneOf.map(({ description = '', properties: fields }) => ({
    name: String(fields?.[field]?.const),
    about: description,
  }))
}

function valueEntry({ name, fields, about }: (typeof LOADS)[number]): Entry {
  return { name, about: `${about} Under it: ${fields.replaceAll('`', '')}.` }
}

function recordEntry(name: string): Entry {
  const report = REPORTS.find(({ needs }) => (needs as readonly string[]).includes(name))
  return { name, about: report?.about ?? '' }
}

export async function listKind(kind: string | undefined, terminal: Terminal = TERMINAL): Promise<ExitCode> {
  if (kind === undefined) {
    show(
      terminal,
      [...KINDS].map(([name, { about }]) => ({ name, about })),
    )
    return ExitCode.Ok
  }
  const found = KINDS.get(kind)
  if (found === undefined) {
    terminal.error(`there is no list of ${kind}; there are ${[...KINDS.keys()].join(', ')}`)
    return ExitCode.BadInput
  }
  show(terminal, await found.entries())
  return ExitCode.Ok
}

function show(terminal: Terminal, entries: readonly Entry[]): void {
  const width = Math.max(...entries.map(({ name }) => name.length))
  for (const { name, about } of entries) terminal.out(`${pc.bold(name.padEnd(width))}  ${about}`)
}
