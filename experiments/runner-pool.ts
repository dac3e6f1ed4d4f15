/**
 * A fixed number of worker threads, one run a message. A worker that dies (out of memory, a fault in a plugin's native
 * code) costs the run it was at, which gets a row that says so, and is replaced.
 */
import { Worker } from 'node:worker_threads'
import type { RunRow } from './row.js'
import { failedRow, type RunOrder } from './run-one.js'
import type { WorkerStart } from './worker.js'

/** What a worker answers: a row, and how long the run took it, the loading of the simulator left out. */
export interface FinishedRun {
  readonly row: RunRow
  readonly seconds: number
}

interface Job {
  readonly order: RunOrder
  readonly done: (finished: FinishedRun) => void
}

interface Seat {
  /** Started with its first run, and anew after it died. */
  worker: Worker | undefined
  job: Job | undefined
}

export class WorkerPool {
  readonly #start: WorkerStart
  readonly #seats: readonly Seat[]
  readonly #waiting: Job[] = []
  #closed = false

  constructor(start: WorkerStart, size: number) {
    this.#start = start
    this.#seats = Array.from({ length: size }, () => ({ worker: undefined, job: undefined }))
  }

  /** Makes a run as soon as a worker is free. */
  run(order: RunOrder): Promise<FinishedRun> {
    return new Promise(resolve => {
      this.#waiting.push({ order, done: resolve })
      this.#deal()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { worker } of this.#seats) await worker?.terminate()
  }

  #started(seat: Seat): Worker {
    const worker = new Worker(new URL('worker.js', import.meta.url), { workerData: this.#start })
    let reason = 'the worker ended by itself'
    worker.on('message', (finished: FinishedRun) => this.#finish(seat, finished))
    worker.on('error', error => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () => {
      if (this.#closed) return
      const { job } = seat
      seat.worker = undefined
      if (job === undefined) return
      this.#finish(seat, { row: failedRow(job.order, reason, { ...this.#start, plugins: [] }), seconds: 0 })
    })
    return worker
  }

  #finish(seat: Seat, finished: FinishedRun): void {
    const { job } = seat
    seat.job = undefined
    job?.done(finished)
    this.#deal()
  }

  #deal(): void {
    for (const seat of this.#seats) {
      if (seat.job !== undefined) continue
      const job = this.#waiting.shift()
      if (job === undefined) return
      seat.job = job
      seat.worker ??= this.#started(seat)
      seat.worker.postMessage(job.order)
    }
  }
}
