/**
 * A fixed number of worker threads, one run a message. A worker that dies (out of memory, a fault in a plugin's native
 * code) costs the run it was at, which gets a row that says so, and is replaced.
 */
import { Worker } from 'node:worker_threads'
import type { PlannedRun } from './plan.js'
import type { RunRow } from './row.js'
import { failedRow } from './run-one.js'
import type { WorkerStart } from './worker.js'

interface Job {
  readonly planned: PlannedRun
  readonly done: (row: RunRow, seconds: number) => void
}

interface Seat {
  worker: Worker
  job: Job | undefined
  since: number
}

export class WorkerPool {
  readonly #start: WorkerStart
  readonly #seats: Seat[] = []
  readonly #waiting: Job[] = []
  #closed = false

  constructor(start: WorkerStart, size: number) {
    this.#start = start
    for (let i = 0; i < size; i++) this.#seats.push(this.#seat())
  }

  /** Makes a run as soon as a worker is free; `seconds` is how long the worker took. */
  run(planned: PlannedRun): Promise<{ readonly row: RunRow; readonly seconds: number }> {
    return new Promise(resolve => {
      this.#waiting.push({ planned, done: (row, seconds) => resolve({ row, seconds }) })
      this.#deal()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#seats.map(({ worker }) => worker.terminate()))
  }

  #seat(): Seat {
    const seat: Seat = { worker: this.#worker(), job: undefined, since: 0 }
    this.#listen(seat)
    return seat
  }

  #worker(): Worker {
    return new Worker(new URL('worker.js', import.meta.url), { workerData: this.#start })
  }

  #listen(seat: Seat): void {
    const { worker } = seat
    let reason = 'the worker ended by itself'
    worker.on('message', (row: RunRow) => this.#finish(seat, row))
    worker.on('error', error => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () => {
      if (this.#closed) return
      const { job } = seat
      seat.worker = this.#worker()
      this.#listen(seat)
      if (job !== undefined)
        this.#finish(seat, failedRow(job.planned, reason, { ...this.#start, plugins: [] }))
    })
  }

  #finish(seat: Seat, row: RunRow): void {
    const { job, since } = seat
    seat.job = undefined
    job?.done(row, (performance.now() - since) / 1000)
    this.#deal()
  }

  #deal(): void {
    for (const seat of this.#seats) {
      if (seat.job !== undefined) continue
      const job = this.#waiting.shift()
      if (job === undefined) return
      seat.job = job
      seat.since = performance.now()
      seat.worker.postMessage(job.planned)
    }
  }
}
