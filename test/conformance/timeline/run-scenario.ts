/** Simulates a recorded scenario and answers its timeline. */
import { type RecordChunk, SECOND, Simulation } from '../../../engine/index.js'
import { apiTime } from '../../../engine/model/api-time.js'
import { EVENTS_RECORD } from '../../../engine/record/events-record.js'
import { columnIndex } from '../../../engine/record/record-table.js'
import type { TimelineEntry } from '../timelines.js'
import { type RecordedScenario, readScenario, SETUP } from './scenario-model.js'
import { secondsOf } from './script-steps.js'
import { TimelineWriter } from './timeline-writer.js'

const C = columnIndex(EVENTS_RECORD)

export async function runScenario(folder: string, seed = '1'): Promise<readonly TimelineEntry[]> {
  return simulateScenario(await readScenario(folder, seed))
}

function simulateScenario({
  name,
  script,
  model,
  wallClockSeconds,
}: RecordedScenario): readonly TimelineEntry[] {
  let writer: TimelineWriter | undefined
  const events: TimelineEntry[] = []
  const simulation = new Simulation(model, {
    outcomes: { operated: outcome => writer?.operated(outcome) },
    sink: () => ({ chunk: chunk => events.push(...eventEntries(chunk)) }),
  })
  const { kernel, state, api } = simulation
  writer = new TimelineWriter(
    state,
    SETUP,
    pod => api.pods.finalizers(pod),
    () => kernel.now,
  )
  writer.run(name, 'START', 0, { wallClock: apiTime(wallClockSeconds) })
  simulation.run()
  const end = secondsOf(script.duration) / SECOND
  writer.run(name, 'END', end, {})
  const inTime = events.filter(({ t }) => t >= 0 && t <= end)
  // The sort is stable: lines of one time stay in their order.
  return [...writer.entries, ...inTime].sort((a, b) => a.t - b.t)
}

function eventEntries(chunk: RecordChunk): TimelineEntry[] {
  const entries: TimelineEntry[] = []
  for (let row = 0; row < chunk.rows; row++) {
    const text = (column: number): string => chunk.text(column, row)
    const reason = text(C.reason)
    const count = chunk.numbers[C.count][row]
    const object = text(C.object_name)
    const type = text(C.type)
    entries.push({
      t: (chunk.numbers[C.time_s][row] - SETUP) / SECOND,
      kind: 'Event',
      ns: text(C.object_namespace),
      name: `${object}.${reason}`,
      type: count > 1 ? 'MODIFIED' : 'ADDED',
      what: {
        reason,
        message: text(C.message),
        regarding: `${text(C.object_kind)}/${object}`,
        source: text(C.source),
        ...(count > 1 ? { count } : {}),
        ...(type === 'Normal' ? {} : { type }),
      },
    })
  }
  return entries
}
