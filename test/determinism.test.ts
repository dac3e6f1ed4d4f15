import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { Simulation, type SimulationOptions, simulate } from '../engine/simulation.js'
import { dump } from '../engine/state/dump.js'
import { determinismModel } from './support/determinism-model.js'

/** One seed, one run: whatever the process, the thread, the records or the room of the tables. */
const RUNNER = new URL('support/run-determinism.js', import.meta.url)

function run(seed: string, options: SimulationOptions = {}): { hash: string; state: string; events: number } {
  const simulation = new Simulation(determinismModel(seed), options)
  const { digest } = simulation.run()
  return { hash: digest.hash, state: dump(simulation.state), events: digest.events }
}

const reference = run('1')

test('the model of these tests makes the components work', t => {
  t.true(reference.events > 3000, `only ${reference.events} events`)
  const { summary } = simulate(determinismModel('1'))
  t.is(summary.values['pods_created'], 500)
})

test('the same seed gives the same run again in one process', t => {
  t.deepEqual(run('1'), reference)
})

test('another seed gives another run', t => {
  t.not(run('2').hash, reference.hash)
})

test('a process of its own and a worker thread give the same run', async t => {
  const printed = execFileSync(process.execPath, [fileURLToPath(RUNNER), '1'], { encoding: 'utf8' })
  t.is(printed, reference.hash)
  const [posted] = await once(new Worker(RUNNER, { workerData: '1' }), 'message')
  t.is(posted, reference.hash)
})

test('records switched off change nothing', t => {
  t.deepEqual(run('1', { records: [] }), reference)
})

test('tables that start with room for one row give the same run', t => {
  t.deepEqual(run('1', { capacities: { pods: 1, nodes: 1, objects: 1 } }), reference)
})

test('everything kept incrementally equals a recount throughout the run', t => {
  t.deepEqual(run('1', { verifyEvery: 50 }), reference)
})
