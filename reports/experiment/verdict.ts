/**
 * The answer of an experiment in sentences: one for each judged metric and pair of variants, with its interval and how
 * many pairs agree; no winner where the interval contains zero. Then which variants may be the best, and what was left
 * out.
 */
import {
  type AxisValue,
  type BestOfMetric,
  bestOf,
  compare,
  type ExperimentResults,
  type Shortfall,
  shortfalls,
  type VariantComparison,
} from '../../experiments/index.js'
import { amountText, decimalsFor, metricName, scaleFor } from './metric-words.js'
import { publishedLines } from './series-table-csv.js'

/** One sentence a line. */
export function verdictLines(results: ExperimentResults): readonly string[] {
  const { experiment } = results
  const comparisons = compare(results)
  // Nobody asked for these metrics by name: those without any difference are worth one sentence together.
  const alike = experiment.metrics.length > 0 ? [] : comparisons.filter(({ verdict }) => verdict === 'equal')
  const lines = comparisons
    .filter(comparison => !alike.includes(comparison))
    .map(comparison => comparisonSentence(comparison, results))
  if (alike.length > 0) lines.push(alikeSentence(alike))
  if (experiment.variants.length > 2)
    lines.push(...bestOf(results).flatMap(best => bestSentence(best, results)))
  lines.push(...constantSentence(comparisons))
  const short = shortfalls(results).map(shortfallSentence)
  return [...lines, ...publishedLines(results), ...short, ...incompleteRuns(results)]
}

/** One comparison in one sentence. */
export function comparisonSentence(comparison: VariantComparison, { experiment }: ExperimentResults): string {
  const { metric, variant, baseline, difference, verdict, paired, setting } = comparison
  const { n, mean, low, high } = difference
  const axis = experiment.comparison?.axis ?? ''
  const [one, other] = [variant, baseline].map(({ values }) => variantWord(axis, values[axis]))
  const name = `${metricName(metric)}${settingWords(setting)}`
  if (verdict === 'untold') {
    return `${name}: ${one} and ${other} cannot be told apart by ${n === 1 ? 'one pair' : 'no pair'} of runs.`
  }
  if (verdict === 'equal') return `${name}: ${one} and ${other} are the same in all ${n} pairs.`
  const scale = scaleFor(metric, low, mean, high)
  const decimals = decimalsFor(scale, (high - low) / 2, mean)
  const unit = scale.word
  const amount = (value: number): string => amountText(scale, value, decimals)
  const percent = percentText(experiment.confidence)
  const pairs = paired ? pairsOf(comparison) : `${n} runs of each`
  if (verdict === 'unclear') {
    const interval = `${percent} interval of the difference ${amount(low)} to ${amount(high)}${unit}`
    const why = doubtOf(comparison)
    const split = paired ? `more in ${difference.above} and less in ${difference.below} of ${n} pairs` : pairs
    return `${name}: no difference shown between ${one} and ${other}, ${interval}, ${split}${why}.`
  }
  const judged = metric.better === undefined ? '' : ` (${verdict})`
  const [from, to] = mean > 0 ? [low, high] : [-high, -low]
  const size = `${amount(Math.abs(mean))}${unit} ${mean > 0 ? 'more' : 'less'} than ${other}${judged}`
  return `${name}: ${one} has ${size}, ${percent} interval ${amount(from)} to ${amount(to)}${unit}, ${pairs}.`
}

function alikeSentence(alike: readonly VariantComparison[]): string {
  const names = [...new Set(alike.map(({ metric }) => metricName(metric)))]
  const which = alike.length === names.length ? '' : ', of some variants'
  return `The same in all ${alike[0].difference.n} pairs${which}: ${names.join(', ')}.`
}

/** Intervals of figures that chance has no part in are of no width, which must not be taken for certainty. */
function constantSentence(comparisons: readonly VariantComparison[]): readonly string[] {
  const told = comparisons.filter(({ difference }) => difference.n >= 2)
  const constant = new Set(told.filter(item => item.constant).map(({ metric }) => metric))
  const others = new Set(told.filter(item => !item.constant).map(({ metric }) => metric))
  const names = [...constant].filter(metric => !others.has(metric)).map(metricName)
  if (names.length === 0) return []
  const which = others.size === 0 ? '' : ` of ${names.join(', ')}`
  const meaning = 'nothing random takes part in them, and they say nothing of chance'
  return [`Every repetition gave the same figures${which}: ${meaning}.`]
}

function shortfallSentence({ target, variant, halfWidth }: Shortfall): string {
  const { metric, relative, halfWidth: wanted } = target
  const text = (value: number): string =>
    relative ? percentText(value) : String(Number(value.toPrecision(3)))
  const reached = Number.isNaN(halfWidth) ? 'unknown' : text(halfWidth)
  return `${metric} of ${variant.name} is not as precise as asked for: ± ${reached} instead of ± ${text(wanted)}.`
}

/** Why there is no winner although the interval leaves zero out. */
function doubtOf({ difference: { n, low, high }, leftOut }: VariantComparison): string {
  if (leftOut > 0) return `; ${leftOut} of ${n + leftOut} left out, since their runs did not complete`
  return low > 0 || high < 0 ? ', which several comparisons at once can bring about by chance' : ''
}

function percentText(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}

/** A value of the axis as a noun: a number alone would be read as an amount. */
function variantWord(axis: string, value: AxisValue): string {
  return typeof value === 'number' ? `${axis} ${value}` : String(value)
}

function settingWords(setting: VariantComparison['setting']): string {
  const words = Object.entries(setting).map(([axis, value]) => `${axis} ${String(value)}`)
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

/** How many pairs go the way of the mean. */
function pairsOf({ difference: { n, mean, above, below } }: VariantComparison): string {
  return `${mean > 0 ? above : below} of ${n} pairs`
}

function bestSentence(
  { metric, setting, candidates }: BestOfMetric,
  { experiment }: ExperimentResults,
): readonly string[] {
  const axis = experiment.comparison?.axis
  if (axis === undefined) return []
  const all = experiment.axes.find(({ name }) => name === axis)?.values.length ?? 0
  const name = `${metricName(metric)}${settingWords(setting)}`
  const names = candidates.map(({ values }) => variantWord(axis, values[axis]))
  // Of two the comparison says it all, and more carefully: its interval has two sides.
  if (names.length >= all || all === 2) return []
  const sure = `with ${percentText(experiment.confidence)} confidence`
  if (names.length === 1) return [`${name}: ${names[0]} is the best of ${all}, ${sure}.`]
  return [`${name}: the best of ${all} is among ${names.join(', ')}, ${sure}.`]
}

/** Runs that the figures are not about. */
function incompleteRuns({ rows, missing }: ExperimentResults): readonly string[] {
  const lines: string[] = []
  for (const status of ['failed', 'cut-off', 'unstable'] as const) {
    const found = rows.filter(row => row.status === status)
    if (found.length === 0) continue
    const [first] = found
    const runs = found.length === 1 ? `run ${first.run} is` : `${found.length} runs are`
    lines.push(`Left out: ${runs} ${status}; ${first.key}: ${firstLine(first.reason ?? '')}`)
  }
  if (missing.length > 0) {
    lines.push(
      `Not yet run: ${missing.length} of ${missing.length + rows.length} runs, the first is run ${missing[0].run}.`,
    )
  }
  return lines
}

function firstLine(text: string): string {
  return text.split('\n')[0]
}
