/** `summary.csv`: one row a metric and variant, with mean, standard deviation, intervals and number of runs. */
import { type ExperimentResults, summarise } from '../../experiments/index.js'
import { numberCell, textCell } from '../csv/csv-cells.js'
import { axisCells, axisColumns } from './axis-cells.js'

export function summaryCsvText(results: ExperimentResults): string {
  const { experiment } = results
  const header = [
    'variant',
    ...axisColumns(experiment),
    'metric',
    'unit',
    'n',
    'left_out',
    'mean',
    'sd',
    'confidence',
    'low',
    'high',
    'method',
    'median',
    'median_low',
    'median_high',
    'min',
    'max',
  ]
  const lines = summarise(results)
    .filter(({ n }) => n > 0)
    .map(summary =>
      [
        textCell(summary.variant.name),
        ...axisCells(experiment, summary.variant.values),
        summary.metric.name,
        summary.metric.unit,
        summary.n,
        summary.left,
        numberCell(summary.mean),
        numberCell(summary.sd),
        experiment.confidence,
        numberCell(summary.low),
        numberCell(summary.high),
        summary.method,
        ...[summary.median, summary.medianLow, summary.medianHigh, summary.min, summary.max].map(numberCell),
      ].join(','),
    )
  return `${[header.join(','), ...lines].join('\n')}\n`
}
