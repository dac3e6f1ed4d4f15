/**
 * What an overloaded pod has not got round to: a fluid that grows by what arrives beyond what the pod can do, to the
 * bound of its queue if it has one, and is worked off in order of arrival when there is room. Straight lines between
 * changes; how long those waited that are served now follows from what has arrived after them.
 *
 * Upstream: nothing; L. Kleinrock, Queueing Systems II (1976), section 2.7 (the fluid approximation of a rush hour).
 * Simplified: fluctuations about the lines are left out, so a queue without bound that is just saturated waits less
 * than by chance; a shared CPU is taken to work in order of arrival while there is a backlog.
 */
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import { longerThanBetween, type ServicePart } from './latency.js'
import { isOverloaded, type Station, type StationState, stationState } from './queueing.js'

/** Requests that arrived in turn, evenly over so many seconds. */
interface Arrivals {
  readonly requestsPerSecond: number
  seconds: number
}

/** What is left of a backlog below this is worked off at once. */
const LEAST_REQUESTS = 1

export class Backlog {
  /** Tells those of one Service apart. */
  readonly number: number
  servedPerSecond = 0
  refusedPerSecond = 0
  growthPerSecond = 0
  /** When it has run empty or has reached its bound. */
  endsAt: SimTime = NEVER
  /** The stationary state of a full queue; absent: it grows or shrinks. */
  full: StationState | undefined
  #requests = 0
  #since: SimTime
  /** Those waiting, oldest first; the last ones are still arriving. */
  #arrivals: Arrivals[] = []
  /** How long the oldest has waited. */
  #waitSeconds = 0

  constructor(number: number, now: SimTime) {
    this.number = number
    this.#since = now
  }

  requestsAt(now: SimTime): number {
    return this.#requests + (this.growthPerSecond * (now - this.#since)) / SECOND
  }

  /** A backlog of its own for pods that have come to differ. */
  copy(number: number): Backlog {
    const copy = new Backlog(number, this.#since)
    copy.servedPerSecond = this.servedPerSecond
    copy.refusedPerSecond = this.refusedPerSecond
    copy.growthPerSecond = this.growthPerSecond
    copy.endsAt = this.endsAt
    copy.full = this.full
    copy.#requests = this.#requests
    copy.#arrivals = this.#arrivals.map(({ requestsPerSecond, seconds }) => ({ requestsPerSecond, seconds }))
    copy.#waitSeconds = this.#waitSeconds
    return copy
  }

  /** The pod is such a station from now on. Answers false when it keeps up and nothing is left to work off. */
  meet(station: Station, now: SimTime): boolean {
    const { arrivalsPerSecond, servers, serviceSeconds, capacity } = station
    this.#requests = this.requestsAt(now)
    this.#since = now
    this.growthPerSecond = 0
    this.refusedPerSecond = 0
    this.endsAt = NEVER
    const isOver = isOverloaded(station)
    if (!isOver && this.#requests < LEAST_REQUESTS) return false
    const state = isOver && capacity !== Infinity ? stationState(station) : undefined
    if (state !== undefined && this.#requests > state.waiting - LEAST_REQUESTS) {
      this.full = state
      this.servedPerSecond = state.servedPerSecond
      this.refusedPerSecond = state.refusedPerSecond
      return true
    }
    if (this.full !== undefined) this.#fillEvenly()
    this.full = undefined
    // On the way to its bound a queue takes in what it will refuse once it is there.
    this.servedPerSecond = state === undefined ? servers / serviceSeconds : state.servedPerSecond
    this.growthPerSecond = arrivalsPerSecond - this.servedPerSecond
    const left = (state === undefined ? 0 : state.waiting) - this.#requests
    const seconds = left / this.growthPerSecond
    if (seconds > 0 && seconds < NEVER / SECOND / 2) this.endsAt = now + Math.ceil(seconds * SECOND)
    this.#arrive(arrivalsPerSecond)
    return true
  }

  #arrive(requestsPerSecond: number): void {
    const arrivals = this.#arrivals
    const last = arrivals[arrivals.length - 1]
    if (last?.requestsPerSecond === requestsPerSecond) return
    if (last?.seconds === 0) arrivals.pop()
    arrivals.push({ requestsPerSecond, seconds: 0 })
  }

  /** Those in a queue that was full came as fast as it let them in. */
  #fillEvenly(): void {
    this.#waitSeconds = this.#requests / this.servedPerSecond
    this.#arrivals = [{ requestsPerSecond: this.servedPerSecond, seconds: this.#waitSeconds }]
  }

  /**
   * Time goes on: those served in it, by how long they had waited, which is a straight line `from` one wait `to`
   * another while those who arrived in one stretch are served.
   */
  serve(seconds: number, visit: (requests: number, from: number, to: number) => void): void {
    const arrivals = this.#arrivals
    const { servedPerSecond } = this
    const newest = arrivals[arrivals.length - 1]
    if (newest === undefined) return
    if (servedPerSecond <= 0) {
      newest.seconds += seconds
      this.#waitSeconds += seconds
      return
    }
    let first = 0
    let left = seconds
    while (left > 0) {
      const oldest = arrivals[first]
      const from = this.#waitSeconds
      let step = left
      let passed =
        oldest.requestsPerSecond > 0 ? (servedPerSecond * step) / oldest.requestsPerSecond : Infinity
      if (oldest !== newest && passed > oldest.seconds) {
        passed = oldest.seconds
        step = (passed * oldest.requestsPerSecond) / servedPerSecond
      }
      // Nobody is served before having come.
      if (oldest === newest) passed = Math.min(passed, oldest.seconds + step)
      oldest.seconds -= passed
      newest.seconds += step
      this.#waitSeconds = Math.max(0, from + step - passed)
      if (step > 0) visit(servedPerSecond * step, from, this.#waitSeconds)
      left -= step
      if (oldest !== newest && oldest.seconds <= 0) first++
    }
    if (first > 0) arrivals.splice(0, first)
  }
}

/** The times of requests that a backlog of each of so many pods is served with, for the account of a Service. */
export class BacklogLatency {
  readonly #backlog: Backlog
  readonly #pods: number
  readonly #services: readonly ServicePart[]

  constructor(backlog: Backlog, pods: number, services: readonly ServicePart[]) {
    this.#backlog = backlog
    this.#pods = pods
    this.#services = services
  }

  serve(seconds: number, visit: (requests: number, longerThan: (seconds: number) => number) => void): void {
    this.#backlog.serve(seconds, (requests, from, to) => {
      visit(requests * this.#pods, at => longerThanBetween(this.#services, from, to, at))
    })
  }
}
