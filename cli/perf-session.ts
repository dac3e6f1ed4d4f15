/**
 * What `scheduler-perf` does: runs the workloads one after the other and prints how many of the measured pods a second
 * of wall clock was enough for. As upstream does, it is timed from the creation of the first measured pod until the
 * last one has its node; all that happens meanwhile counts: API server, watches, controllers, queue, scheduler,
 * bindings and kubelets, not the scheduler alone.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import pc from 'picocolors'
import type { Operation, Simulation, SimulationModel } from '../engine/index.js'
import { checkExpectations } from '../reports/index.js'
import type { LoadedScenario } from '../scenarios/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { PERF_WORKLOADS, type PerfWorkload } from './perf-workloads.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'

const FOLDER = join(fileURLToPath(import.meta.url), '../../../scenarios/examples/scheduler-perf')
/** What the measured pods of a workload are called. */
const MEASURED = /^measured-\d+$/
/** Events between two looks at whether all of them have a node. */
const LOOK_EVENTS = 1000

interface Figure {
  readonly workload: PerfWorkload
  readonly pods: number
  readonly seconds: number
  /** Of the processor: on a busy machine fewer than `seconds`. */
  readonly cpuSeconds: number
  readonly failed: number
}

export async function perfSession(
  names: readonly string[],
  terminal: Terminal = TERMINAL,
): Promise<ExitCode> {
  try {
    const workloads = chosen(names)
    const figures: Figure[] = []
    for (const workload of workloads) {
      const figure = await measure(workload, terminal)
      if (figure === undefined) return ExitCode.BadInput
      figures.push(figure)
    }
    terminal.out(tableOf(figures))
    return figures.some(({ failed }) => failed > 0) ? ExitCode.Failed : ExitCode.Ok
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}

/** The workloads of these names, upstream's or those of the files; no names mean all. */
function chosen(names: readonly string[]): readonly PerfWorkload[] {
  if (names.length === 0) return PERF_WORKLOADS
  return names.map(wanted => {
    const found = PERF_WORKLOADS.find(({ name, file }) => name === wanted || file === wanted)
    if (found !== undefined) return found
    const known = PERF_WORKLOADS.map(({ name }) => name).join(', ')
    throw new BadInput(`there is no workload ${wanted}; there are ${known}`)
  })
}

async function measure(workload: PerfWorkload, terminal: Terminal): Promise<Figure | undefined> {
  const [engine, { loadScenario }] = await Promise.all([
    import('../engine/index.js'),
    import('../scenarios/index.js'),
  ])
  const scenario = await loadScenario(join(FOLDER, `${workload.file}.yaml`))
  if ('issues' in scenario) {
    showIssues(terminal, scenario.issues)
    return undefined
  }
  const [{ model }] = scenario.variants
  const { at, namespace, names } = measuredPods(model)
  const simulation = new engine.Simulation(model, { records: [] })
  simulation.kernel.run({ until: at - 1 })
  const { state } = simulation
  const { pods } = state
  const space = state.namespaceId(namespace)
  const hasNode = (name: string): boolean => {
    const pod = pods.find(space, name)
    return pod !== undefined && pods.scheduledAt[pod] !== engine.NEVER
  }
  const start = performance.now()
  const usage = process.cpuUsage()
  runUntil(simulation, names, hasNode)
  const { user, system } = process.cpuUsage(usage)
  const seconds = (performance.now() - start) / 1000
  const cpuSeconds = (user + system) / 1e6
  const result = simulation.run()
  return {
    workload,
    pods: names.length,
    seconds,
    cpuSeconds,
    failed: failures(scenario, { ...result, name: model.name }),
  }
}

/** Runs until all of the pods have what is asked for, or nothing is left to run. */
function runUntil(
  { kernel, model }: Simulation,
  names: readonly string[],
  has: (name: string) => boolean,
): void {
  let count = 0
  while (count < names.length) {
    const { reason } = kernel.run({ until: model.until, maxEvents: LOOK_EVENTS })
    while (count < names.length && has(names[count])) count++
    if (reason !== 'maxEvents') return
  }
}

type Results = Parameters<typeof checkExpectations>[1]

function failures({ expectations }: LoadedScenario, result: Results[number]): number {
  return checkExpectations(expectations, [result]).filter(({ holds }) => !holds).length
}

/** The operation that creates the measured pods. */
function measuredPods(model: SimulationModel): Operation & { readonly op: 'create-pods' } {
  for (const operation of model.operations) {
    if (operation.op !== 'create-pods') continue
    if (operation.names.some(name => MEASURED.test(name))) return operation
  }
  throw new BadInput(`${model.name} creates no pods called measured-*`)
}

function tableOf(figures: readonly Figure[]): string {
  const table = new Table({
    head: ['workload', 'measured pods', 'cpu seconds', 'seconds', 'pods/s', "upstream's threshold", 'times'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { workload, pods, seconds, cpuSeconds, failed } of figures) {
    const { name, threshold } = workload
    const rate = pods / seconds
    table.push([
      failed > 0 ? `${name} ${pc.red(`(${failed} expectations failed)`)}` : name,
      pods.toLocaleString('en'),
      cpuSeconds.toFixed(2),
      seconds.toFixed(2),
      Math.round(rate).toLocaleString('en'),
      threshold?.toLocaleString('en') ?? 'none',
      threshold === undefined ? '' : `${Math.round(rate / threshold)}x`,
    ])
  }
  return table.toString()
}
