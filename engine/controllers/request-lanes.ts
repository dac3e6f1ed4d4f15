/**
 * Work that consists of requests: each of several workers takes a job, makes the job's requests one after another,
 * each when the one before has been answered, and then takes the next job.
 *
 * Upstream: client-go/util/workqueue/parallelizer.go ParallelizeUntil (1.36).
 * Simplified: computing between requests takes no time.
 */
import type { EventKind } from '../kernel/kernel.js'
import type { ControllerContext } from './controller.js'

/** Requests that follow one another; `accepted` makes the write when the last one is, and may add further steps. */
export interface Step {
  /** 0: nothing is asked, the step is made at once. */
  readonly requests: number
  accepted(steps: Step[]): void
}

export class RequestLanes {
  readonly #context: ControllerContext
  readonly #answered: EventKind
  #lanes: Step[][] = []
  #jobs: readonly number[] = []
  #next = 0
  #busy = 0
  #begin: (job: number, steps: Step[]) => void = () => undefined
  #done: () => void = () => undefined

  constructor(context: ControllerContext, name: string) {
    this.#context = context
    this.#answered = context.on(name, lane => this.#accepted(lane))
  }

  /** Does the jobs with so many workers; `begin` says a job's first steps, `done` is called after the last one. */
  run(
    workers: number,
    jobs: readonly number[],
    begin: (job: number, steps: Step[]) => void,
    done: () => void,
  ): void {
    this.#jobs = jobs
    this.#next = 0
    this.#begin = begin
    this.#done = done
    this.#busy = workers
    this.#lanes = Array.from({ length: workers }, () => [])
    for (let lane = 0; lane < workers; lane++) this.#advance(lane)
  }

  #accepted(lane: number): void {
    const steps = this.#lanes[lane]
    steps.shift()?.accepted(steps)
    this.#advance(lane)
  }

  /** Goes on until there is something to wait for. */
  #advance(lane: number): void {
    const steps = this.#lanes[lane]
    for (;;) {
      if (steps.length === 0) {
        if (this.#next === this.#jobs.length) break
        this.#begin(this.#jobs[this.#next++], steps)
      } else if (steps[0].requests === 0) {
        steps.shift()?.accepted(steps)
      } else {
        this.#send(lane, steps[0].requests)
        return
      }
    }
    if (--this.#busy === 0) this.#done()
  }

  #send(lane: number, requests: number): void {
    const { client, kernel } = this.#context
    let at = kernel.now
    for (let i = 1; i < requests; i++) at = client.charge(at)
    client.send(at, this.#answered, lane)
  }
}
