/**
 * What `run` and `compare` do: load, plan, run, write, tell. Nothing is written before everything that can be wrong
 * with the input has been looked at, and an output appears only when all runs are over.
 */

import { recordedResources } from '../engine/index.js'
import {
  checkExpectations,
  columnReference,
  OutputDirectory,
  type RunChoices,
  refusalOf,
  TRAIL_FILE,
  trailText,
} from '../reports/index.js'
import type { LoadedScenario } from '../scenarios/index.js'
import { chooseReports, type Execution, execute, type PlannedRun, planRuns } from './execute.js'
import { BadInput, ExitCode } from './exit-code.js'
import { hashedFile } from './file-hash.js'
import { loadModules } from './load-modules.js'
import { openRooms } from './open-rooms.js'
import type { Rooms } from './rooms.js'
import type { RunArguments } from './run-options.js'
import { showIgnored } from './show-ignored.js'
import { showHints, showResults, showWritten } from './show-results.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'
import { writeManifest } from './write-manifest.js'

export interface SessionSettings {
  /** Fewest variants that make sense. */
  readonly atLeast?: number
  readonly rooms?: Rooms
  readonly terminal?: Terminal
}

export async function runSession(args: RunArguments, settings: SessionSettings = {}): Promise<ExitCode> {
  const terminal = settings.terminal ?? TERMINAL
  try {
    const plugins = await loadModules(args.use)
    const rooms = settings.rooms ?? (await openRooms(plugins))
    const scenario = await rooms.loadScenario(args.file, {
      set: args.set,
      isLimited: args.until !== undefined,
    })
    if ('issues' in scenario) {
      showIssues(terminal, scenario.issues)
      return ExitCode.BadInput
    }
    return await runScenario(args, scenario, rooms, terminal, settings.atLeast ?? 1)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}

async function runScenario(
  args: RunArguments,
  scenario: LoadedScenario,
  rooms: Rooms,
  terminal: Terminal,
  atLeast: number,
): Promise<ExitCode> {
  const target = args.out ?? `out/${scenario.name}`
  const choices = choicesOf(args, target)
  const runs = planRuns(scenario, choices)
  if (runs.length < atLeast) {
    throw new BadInput(
      `${args.file} has one variant, and one alone compares with nothing; use: kubelapse run`,
    )
  }
  const writes = chooseReports(runs, choices).reports.length > 0
  const refusal = writes ? refusalOf(target) : undefined
  if (refusal !== undefined) throw new BadInput(refusal)
  const execution = writes
    ? await executeInto(target, args.file, scenario, choices, runs, rooms)
    : await execute(rooms, runs, choices, { create: () => ({ write: () => undefined }) })
  const checked = checkExpectations(scenario.expectations, execution.results)
  showIgnored(terminal, scenario.ignored)
  showResults(terminal, runs, execution.results, checked)
  if (writes) showWritten(terminal, target)
  showHints(terminal, args, runs, writes ? target : undefined)
  return checked.every(({ holds }) => holds) ? ExitCode.Ok : ExitCode.Failed
}

/** Runs with an output directory, which is there at the end or not at all. */
async function executeInto(
  target: string,
  file: string,
  scenario: LoadedScenario,
  choices: RunChoices,
  runs: readonly PlannedRun[],
  rooms: Rooms,
): Promise<Execution> {
  const directory = new OutputDirectory(target)
  try {
    const execution = await execute(rooms, runs, choices, directory)
    const files = directory.written().map(written => written.file)
    const resources = recordedResources(...runs.map(({ model }) => model))
    directory.create(TRAIL_FILE).write(trailText(execution.results))
    directory.create('columns.md').write(columnReference(resources, files))
    const inputs = scenario.inputs.map(input => hashedFile(input, target))
    writeManifest(directory, choices, hashedFile(file, target), inputs, execution.runs)
    directory.commit()
    return execution
  } finally {
    directory.discard()
  }
}

/** The command line in the words of the manifest, which leaves out what was not said. */
function choicesOf(args: RunArguments, target: string): RunChoices {
  return {
    ...(args.seed === undefined ? {} : { seed: args.seed }),
    ...(args.until === undefined ? {} : { until: args.until }),
    ...(args.variant === undefined ? {} : { variants: args.variant }),
    ...(args.report === undefined ? {} : { reports: args.report }),
    ...(args.records === undefined ? {} : { records: args.records }),
    ...(args.explain === undefined ? {} : { explain: args.explain }),
    set: args.set,
    use: args.use.map(file => hashedFile(file, target)),
  }
}
