/**
 * What a probe of one container makes of the answers it gets. Equal answers are taken as a run, so that a probe that
 * goes on passing is arithmetic: {@link ProbeWorker.answersToChange} says after how many the result changes.
 *
 * Upstream: pkg/kubelet/prober/worker.go (1.36).
 * Simplified: the handler, its timeout and its retries are one answer.
 */
import type { Probe } from '../model/pod-spec.js'

export type ProbeType = 'startup' | 'readiness' | 'liveness'
export type ProbeAnswer = 'success' | 'failure' | 'error'
export type ProbeResult = 'Success' | 'Failure' | 'UNKNOWN'

const INITIAL: Readonly<Record<ProbeType, ProbeResult>> = {
  startup: 'UNKNOWN',
  readiness: 'Failure',
  liveness: 'Success',
}

export class ProbeWorker {
  readonly #type: ProbeType
  readonly #failureThreshold: number
  readonly #successThreshold: number
  /** Whole seconds a container has to run before it is probed. */
  readonly initialDelaySeconds: number
  #result: ProbeResult
  #isOnHold = false
  #last: ProbeAnswer | undefined
  #run = 0

  constructor(type: ProbeType, probe: Probe) {
    this.#type = type
    this.#failureThreshold = probe.failureThreshold ?? 3
    this.#successThreshold = probe.successThreshold ?? 1
    this.initialDelaySeconds = probe.initialDelaySeconds ?? 0
    this.#result = INITIAL[type]
  }

  get result(): ProbeResult {
    return this.#result
  }

  /** Nothing is asked any more before there is a new container. */
  get isOnHold(): boolean {
    return this.#isOnHold
  }

  /** A new container: the result starts over, but a run of answers goes on. */
  containerStarted(): void {
    this.#result = INITIAL[this.#type]
    this.#isOnHold = false
  }

  /** Whether a container that has run so long is asked. */
  isDue(ranForSeconds: number, isStarted: boolean): boolean {
    if (this.#isOnHold || Math.trunc(ranForSeconds) < this.initialDelaySeconds) return false
    return isStarted === (this.#type !== 'startup')
  }

  /** So many equal answers; an error says nothing. */
  answered(answer: ProbeAnswer, times = 1): void {
    if (answer === 'error') return
    this.#run = answer === this.#last ? this.#run + times : times
    this.#last = answer
    if (this.#run < this.#threshold(answer)) return
    this.#result = answer === 'success' ? 'Success' : 'Failure'
    const isOver = answer === 'failure' ? this.#type !== 'readiness' : this.#type === 'startup'
    if (!isOver) return
    this.#isOnHold = true
    this.#run = 0
  }

  /**
   * After how many equal answers the result will be another one; Infinity: never.
   * @param isGoingOn they follow the answers so far; otherwise others come between.
   */
  answersToChange(answer: Exclude<ProbeAnswer, 'error'>, isGoingOn = true): number {
    if (this.#result === (answer === 'success' ? 'Success' : 'Failure') || this.#isOnHold) return Infinity
    const run = isGoingOn && answer === this.#last ? this.#run : 0
    return Math.max(this.#threshold(answer) - run, 1)
  }

  #threshold(answer: ProbeAnswer): number {
    return answer === 'success' ? this.#successThreshold : this.#failureThreshold
  }
}
