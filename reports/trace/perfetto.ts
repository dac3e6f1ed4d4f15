/**
 * `trace-*.json`: a run for the Perfetto viewer. Each node is a process whose tracks hold its pods, as many tracks as
 * pods at once; a pod's slice spans its time on the node, with its start and its running inside. Events of components
 * are instants on the tracks of one more process, the control plane.
 */
import { NEVER, type RecordChunk, type RecordSink, type RunResult } from '../../engine/index.js'
import { groupedBy } from '../grouped-by.js'
import type { Output } from '../output.js'
import { defineReport } from '../report.js'
import { instantEvent, processName, sliceEvent, trackName } from './trace-events.js'

interface PodSpan {
  readonly name: string
  readonly node: string
  readonly outcome: string
  readonly scheduled: number
  readonly running: number
  readonly ended: number
}

interface Emitted {
  readonly at: number
  readonly source: string
  readonly reason: string
  readonly object: string
  readonly message: string
}

interface Collected {
  readonly pods: PodSpan[]
  readonly events: Emitted[]
}

const CONTROL_PLANE = 0

export const perfetto = defineReport({
  name: 'trace',
  about: 'trace-*.json: nodes, pods and events of components, for the Perfetto viewer',
  needs: ['pods', 'events'],
  create(out) {
    const runs = new Map<string, Collected>()
    const of = (run: string): Collected => {
      const known = runs.get(run) ?? { pods: [], events: [] }
      runs.set(run, known)
      return known
    }
    return {
      sink(record, run): RecordSink | undefined {
        const { pods, events } = of(run)
        if (record === 'pods') return { chunk: chunk => collectPods(chunk, pods) }
        return record === 'events' ? { chunk: chunk => collectEvents(chunk, events) } : undefined
      },
      write(results) {
        for (const result of results) writeTrace(out, result, of(result.name))
      },
    }
  },
})

function columnsOf(chunk: RecordChunk): (name: string) => number {
  const { columns } = chunk.definition
  return name => columns.findIndex(column => column.name === name)
}

function collectPods(chunk: RecordChunk, pods: PodSpan[]): void {
  const column = columnsOf(chunk)
  const time = (name: string, row: number): number => chunk.numbers[column(name)][row]
  for (let row = 0; row < chunk.rows; row++) {
    const scheduled = time('scheduled_s', row)
    if (scheduled === NEVER) continue
    const namespace = chunk.text(column('namespace'), row)
    pods.push({
      name: `${namespace}/${chunk.text(column('name'), row)}`,
      node: chunk.text(column('node'), row),
      outcome: chunk.text(column('outcome'), row),
      scheduled,
      running: time('running_s', row),
      ended: Math.min(time('finished_s', row), time('deleted_s', row)),
    })
  }
}

function collectEvents(chunk: RecordChunk, events: Emitted[]): void {
  const column = columnsOf(chunk)
  for (let row = 0; row < chunk.rows; row++) {
    const text = (name: string): string => chunk.text(column(name), row)
    events.push({
      at: chunk.numbers[column('time_s')][row],
      source: text('source'),
      reason: text('reason'),
      object: `${text('object_kind')} ${text('object_namespace')}/${text('object_name')}`,
      message: text('message'),
    })
  }
}

function writeTrace(out: Output, { name, end }: RunResult, { pods, events }: Collected): void {
  const file = out.create(`trace-${name}.json`)
  let isFirst = true
  const put = (event: string): void => {
    file.write(`${isFirst ? '{"traceEvents":[\n' : ',\n'}${event}`)
    isFirst = false
  }
  put(processName(CONTROL_PLANE, 'control plane'))
  writeEvents(events, put)
  const byNode = groupedBy(pods, ({ node }) => node)
  let process = CONTROL_PLANE
  for (const node of [...byNode.keys()].sort()) {
    put(processName(++process, node))
    writeNode(byNode.get(node) ?? [], process, end, put)
  }
  file.write('\n]}\n')
}

function writeEvents(events: readonly Emitted[], put: (event: string) => void): void {
  const tracks = new Map<string, number>()
  for (const { at, source, reason, object, message } of events) {
    let track = tracks.get(source)
    if (track === undefined) {
      track = tracks.size + 1
      tracks.set(source, track)
      put(trackName(CONTROL_PLANE, track, source))
    }
    put(instantEvent(reason, CONTROL_PLANE, track, at, { object, message }))
  }
}

/** Pods in order of their start, each on the first track that is free. */
function writeNode(pods: PodSpan[], process: number, end: number, put: (event: string) => void): void {
  pods.sort((a, b) => a.scheduled - b.scheduled || (a.name < b.name ? -1 : 1))
  const freeFrom: number[] = []
  for (const { name, outcome, scheduled, running, ended } of pods) {
    const to = Math.min(ended, end)
    const found = freeFrom.findIndex(free => free <= scheduled)
    const track = found < 0 ? freeFrom.length : found
    freeFrom[track] = to
    const place = { process, track: track + 1 }
    put(sliceEvent({ ...place, name, from: scheduled, to, details: { outcome } }))
    const startedBy = Math.min(running, to)
    if (startedBy > scheduled)
      put(sliceEvent({ ...place, name: 'starting', from: scheduled, to: startedBy, details: {} }))
    if (running < to) put(sliceEvent({ ...place, name: 'running', from: running, to, details: {} }))
  }
}
