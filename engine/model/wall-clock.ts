import { SECOND, type SimTime } from '../kernel/time.js'

/**
 * Virtual time against the time of day, and API timestamps, which keep whole seconds only.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/time.go (metav1.Time, 1.36).
 * Simplified: nothing known.
 */
export class WallClock {
  /** Microseconds since 1970 at virtual time 0. */
  readonly epochMicros: number

  /** @param epochSeconds wall clock of virtual time 0; a fraction places time 0 within its second. */
  constructor(epochSeconds: number) {
    this.epochMicros = Math.round(epochSeconds * SECOND)
  }

  /** The time as an API object keeps it: back to the start of its second of the day. */
  wholeSecond(time: SimTime): SimTime {
    const micros = this.epochMicros + time
    // By division: a remainder of large numbers is slow. The quotient may have been rounded up to the next second.
    const rest = micros - Math.floor(micros / SECOND) * SECOND
    return time - (rest < 0 ? rest + SECOND : rest)
  }

  /** Seconds since 1970, with their fraction. */
  epochSecondsAt(time: SimTime): number {
    return (this.epochMicros + time) / SECOND
  }
}
