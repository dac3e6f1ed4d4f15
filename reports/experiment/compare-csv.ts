/** `compare.csv`: one row a metric and pair of variants, with the interval of their difference and the verdict. */
import { compare, type ExperimentResults } from '../../experiments/index.js'
import { numberCell, textCell } from '../csv/csv-cells.js'
import { axisCells, axisColumns } from './axis-cells.js'

export function compareCsvText(results: ExperimentResults): string {
  const { experiment } = results
  const header = [
    'metric',
    'unit',
    'better',
    'variant',
    'baseline',
    ...axisColumns(experiment),
    'method',
    'n',
    'left_out',
    'difference',
    'sd',
    'confidence',
    'low',
    'high',
    'p',
    'p_holm',
    'pairs_above',
    'pairs_below',
    'pairs_equal',
    'verdict',
  ]
  const lines = compare(results).map(
    ({ metric, variant, baseline, paired, difference, leftOut, correctedP, verdict }) =>
      [
        metric.name,
        metric.unit,
        metric.better ?? '',
        textCell(variant.name),
        textCell(baseline.name),
        ...axisCells(experiment, variant.values),
        paired ? 'paired' : 'welch',
        difference.n,
        leftOut,
        numberCell(difference.mean),
        numberCell(difference.sd),
        experiment.confidence,
        ...[difference.low, difference.high, difference.p, correctedP].map(numberCell),
        ...(paired ? [difference.above, difference.below, difference.equal] : ['', '', '']),
        verdict,
      ].join(','),
  )
  return `${[header.join(','), ...lines].join('\n')}\n`
}
