/**
 * What `scheduler-perf` does: runs the workloads one after the other and prints how many of the measured pods a second
 * of wall clock was enough for. The whole simulation is timed from the creation of the first measured pod on: API
 * server, watches, queue, scheduler, bindings and kubelets, not the scheduler alone.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import pc from 'picocolors'
import type { SimulationModel } from '../engine/index.js'
import { checkExpectations } from '../reports/index.js'
import type { LoadedScenario } from '../scenarios/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { PERF_WORKLOADS, type PerfWorkload } from './perf-workloads.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'

const FOLDER = join(fileURLToPath(import.meta.url), '../../../scenarios/examples/scheduler-perf')
/** What the measured pods of a workload are called. */
const MEASURED = /^measured-\d+$/

interface Figure {
  readonly workload: PerfWorkload
  readonly pods: number
  readonly seconds: number
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
  const [{ Simulation }, { loadScenario }] = await Promise.all([
    import('../engine/index.js'),
    import('../scenarios/index.js'),
  ])
  const scenario = await loadScenario(join(FOLDER, `${workload.file}.yaml`))
  if ('issues' in scenario) {
    showIssues(terminal, scenario.issues)
    return undefined
  }
  const [{ model }] = scenario.variants
  const { at, pods } = measuredPods(model)
  const simulation = new Simulation(model, { records: [] })
  simulation.kernel.run({ until: at - 1 })
  const start = performance.now()
  const result = simulation.run()
  const seconds = (performance.now() - start) / 1000
  return { workload, pods, seconds, failed: failures(scenario, { ...result, name: model.name }) }
}

type Results = Parameters<typeof checkExpectations>[1]

function failures({ expectations }: LoadedScenario, result: Results[number]): number {
  return checkExpectations(expectations, [result]).filter(({ holds }) => !holds).length
}

/** When the first measured pod is created, and how many there are. */
function measuredPods(model: SimulationModel): { readonly at: number; readonly pods: number } {
  for (const operation of model.operations) {
    if (operation.op !== 'create-pods') continue
    if (operation.names.some(name => MEASURED.test(name))) {
      return { at: operation.at, pods: operation.names.length }
    }
  }
  throw new BadInput(`${model.name} creates no pods called measured-*`)
}

function tableOf(figures: readonly Figure[]): string {
  const table = new Table({
    head: ['workload', 'measured pods', 'seconds', 'pods/s', "upstream's threshold", 'times'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { workload, pods, seconds, failed } of figures) {
    const { name, threshold } = workload
    const rate = pods / seconds
    table.push([
      failed > 0 ? `${name} ${pc.red(`(${failed} expectations failed)`)}` : name,
      pods.toLocaleString('en'),
      seconds.toFixed(2),
      Math.round(rate).toLocaleString('en'),
      threshold?.toLocaleString('en') ?? 'none',
      threshold === undefined ? '' : `${Math.round(rate / threshold)}x`,
    ])
  }
  return table.toString()
}
