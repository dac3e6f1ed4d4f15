/**
 * A pod as a queueing station in its stationary state: Poisson arrivals, `servers` requests served at full speed (a
 * fraction where the CPU limit cuts one short), and room for so many more. Exact for M/M/c, M/M/c/K and in the mean
 * for M/G/1 and M/G/1 with processor sharing.
 *
 * Upstream: nothing; L. Kleinrock, Queueing Systems I (1975), chapters 3 and 5; A. O. Allen, Probability, Statistics
 * and Queueing Theory (1990), section 5.4 for several servers with general service (Allen and Cunneen).
 * Simplified: every change of load is followed by the stationary state at once, but where a pod is overloaded or was
 * (see backlog.ts); losses of a full queue are those of exponential service.
 */

export interface Station {
  readonly arrivalsPerSecond: number
  /** Time of one request alone. */
  readonly serviceSeconds: number
  readonly servers: number
  /** Most requests present at once; Infinity: no limit. */
  readonly capacity: number
  /** Deviation over mean of a request's time. */
  readonly variation: number
  /** The square of the same of the times between arrivals: 1 for Poisson, less when they are dealt out in turn. */
  readonly arrivalVariation: number
  readonly discipline: 'queue' | 'share'
}

/** A stationary state; `present` and `waiting` are means over time, the wait that of an accepted request. */
export interface StationState {
  readonly servedPerSecond: number
  readonly refusedPerSecond: number
  readonly present: number
  readonly waiting: number
  readonly waitMeanSeconds: number
  /** Probability that an accepted request does not get a server at once. */
  readonly waitProbability: number
  /** Standard deviation of the wait of those that wait. */
  readonly waitDeviationSeconds: number
}

const NEGLIGIBLE = 1e-9

/** Whether as much arrives as can be done, or more: then a queue without bound has no stationary state. */
export function isOverloaded({ arrivalsPerSecond, serviceSeconds, servers }: Station): boolean {
  return arrivalsPerSecond > 0 && arrivalsPerSecond * serviceSeconds >= servers
}

/** An overloaded station without bound is worked at full speed and waits for ever. */
export function stationState(station: Station): StationState {
  const { arrivalsPerSecond, serviceSeconds, servers, variation, arrivalVariation, discipline } = station
  const offered = arrivalsPerSecond * serviceSeconds
  if (offered <= 0 || servers <= 0) return idle(servers > 0 ? 0 : arrivalsPerSecond)
  const whole = Math.floor(servers)
  const busyShare = erlangB(offered, whole)
  const ratio = offered / servers
  if (ratio >= 1 && station.capacity === Infinity) return endless(servers / serviceSeconds)
  const room = Math.max(0, station.capacity - whole)
  const { sum, weighted, last } = geometric(ratio, room)
  // Probabilities by that of `whole` requests being present, which is the share of a station without any room.
  const total = 1 + busyShare * sum
  const refused = (busyShare * last) / total
  const refusedShare = refused < NEGLIGIBLE ? 0 : refused
  const present = (offered * (1 - busyShare) + busyShare * (whole * sum + weighted)) / total
  const served = arrivalsPerSecond * (1 - refusedShare)
  // The shared CPU does not care how times vary; who waits in line does.
  const factor = discipline === 'share' ? 1 : (arrivalVariation + variation * variation) / 2
  const byChance = Math.max(0, present - served * serviceSeconds)
  const waiting = factor === 1 ? byChance : withinRoom(byChance, factor, ratio, room)
  const delayed = (busyShare * (1 + sum - last)) / total / (1 - refusedShare)
  const waitProbability = refusedShare < 1 ? Math.min(1, delayed) : 0
  const waitMean = served > 0 ? waiting / served : 0
  const conditional = waitProbability > 0 ? waitMean / waitProbability : 0
  const isTruncated = room !== Infinity && last > NEGLIGIBLE * (1 + sum)
  return {
    servedPerSecond: served,
    refusedPerSecond: arrivalsPerSecond * refusedShare,
    present: served * serviceSeconds + waiting,
    waiting,
    waitMeanSeconds: waitMean,
    waitProbability,
    waitDeviationSeconds: isTruncated ? conditional * truncatedVariation(ratio, room) : conditional,
  }
}

function endless(served: number): StationState {
  return {
    servedPerSecond: served,
    refusedPerSecond: 0,
    present: Infinity,
    waiting: Infinity,
    waitMeanSeconds: Infinity,
    waitProbability: 1,
    waitDeviationSeconds: 0,
  }
}

/** Variation moves the queue away from being empty or, above capacity, from being full; never beyond its room. */
function withinRoom(waiting: number, factor: number, ratio: number, room: number): number {
  if (ratio < 1) return Math.min(waiting * factor, Math.max(waiting, room))
  const free = Math.max(0, room - waiting)
  return Math.max(0, room - Math.min(free * factor, Math.max(free, room / 2)))
}

function idle(refused: number): StationState {
  return {
    servedPerSecond: 0,
    refusedPerSecond: refused,
    present: 0,
    waiting: 0,
    waitMeanSeconds: 0,
    waitProbability: 0,
    waitDeviationSeconds: 0,
  }
}

/** Probability that all of `servers` are busy when those who find them so go away. */
function erlangB(offered: number, servers: number): number {
  let share = 1
  // Among servers without number it is soon nothing at all, and stays so.
  for (let n = 1; n <= servers && share > 0; n++) share = (offered * share) / (n + offered * share)
  return share
}

/** Sums over j from 1 to `room`: of ratio^j, of j ratio^j; and ratio^room itself. */
function geometric(ratio: number, room: number): { sum: number; weighted: number; last: number } {
  if (room === Infinity) {
    const idleShare = 1 - ratio
    return { sum: ratio / idleShare, weighted: ratio / (idleShare * idleShare), last: 0 }
  }
  if (Math.abs(ratio - 1) * room < 1e-6) return { sum: room, weighted: (room * (room + 1)) / 2, last: 1 }
  const last = ratio ** room
  if (last === Infinity) {
    // So far above capacity that there is always exactly one place free, or none.
    const huge = Number.MAX_VALUE / 1e30
    const sum = huge / (1 - 1 / ratio)
    return { sum, weighted: sum * room, last: huge }
  }
  const sum = (ratio * (1 - last)) / (1 - ratio)
  const weighted = (ratio * (1 - (room + 1) * last + room * last * ratio)) / ((1 - ratio) * (1 - ratio))
  return { sum, weighted, last }
}

/** Deviation over mean of the wait behind j others, j distributed as ratio^j below `room`. */
function truncatedVariation(ratio: number, room: number): number {
  // Counted from the end that weighs most, so that no power overflows.
  const down = ratio > 1
  const step = down ? 1 / ratio : ratio
  let weight = 1
  let total = 0
  let first = 0
  let second = 0
  for (let i = 0; i < room && weight > NEGLIGIBLE; i++) {
    const ahead = down ? room - i : i + 1
    total += weight
    first += weight * ahead
    second += weight * ahead * (ahead + 1)
    weight *= step
  }
  const mean = first / total
  return Math.sqrt(Math.max(0, second / total - mean * mean)) / mean
}
