/** `*.svg`: the course of the runs, a chart a figure and a line a run. Needs the time series. */
import type { RecordChunk, RecordName, RecordSink } from '../../engine/index.js'
import { SECOND } from '../../engine/index.js'
import { defineReport } from '../report.js'
import { type Line, lineChart } from './line-chart.js'
import { timeUnitFor } from './time-unit.js'

/** Columns of the time series that are drawn when a run has them, with what the axis says. */
function charted(column: string): string | undefined {
  if (column === 'pods_unscheduled') return 'pods without a node'
  if (column === 'nodes_in_use') return 'nodes in use'
  const resource = /^allocation_(.+)_share$/.exec(column)?.[1]
  return resource === undefined ? undefined : `share of ${resource} allocated`
}

type Series = Map<string, Map<string, [number, number][]>>

export const charts = defineReport({
  name: 'charts',
  about: '*.svg: allocation, nodes in use and waiting pods over time, a line a run',
  needs: ['time-series'],
  create(out) {
    const series: Series = new Map()
    return {
      sink(record: RecordName, run: string): RecordSink | undefined {
        return record === 'time-series' ? { chunk: chunk => collect(series, run, chunk) } : undefined
      },
      write() {
        for (const [column, runs] of series) {
          const yLabel = charted(column) ?? column
          const longest = Math.max(...[...runs.values()].map(points => points.at(-1)?.[0] ?? 0))
          const { seconds, word } = timeUnitFor(longest)
          const lines = [...runs].map(
            ([label, points]): Line => ({
              label,
              points: points.map(([time, value]) => [time / seconds, value]),
            }),
          )
          const title = yLabel.charAt(0).toUpperCase() + yLabel.slice(1)
          out
            .create(`${column}.svg`)
            .write(lineChart({ title, xLabel: `virtual time in ${word}`, yLabel, lines }))
        }
      },
    }
  },
})

/** Takes over the drawn columns of a chunk; points between equal ones on both sides are left out. */
function collect(series: Series, run: string, chunk: RecordChunk): void {
  const { columns } = chunk.definition
  const times = chunk.numbers[columns.findIndex(({ name }) => name === 'time_s')]
  for (const [i, { name }] of columns.entries()) {
    if (charted(name) === undefined) continue
    const runs = series.get(name) ?? new Map<string, [number, number][]>()
    series.set(name, runs)
    const points = runs.get(run) ?? []
    runs.set(run, points)
    for (let row = 0; row < chunk.rows; row++) {
      const point: [number, number] = [times[row] / SECOND, chunk.numbers[i][row]]
      const last = points.length - 1
      if (last > 0 && points[last][1] === point[1] && points[last - 1][1] === point[1]) points[last] = point
      else points.push(point)
    }
  }
}
