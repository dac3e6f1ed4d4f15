import { parentPort, workerData } from 'node:worker_threads'
import { simulate } from '../../engine/simulation.js'
import { determinismModel } from './determinism-model.js'

/** Runs the model of the determinism tests on a worker thread, or as a process of its own, and answers its digest. */
const seed = parentPort === null ? (process.argv[2] ?? '1') : String(workerData)
const { hash } = simulate(determinismModel(seed)).digest
if (parentPort === null) process.stdout.write(hash)
else parentPort.postMessage(hash)
