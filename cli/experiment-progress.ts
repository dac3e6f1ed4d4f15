import type { RunProgress } from '../experiments/index.js'

/** Tenths of the runs after which a line is written where there is no terminal to redraw. */
const STEPS = 10

/** How far an experiment is, on stderr: a line redrawn in place on a terminal, else one line a tenth. */
export class ExperimentProgress {
  readonly #name: string
  readonly #isTerminal = process.stderr.isTTY
  #told = 0
  #total = 0
  #isDrawn = false

  constructor(name: string) {
    this.#name = name
  }

  update(progress: RunProgress): void {
    if (progress.done === progress.total && progress.last === undefined) return
    const line = `${this.#name}: ${progressText(progress)}`
    if (this.#isTerminal) {
      process.stderr.write(`\r\u001B[K${line}`)
      this.#isDrawn = true
      return
    }
    if (progress.total !== this.#total) this.#told = 0
    this.#total = progress.total
    const step = Math.floor((progress.done / progress.total) * STEPS)
    if (step <= this.#told) return
    this.#told = step
    process.stderr.write(`${line}\n`)
  }

  stop(): void {
    if (this.#isDrawn) process.stderr.write('\r\u001B[K')
    this.#isDrawn = false
  }
}

/** `120 of 300 runs, about 2 min left`. */
export function progressText({ done, total, mayGrow, failed, secondsLeft }: RunProgress): string {
  const runs = `${done} of ${mayGrow ? 'at least ' : ''}${total} runs`
  const faults = failed === 0 ? '' : `, ${failed} failed`
  if (done === total) return `${runs}${faults}`
  if (secondsLeft === undefined) return `${runs}${faults}, too early to say how long`
  return `${runs}${faults}, about ${durationText(secondsLeft)} left`
}

/** Two digits are all that an estimate is good for. */
function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
