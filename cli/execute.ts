/**
 * Runs the chosen variants of a scenario one after the other, lets the reports take the rows as they come, and tells
 * what the manifest has to say about each run.
 */
import {
  parseDuration,
  RECORD_NAMES,
  type RecordName,
  type RecordSink,
  type RunResult,
  recordedResources,
  SECOND,
  type SimulationModel,
} from '../engine/index.js'
import { type ManifestRun, type Output, REPORTS, type RunChoices } from '../reports/index.js'
import { type LoadedScenario, modelHash } from '../scenarios/index.js'
import { BadInput } from './exit-code.js'
import { startProgress } from './progress.js'
import type { Rooms } from './rooms.js'

/** One variant with everything decided. */
export interface PlannedRun {
  readonly name: string
  readonly model: SimulationModel
}

export interface Execution {
  readonly results: readonly RunResult[]
  readonly runs: readonly ManifestRun[]
}

/** The variants to run, with seed and limit as the command line has them. Throws BadInput. */
export function planRuns(scenario: LoadedScenario, choices: RunChoices): readonly PlannedRun[] {
  const wanted = choices.variants ?? scenario.variants.map(({ name }) => name)
  const until = choices.until === undefined ? undefined : parseUntil(choices.until)
  return wanted.map(name => {
    const variant = scenario.variants.find(candidate => candidate.name === name)
    if (variant === undefined) {
      const known = scenario.variants.map(candidate => candidate.name).join(', ')
      throw new BadInput(`there is no variant ${name}; the scenario has ${known}`)
    }
    const model: SimulationModel = {
      ...variant.model,
      seed: choices.seed ?? variant.model.seed,
      until: until ?? variant.model.until,
    }
    return { name, model }
  })
}

function parseUntil(text: string): number {
  const until = parseDuration(text)
  if (until === undefined || until <= 0) {
    throw new BadInput(`--until ${text} is no duration; write for example 90s, 1h30m or 7d`)
  }
  return until
}

/** What --explain turns on. */
const EXPLANATIONS: readonly RecordName[] = ['attempts', 'scores']

/** Records to take and reports to write. Throws BadInput for a name that nobody knows. */
export function chooseReports(
  runs: readonly PlannedRun[],
  choices: RunChoices,
): { readonly records: readonly RecordName[]; readonly reports: readonly string[] } {
  const known = REPORTS.map(({ name }) => name)
  for (const name of choices.reports ?? []) requireKnown('report', name, known)
  for (const name of choices.records ?? []) requireKnown('record', name, RECORD_NAMES)
  const explained = choices.explain === undefined ? [] : EXPLANATIONS
  const measured = [...(choices.records ?? runs.flatMap(({ model }) => model.measure.records)), ...explained]
  const writable = REPORTS.filter(({ needs }) => needs.every(record => measured.includes(record)))
  const reports =
    choices.reports === undefined ? writable.map(({ name }) => name) : [...choices.reports, ...explained]
  const chosen = REPORTS.filter(({ name }) => reports.includes(name))
  for (const { name, needs } of chosen) {
    const missing = needs.find(record => choices.records !== undefined && !measured.includes(record))
    if (missing !== undefined) {
      throw new BadInput(`the report ${name} needs the record ${missing}, which --records leaves out`)
    }
  }
  const needed = chosen.flatMap(({ needs }) => needs)
  return { records: RECORD_NAMES.filter(name => needed.includes(name)), reports }
}

function requireKnown(kind: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) throw new BadInput(`there is no ${kind} ${name}; there are ${known.join(', ')}`)
}

/** Runs everything; reports write to `out`. */
export async function execute(
  rooms: Rooms,
  runs: readonly PlannedRun[],
  choices: RunChoices,
  out: Output,
): Promise<Execution> {
  const { records, reports } = chooseReports(runs, choices)
  const writers = REPORTS.filter(({ name }) => reports.includes(name)).map(report => report.create(out))
  const resources = recordedResources(...runs.map(({ model }) => model))
  const results: RunResult[] = []
  const described: ManifestRun[] = []
  for (const { name, model } of runs) {
    const progress = await startProgress(name, model)
    let result: RunResult
    try {
      result = rooms.simulate(model, {
        records,
        resources,
        trail: true,
        ...(choices.explain === undefined ? {} : { explain: choices.explain }),
        sink: record => fanOut(writers.flatMap(writer => writer.sink?.(record, name) ?? [])),
        progress: (now, events) => progress.update(now, events),
      })
    } finally {
      progress.stop()
    }
    const named: RunResult = { ...result, name }
    results.push(named)
    described.push(describe(named, model))
  }
  for (const writer of writers) writer.write(results)
  return { results, runs: described }
}

/** Hands every chunk to several sinks. */
function fanOut(sinks: readonly RecordSink[]): RecordSink {
  return {
    chunk: chunk => {
      for (const sink of sinks) sink.chunk(chunk)
    },
  }
}

function describe({ name, seed, outcome, end, digest }: RunResult, model: SimulationModel): ManifestRun {
  return { name, seed, modelHash: modelHash(model), ended: outcome, endSeconds: end / SECOND, digest }
}
