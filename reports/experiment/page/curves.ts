/** Curves of each variant out of what its repetitions keep: means with the middle 80 %. */
import type { ExperimentResults, RunRow } from '../../../experiments/index.js'
import { timeUnitFor } from '../../svg/time-unit.js'
import type { Band, BandChart } from './band-chart.js'

const LOW = 0.1
const HIGH = 0.9
/** Points of a time series after all repetitions were put on one axis. */
const POINTS = 160

/** One chart for every column of every series that the experiment keeps. */
export function seriesCharts(results: ExperimentResults): readonly BandChart[] {
  const rows = complete(results)
  const first = rows[0]?.series ?? []
  return first.flatMap(({ record, x, columns }, index) => {
    const isTime = x === 'time_s'
    const unit = timeUnitFor(Math.max(...rows.map(({ series }) => series.at(index)?.points.at(-1) ?? 0)))
    return Object.keys(columns).map((column): BandChart => {
      const title = `${column.replaceAll('_', ' ')} (${record})`
      const bands = byVariant(results, rows).map(({ label, members }) => {
        const curves = members.flatMap(({ series }) => {
          const kept = series.at(index)
          if (kept === undefined) return []
          return [pairsOf(kept.points, kept.columns[column] ?? [], isTime ? unit.seconds : 1)]
        })
        return { label, points: banded(curves) }
      })
      return { title, xLabel: isTime ? `virtual time in ${unit.word}` : x, bands }
    })
  })
}

/** One chart for every distribution: share of rows at or below a value. */
export function distributionCharts(results: ExperimentResults): readonly BandChart[] {
  const rows = complete(results)
  const first = rows[0]?.distributions ?? []
  return first.map(({ record, column }, index) => {
    const bands = byVariant(results, rows).map(({ label, members }): Band => {
      const quantiles = members.map(({ distributions }) => distributions[index]?.quantiles ?? [])
      const known = quantiles.filter(values => values.length > 0)
      const count = known[0]?.length ?? 0
      const points = Array.from({ length: count }, (_, i) => {
        const values = known.map(list => list[i]).sort((a, b) => a - b)
        const share = (100 * i) / Math.max(count - 1, 1)
        return { x: share, low: at(values, LOW), mean: meanOf(values), high: at(values, HIGH) }
      })
      return { label, points }
    })
    return { title: `${column} (${record}), by percentile`, xLabel: 'percent of rows at or below', bands }
  })
}

function complete({ rows }: ExperimentResults): readonly RunRow[] {
  return rows.filter(({ status }) => status === 'completed')
}

function byVariant({ experiment }: ExperimentResults, rows: readonly RunRow[]) {
  const { variants } = experiment
  return variants.map(({ name }, index) => ({
    label: name,
    members: rows.filter(({ run }) => (run - 1) % variants.length === index),
  }))
}

type Pair = readonly [x: number, y: number]

function pairsOf(
  xs: readonly (number | null)[],
  ys: readonly (number | null)[],
  divisor: number,
): readonly Pair[] {
  return xs.flatMap((x, i): Pair[] => {
    const y = ys[i]
    return x === null || y === null || y === undefined ? [] : [[x / divisor, y]]
  })
}

/** Repetitions end at different times: the band goes as far as the shortest of them. */
function banded(curves: readonly (readonly Pair[])[]): Band['points'] {
  const known = curves.filter(curve => curve.length > 0)
  if (known.length === 0) return []
  const from = Math.max(...known.map(curve => curve[0][0]))
  const to = Math.min(...known.map(curve => (curve.at(-1) as Pair)[0]))
  const cursors = known.map(() => 0)
  return Array.from({ length: POINTS }, (_, i) => {
    const x = from + ((to - from) * i) / (POINTS - 1)
    const values = known.map((curve, k) => {
      while (cursors[k] + 1 < curve.length && curve[cursors[k] + 1][0] <= x) cursors[k]++
      return curve[cursors[k]][1]
    })
    values.sort((a, b) => a - b)
    return { x, low: at(values, LOW), mean: meanOf(values), high: at(values, HIGH) }
  })
}

/** A quantile of sorted values, on the lines between them. */
function at(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (position - below) * (sorted[above] - sorted[below])
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
