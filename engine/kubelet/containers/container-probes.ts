/**
 * The probes of one running container as arithmetic: between two changes of what the container would answer, a probe
 * gets equal answers on the grid of its period, so that the next change of its result is known beforehand.
 *
 * Upstream: pkg/kubelet/prober/worker.go, prober_manager.go (1.36).
 * Simplified: a readiness probe is not asked at once when the startup probe has passed, but on its own grid.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { ContainerBehaviour } from '../../model/container-behaviour.js'
import type { Container, Probe } from '../../model/pod-spec.js'
import { type ProbeAnswer, type ProbeType, ProbeWorker } from '../probe-worker.js'

/** Seconds between two probes that name none. */
const DEFAULT_PERIOD_SECONDS = 10

export class ContainerProbe {
  readonly type: ProbeType
  readonly #worker: ProbeWorker
  readonly #period: SimTime
  /** The grid began when the kubelet first saw the pod. */
  readonly #origin: SimTime
  readonly #goodFrom: SimTime
  readonly #badFrom: SimTime
  #startedAt: SimTime = NEVER
  /** Answers before this time have been counted. */
  #countedTo: SimTime = 0

  constructor(type: ProbeType, probe: Probe, behaviour: ContainerBehaviour, origin: SimTime) {
    this.type = type
    this.#worker = new ProbeWorker(type, probe)
    this.#period = (probe.periodSeconds ?? DEFAULT_PERIOD_SECONDS) * SECOND
    this.#origin = origin
    this.#goodFrom = type === 'liveness' ? 0 : behaviour.readyAfter
    this.#badFrom =
      type === 'liveness' ? behaviour.hungAfter : type === 'readiness' ? behaviour.unreadyAfter : NEVER
  }

  get isPassed(): boolean {
    return this.#worker.result === 'Success'
  }

  get isFailed(): boolean {
    return this.#worker.result === 'Failure'
  }

  /** The container runs from now on, and this probe is asked from `from` on. */
  begin(startedAt: SimTime, from: SimTime): void {
    this.#worker.containerStarted()
    this.#startedAt = startedAt
    const first = startedAt + this.#worker.initialDelaySeconds * SECOND
    this.#countedTo = Math.max(first, from)
  }

  /** Nothing is asked while the container is down. */
  end(now: SimTime): void {
    this.count(now)
    this.#startedAt = NEVER
  }

  /** Counts the answers up to now, that of now included. */
  count(now: SimTime): void {
    if (this.#startedAt === NEVER) return
    while (!this.#worker.isOnHold) {
      const first = this.#nextTick(this.#countedTo)
      if (first > now) break
      const until = Math.min(this.#answerEnds(first), now + 1)
      const times = Math.floor((until - 1 - first) / this.#period) + 1
      this.#worker.answered(this.#answerAt(first), times)
      this.#countedTo = first + (times - 1) * this.#period + 1
    }
  }

  /** When the result will be another one if the container goes on; call it after {@link count}. */
  nextChange(): SimTime {
    if (this.#startedAt === NEVER || this.#worker.isOnHold) return NEVER
    let first = this.#nextTick(this.#countedTo)
    for (let isGoingOn = true; ; isGoingOn = false) {
      const answer = this.#answerAt(first)
      const ends = this.#answerEnds(first)
      const needed = this.#worker.answersToChange(answer, isGoingOn)
      const change = first + (needed - 1) * this.#period
      if (change < ends) return change
      if (ends === NEVER) return NEVER
      // This run ends before it is long enough, and the next one begins with nothing.
      first = this.#nextTick(ends)
    }
  }

  #nextTick(from: SimTime): SimTime {
    return this.#origin + Math.max(Math.ceil((from - this.#origin) / this.#period), 0) * this.#period
  }

  #answerAt(at: SimTime): Exclude<ProbeAnswer, 'error'> {
    const age = at - this.#startedAt
    return age >= this.#goodFrom && age < this.#badFrom ? 'success' : 'failure'
  }

  /** From when on the answer is another one. */
  #answerEnds(at: SimTime): SimTime {
    const age = at - this.#startedAt
    if (age < this.#goodFrom) return this.#goodFrom === NEVER ? NEVER : this.#startedAt + this.#goodFrom
    if (age < this.#badFrom) return this.#badFrom === NEVER ? NEVER : this.#startedAt + this.#badFrom
    return NEVER
  }
}

/** The probes that the container declares. */
export function probesOf(
  { startupProbe, readinessProbe, livenessProbe }: Container,
  behaviour: ContainerBehaviour,
  origin: SimTime,
): ContainerProbe[] {
  const probes: ContainerProbe[] = []
  const add = (type: ProbeType, probe: Probe | undefined): void => {
    if (probe !== undefined) probes.push(new ContainerProbe(type, probe, behaviour, origin))
  }
  add('startup', startupProbe)
  add('readiness', readinessProbe)
  add('liveness', livenessProbe)
  return probes
}
