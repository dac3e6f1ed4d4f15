import test from 'ava'
import { SECOND } from '../../engine/kernel/time.js'
import { simulate } from '../../engine/simulation.js'
import { perfetto } from '../../reports/trace/perfetto.js'
import { arrivals, model } from '../support/model.js'

interface TraceEvent {
  readonly ph: string
  readonly name: string
  readonly pid: number
  readonly tid?: number
  readonly ts?: number
  readonly dur?: number
}

test('a trace has a process a node, and slices of one track nest or follow one another', t => {
  let text = ''
  const writer = perfetto.create({ create: () => ({ write: part => (text += part) }) })
  const scenario = model({ nodes: 2, traces: [arrivals(20, 2 * SECOND, 7 * SECOND)], until: 120 * SECOND })
  const result = simulate(scenario, {
    records: perfetto.needs,
    sink: record => writer.sink?.(record, scenario.name),
  })
  writer.write([result])
  const { traceEvents } = JSON.parse(text) as { traceEvents: readonly TraceEvent[] }
  const processes = traceEvents.filter(({ name }) => name === 'process_name')
  t.is(processes.length, 3, 'the control plane and two nodes')
  const slices = traceEvents.filter(({ ph }) => ph === 'X')
  t.is(slices.filter(({ name }) => name.startsWith('default/')).length, 20)
  const open = new Map<string, number[]>()
  for (const { pid, tid, ts = 0, dur = 0 } of slices.toSorted((a, b) => a.ts! - b.ts! || b.dur! - a.dur!)) {
    const ends = (open.get(`${pid} ${tid}`) ?? []).filter(end => end > ts)
    t.true(
      ends.every(end => ts + dur <= end),
      'a slice that begins in another ends in it',
    )
    open.set(`${pid} ${tid}`, [...ends, ts + dur])
  }
  t.true(traceEvents.some(({ ph, name }) => ph === 'i' && name === 'Scheduled'))
})
