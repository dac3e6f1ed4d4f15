/** What `what-if`, `sweep` and `capacity` do: put an experiment together, run it, and say what comes out. */
import { availableParallelism } from 'node:os'
import {
  type ExperimentDocument,
  type ExperimentOptions,
  findCapacity,
  loadDocument,
  type Objective,
  StoreRefusal,
  sweepDocument,
  whatIfDocument,
} from '../experiments/index.js'
import { capacityLines, sweepTable, triedLine, writeCapacity, writeSweepCharts } from '../reports/index.js'
import { documents, type Locate, openTemplate, type ScenarioTemplate } from '../scenarios/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { type LaboratoryArguments, wholeNumber } from './experiment-options.js'
import { capacityKnobs, sweepKnob } from './knobs.js'
import { conclude, conduct } from './laboratory.js'
import { loadModules } from './load-modules.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'
import { projectVersion } from './version.js'

export interface WhatIfArguments extends LaboratoryArguments {
  readonly scenario: string
  readonly patch: string | undefined
  readonly change: readonly string[]
  readonly metric: readonly string[]
}

export interface SweepArguments extends LaboratoryArguments {
  readonly scenario: string
  readonly knob: string
  readonly metric: readonly string[]
}

export interface CapacityArguments extends LaboratoryArguments {
  readonly scenario: string
  readonly knob: readonly string[]
  readonly require: readonly string[]
  readonly confidence: number
}

/** Answers BadInput for mistakes, told by whoever found them. */
async function guarded(terminal: Terminal, act: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof BadInput) && !(error instanceof StoreRefusal)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}

export function whatIfSession(args: WhatIfArguments, terminal: Terminal = TERMINAL): Promise<ExitCode> {
  return guarded(terminal, async () => {
    const { patch, locate } = await patchOf(args)
    const template = await templateOf(args)
    const name = `what-if-${template.name}`
    const { scenario, metric: metrics } = args
    const document = whatIfDocument({ name, scenario, patch, locate, metrics })
    return await ask(args, document, name, terminal)
  })
}

export function sweepSession(args: SweepArguments, terminal: Terminal = TERMINAL): Promise<ExitCode> {
  return guarded(terminal, async () => {
    const template = await templateOf(args)
    const { knob, path, values } = sweepKnob(args.knob, template)
    const name = `sweep-${template.name}`
    const { scenario, metric: metrics } = args
    const document = sweepDocument({ name, scenario, knob, path, values, metrics })
    return await ask(args, document, name, terminal, true)
  })
}

async function ask(
  args: LaboratoryArguments,
  document: ExperimentDocument,
  name: string,
  terminal: Terminal,
  isSweep = false,
): Promise<ExitCode> {
  const loaded = await loadDocument(document, optionsOf(args))
  if ('issues' in loaded) {
    showIssues(terminal, loaded.issues)
    return ExitCode.BadInput
  }
  const results = await conduct(loaded, args.out ?? `out/${name}`, args)
  if (isSweep) {
    terminal.out(sweepTable(results))
    terminal.out(`Charts: ${writeSweepCharts(results).join(', ')}`)
    terminal.out('')
  }
  return conclude(terminal, results)
}

export function capacitySession(args: CapacityArguments, terminal: Terminal = TERMINAL): Promise<ExitCode> {
  return guarded(terminal, async () => {
    const template = await templateOf(args)
    const directory = args.out ?? `out/capacity-${template.name}`
    if (!(args.confidence >= 0.5 && args.confidence < 1))
      throw new BadInput('--confidence is a share such as 0.95')
    const most = wholeNumber('repetitions', args.repetitions) ?? 20
    const question = {
      scenario: args.scenario,
      knobs: capacityKnobs(args.knob, template),
      objectives: await objectivesOf(args.require),
      confidence: args.confidence,
      first: Math.min(5, most),
      most,
      options: optionsOf(args),
    }
    const answer = await findCapacity(question, {
      directory,
      workers: wholeNumber('workers', args.workers) ?? availableParallelism(),
      kubelapse: projectVersion(),
      fresh: args.fresh,
      tried: tried => terminal.out(triedLine(question, tried)),
    })
    if ('issues' in answer) {
      showIssues(terminal, answer.issues)
      return ExitCode.BadInput
    }
    for (const line of capacityLines(answer)) terminal.out(line)
    terminal.out(
      `Wrote ${directory}: ${writeCapacity(answer, directory).join(', ')}, and a directory for each point`,
    )
    return answer.best === undefined ? ExitCode.Failed : ExitCode.Ok
  })
}

function optionsOf({ repetitions, seed, set, use }: LaboratoryArguments): ExperimentOptions {
  const count = wholeNumber('repetitions', repetitions)
  return {
    set,
    use,
    ...(count === undefined ? {} : { repetitions: count }),
    ...(seed === undefined ? {} : { seed }),
  }
}

async function templateOf({
  scenario,
  use,
}: LaboratoryArguments & { readonly scenario: string }): Promise<ScenarioTemplate> {
  const template = await openTemplate({ file: scenario }, { plugins: await loadModules(use) })
  if ('issues' in template) {
    const { file, line, column, message } = template.issues[0]
    throw new BadInput(`${file}:${line}:${column} ${message}`)
  }
  return template
}

/** The changes of `--change path=value`, or of a file in the form of a scenario. */
async function patchOf({
  patch: file,
  change,
}: WhatIfArguments): Promise<{ readonly patch: Readonly<Record<string, unknown>>; readonly locate: Locate }> {
  if ((file === undefined) === (change.length === 0)) {
    throw new BadInput('say what changes: a file with changes, or --change path=value')
  }
  const blocks = await documents()
  if (file === undefined) {
    const entries = change.map((text): [string, unknown] => {
      const equals = text.indexOf('=')
      if (equals < 1) throw new BadInput(`--change ${text}: write path=value, such as nodes.0.count=20`)
      const read = blocks.settingValue(text.slice(equals + 1))
      if ('message' in read) throw new BadInput(`--change ${text}: ${read.message}`)
      return [text.slice(0, equals).trim(), read.value]
    })
    const names = entries.map(([name]) => name)
    const locate: Locate = path => ({ file: '--change', line: names.indexOf(String(path[0])) + 1, column: 1 })
    return { patch: Object.fromEntries(entries), locate }
  }
  const read = blocks.readDocuments(file)
  if ('unreadable' in read) throw new BadInput(read.unreadable)
  const [issue] = read.issues
  if (read.issues.length > 0) throw new BadInput(`${file}:${issue.line}:${issue.column} ${issue.message}`)
  const document = read.documents.at(0)
  if (document === undefined || !blocks.isRecord(document.value))
    throw new BadInput(`${file} holds no changes`)
  return { patch: document.value, locate: document.locate }
}

const OBJECTIVE = /^\s*(\w+)\s*((?:<=|>=|==|!=|=|<|>).*)$/

async function objectivesOf(texts: readonly string[]): Promise<readonly Objective[]> {
  if (texts.length === 0) throw new BadInput('say what is required: --require "wait_p99_s <= 30s"')
  const { conditionOf } = await documents()
  return texts.map(text => {
    const match = OBJECTIVE.exec(text)
    const condition = match === null ? undefined : conditionOf(match[1], match[2])
    if (match === null || condition === undefined || typeof condition === 'string') {
      throw new BadInput(
        `--require ${text}: write for example "wait_p99_s <= 30s" or "pods_never_scheduled == 0"`,
      )
    }
    return { metric: match[1], ...condition, text: text.trim() }
  })
}
