/** Names, for every run of a manifest, the first event in which its replay differs. */
import { compareDigests, formatDuration, type SimTime, type TracedEvent } from '../engine/index.js'
import { firstDifference, type Manifest, type ManifestRun, trailOf } from '../reports/index.js'
import type { Execution, PlannedRun } from './execute.js'
import type { Rooms } from './rooms.js'

/** A line for every difference between the runs of the manifest and those of the replay. */
export function findDivergences(
  manifest: Manifest,
  execution: Execution,
  planned: readonly PlannedRun[],
  rooms: Rooms,
  trails: string | undefined,
): readonly string[] {
  const lines: string[] = []
  for (const then of manifest.runs) {
    const index = execution.runs.findIndex(({ name }) => name === then.name)
    if (index < 0) {
      lines.push(`different runs: the scenario has no variant ${then.name} any more`)
      continue
    }
    const now = execution.runs[index]
    if (now.seed !== then.seed)
      lines.push(`${then.name}: replayed with seed ${now.seed}, ran with ${then.seed}`)
    if (now.modelHash !== then.modelHash) {
      lines.push(`${then.name}: the model has hash ${now.modelHash}, the manifest says ${then.modelHash}`)
    }
    const trail = trails === undefined ? undefined : trailOf(trails, then.name)
    const where = divergence(
      then,
      now,
      trail,
      execution.results[index].trail,
      (from, to) => rooms.simulate(planned[index].model, { records: [], trace: { from, to } }).traced,
    )
    if (where !== undefined) lines.push(`${then.name}: ${where}`)
  }
  for (const { name } of execution.runs) {
    if (!manifest.runs.some(run => run.name === name))
      lines.push(`different runs: ${name} is not in the manifest`)
  }
  return lines
}

type Trace = (from: number, to: number) => readonly TracedEvent[]

function divergence(
  then: ManifestRun,
  now: ManifestRun,
  trail: Uint16Array | undefined,
  ownTrail: Uint16Array,
  trace: Trace,
): string | undefined {
  const number = trail === undefined ? undefined : firstDifference(trail, ownTrail)
  if (number !== undefined) return `first divergent event: ${nameEvent(number, now, trace)}`
  const window = compareDigests(then.digest, now.digest)
  if (window === undefined) return undefined
  const { from, to, fromTime, toTime } = window
  const [first] = trace(from, from + 1)
  return (
    `the digests part between event ${from} (${formatDuration(fromTime)}) and event ${to} ` +
    `(${formatDuration(toTime)}); first divergent event at the earliest: ${inWords(first, from, now.digest.time)}`
  )
}

function nameEvent(number: number, now: ManifestRun, trace: Trace): string {
  const [event] = trace(number, number + 1)
  return inWords(event, number, now.digest.time)
}

function inWords(event: TracedEvent | undefined, number: number, end: SimTime): string {
  if (event === undefined) return `event ${number}, before which the replay ends at ${formatDuration(end)}`
  const { kind, subject, argument, time } = event
  return `event ${number}, ${kind}(${subject}, ${argument}), at virtual time ${formatDuration(time)}`
}
