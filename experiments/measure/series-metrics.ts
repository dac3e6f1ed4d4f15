/** Single values of a series as metrics of the run: what a column says where `x` has a certain value. */
import type { MetricDefinition, RecordDefinition } from '../../engine/index.js'
import type { SeriesChoice } from '../experiment.js'

/** Percent become shares, which verdicts tell in points. */
const PERCENT = /_pct$/

/** Metrics that the values of `at` add to those of the summary. */
export function seriesMetrics(
  choices: readonly SeriesChoice[],
  records: readonly RecordDefinition[],
): readonly MetricDefinition[] {
  return choices.flatMap(({ record, x, columns, at, better }) => {
    const known = records.find(({ name }) => name === record)?.columns ?? []
    const where = x.replace(/_(s|pct|share)$/, '').replaceAll('_', ' ')
    return at.flatMap(value =>
      columns.map((column): MetricDefinition => {
        const about = known.find(({ name }) => name === column)?.about ?? ''
        return {
          name: seriesMetricName(column, value),
          unit: unitOf(column),
          label: `${column.replace(/_(s|pct|share)$/, '').replaceAll('_', ' ')} at ${where} ${value}`,
          about: `${about.replace(/\.$/, '')}, where ${x} is ${value}.`,
          ...(better === undefined ? {} : { better }),
        }
      }),
    )
  })
}

/** `unalloc_pct` at 100 is `unalloc_at_100_share`: units stand last. */
export function seriesMetricName(column: string, at: number): string {
  const place = String(at).replace('-', 'minus_').replace('.', '_')
  const [, stem, unit = ''] = /^(.*?)(_pct|_share|_s)?$/.exec(column) ?? ['', column]
  return `${stem}_at_${place}${unit === '_pct' ? '_share' : unit}`
}

/** The value of a metric as it is kept: percent as parts of 1. */
export function seriesFigure(column: string, value: number): number {
  return PERCENT.test(column) ? value / 100 : value
}

function unitOf(column: string): MetricDefinition['unit'] {
  if (/_(pct|share)$/.test(column)) return 'share'
  return column.endsWith('_s') ? 'seconds' : 'count'
}
