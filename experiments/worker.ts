/**
 * A worker thread: it opens the base scenario once, keeps what it read, and makes one run a message. Only the number
 * and seed of a run come in and only its row goes out; models never cross threads.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { PLUGINS } from '../engine/index.js'
import { formatIssue, loadModules, openTemplate } from '../scenarios/index.js'
import type { PlannedRun } from './plan.js'
import { failedRow, type RunSurroundings, runOne } from './run-one.js'
import { variantModel } from './variant-model.js'

/** What a worker is started with. */
export type WorkerStart = Omit<RunSurroundings, 'plugins'>

const start = workerData as WorkerStart
const { experiment } = start
const plugins = await loadModules(experiment.use)
if (typeof plugins === 'string') throw new Error(plugins)
const { file, inline } = experiment.base
const place = { file, line: 1, column: 1 }
const template = await openTemplate(
  inline === undefined ? { file } : { file, inline: { value: inline, locate: () => place } },
  { plugins: [...PLUGINS, ...plugins] },
)
if ('issues' in template) throw new Error(template.issues.map(formatIssue).join('\n'))

parentPort?.on('message', (planned: PlannedRun) => {
  void variantModel(template, experiment, planned)
    .then(model => runOne(planned, model, { ...start, plugins }))
    .catch((error: unknown) => failedRow(planned, reasonOf(error), { ...start, plugins }))
    .then(row => parentPort?.postMessage(row))
})

/** The first line: the rest is the place in our own code, which differs between versions. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
