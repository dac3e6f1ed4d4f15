import type { Operation, SimTime, ZoneTable } from '../engine/index.js'
import { NEVER, SECOND } from '../engine/index.js'

/** A schedule looks five years ahead; a run without end gets some years more. */
const SEARCHED_YEARS = 6
const OPEN_END_YEARS = 10
const PREFIX = /^(?:CRON_)?TZ=(\S+) /

/**
 * The wall clocks of all time zones that CronJobs of a scenario name, for the years it can reach. A name that
 * is no zone has none: the controller says so when it meets the CronJob.
 */
export async function scheduleZones(
  operations: readonly Operation[],
  epochSeconds: number,
  until: SimTime,
): Promise<Readonly<Record<string, ZoneTable>>> {
  const names = new Set<string>()
  for (const operation of operations) if ('manifest' in operation) collectNames(operation.manifest, names)
  names.delete('UTC')
  const zones: Record<string, ZoneTable> = {}
  if (names.size === 0) return zones
  // The time zone rules take longer to load than a small run takes.
  const { zoneFinder } = await import('./time-zones.js')
  const first = yearOf(epochSeconds) - 1
  const last = until === NEVER ? first + OPEN_END_YEARS : yearOf(epochSeconds + until / SECOND)
  const findZone = zoneFinder({ first, last: last + SEARCHED_YEARS })
  for (const name of names) {
    const zone = findZone(name)
    if (zone !== undefined) zones[name] = zone
  }
  return zones
}

/** Names in `timeZone` fields, and in prefixes of `schedule` fields, wherever they are. */
function collectNames(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [field, inner] of Object.entries(value)) {
    if (typeof inner !== 'string') collectNames(inner, names)
    else if (field === 'timeZone') names.add(inner)
    else if (field === 'schedule') {
      const [, name] = PREFIX.exec(inner) ?? []
      if (name !== undefined) names.add(name)
    }
  }
}

function yearOf(epochSeconds: number): number {
  return new Date(epochSeconds * 1000).getUTCFullYear()
}
