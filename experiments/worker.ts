/**
 * A worker thread: it opens the base scenario once, keeps what it read, and makes one run a message. Only the changes
 * and the seed of a run come in and only its row goes out; models never cross threads.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { PLUGINS } from '../engine/index.js'
import { formatIssue, loadModules, openTemplate } from '../scenarios/index.js'
import type { Experiment } from './experiment.js'
import { failedRow, type RunOrder, type RunSurroundings, runOne } from './run-one.js'
import { variantModel } from './variant-model.js'

/** What a worker is started with. */
export interface WorkerStart extends Omit<RunSurroundings, 'plugins'> {
  readonly base: Experiment['base']
  readonly use: readonly string[]
}

const start = workerData as WorkerStart
const plugins = await loadModules(start.use)
if (typeof plugins === 'string') throw new Error(plugins)
const { file, inline } = start.base
const place = { file, line: 1, column: 1 }
const template = await openTemplate(
  inline === undefined ? { file } : { file, inline: { value: inline, locate: () => place } },
  { plugins: [...PLUGINS, ...plugins] },
)
if ('issues' in template) throw new Error(template.issues.map(formatIssue).join('\n'))

parentPort?.on('message', (order: RunOrder) => {
  const since = performance.now()
  void variantModel(template, file, order)
    .then(model => runOne(order, model, { ...start, plugins }))
    .catch((error: unknown) => failedRow(order, reasonOf(error), { ...start, plugins }))
    .then(row => parentPort?.postMessage({ row, seconds: (performance.now() - since) / 1000 }))
})

/** Without the place in our own code, which differs between versions. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
