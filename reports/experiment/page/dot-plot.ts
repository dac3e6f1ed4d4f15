/**
 * One metric of an experiment: for each variant its repetitions as dots with the mean and its interval, and beside it
 * the paired difference to the baseline with its interval. What is sure is told by shape as well as by colour.
 */
import { scaleLinear } from 'd3-scale'
import type { MetricDefinition } from '../../../engine/index.js'
import type { VariantComparison, VariantSummary } from '../../../experiments/index.js'
import { escaped, rounded } from '../../svg/markup.js'
import { metricName, scaleFor } from '../metric-words.js'

export interface DotRow {
  readonly summary: VariantSummary
  /** One value a repetition, NaN where there is none. */
  readonly values: readonly number[]
  /** Absent for the baseline. */
  readonly comparison?: VariantComparison
}

const ROW_HEIGHT = 26
const TOP = 34
const LABEL_WIDTH = 190
const PANEL_WIDTH = 400
const GAP = 36
const WIDTH = LABEL_WIDTH + 2 * PANEL_WIDTH + GAP + 20

/** @param baseline what differences are differences to */
export function dotPlot(metric: MetricDefinition, rows: readonly DotRow[], baseline: string): string {
  const height = TOP + rows.length * ROW_HEIGHT + 30
  const [values, differences] = [rows.flatMap(valuesOf), rows.flatMap(differencesOf)]
  const [scale, scaleOfDifferences] = [values, differences].map(amounts =>
    scaleFor(metric, ...amounts.filter(Number.isFinite)),
  )
  const left = panel(LABEL_WIDTH, values, scale.factor, false)
  const right = panel(LABEL_WIDTH + PANEL_WIDTH + GAP, differences, scaleOfDifferences.factor, true)
  const titles = [
    `${metricName(metric)}${inUnit(metric.unit === 'share' ? ' %' : scale.word)}`,
    `difference to ${baseline}${inUnit(scaleOfDifferences.word)}`,
  ]
  const bottom = height - 26
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(titles.join('; '))}">`,
    `<text x="${LABEL_WIDTH}" y="16" class="head">${escaped(titles[0])}</text>`,
    `<text x="${LABEL_WIDTH + PANEL_WIDTH + GAP}" y="16" class="head">${escaped(titles[1])}</text>`,
    ...left.axis(bottom),
    ...right.axis(bottom),
    ...rows.flatMap((row, i) => rowMarks(row, TOP + i * ROW_HEIGHT + ROW_HEIGHT / 2, left, right)),
    '</svg>',
  ].join('\n')
}

function inUnit(word: string): string {
  return word === '' ? '' : `, in${word}`
}

interface Panel {
  readonly x: (value: number) => number
  axis(bottom: number): readonly string[]
}

function panel(from: number, values: readonly number[], factor: number, withZero: boolean): Panel {
  const finite = values.filter(value => Number.isFinite(value)).map(value => value * factor)
  if (withZero) finite.push(0)
  const least = finite.reduce((a, b) => Math.min(a, b), Infinity)
  const most = finite.reduce((a, b) => Math.max(a, b), -Infinity)
  const spread = most > least ? (most - least) * 0.06 : Math.max(Math.abs(most), 1) * 0.1
  const domain = Number.isFinite(least) ? [least - spread, most + spread] : [0, 1]
  const scale = scaleLinear(domain, [from, from + PANEL_WIDTH])
  const x = (value: number): number => rounded(scale(value * factor))
  return {
    x,
    axis: bottom => [
      ...ticksOf(scale).map(tick => {
        const at = rounded(scale(tick))
        const grid = `<path d="M${at} ${TOP - 8}V${bottom}" class="${withZero && tick === 0 ? 'zero' : 'grid'}"/>`
        return `${grid}<text x="${at}" y="${bottom + 16}" text-anchor="middle">${scale.tickFormat(5)(tick)}</text>`
      }),
    ],
  }
}

/** Fewer where labels are long, so that they do not run into one another. */
function ticksOf(scale: ReturnType<typeof scaleLinear<number>>): readonly number[] {
  const format = scale.tickFormat(5)
  const longest = Math.max(...scale.ticks(5).map(tick => format(tick).length))
  const count = longest <= 5 ? 5 : 3
  const ticks = scale.ticks(count)
  return longest <= 8 ? ticks : ticks.filter((_, i) => i % Math.ceil(ticks.length / 3) === 0)
}

function valuesOf({ summary, values }: DotRow): readonly number[] {
  return [...values, summary.low, summary.high, summary.mean]
}

function differencesOf({ comparison }: DotRow): readonly number[] {
  if (comparison === undefined) return []
  const { low, high, mean } = comparison.difference
  return [low, high, mean]
}

function rowMarks({ summary, values, comparison }: DotRow, y: number, left: Panel, right: Panel): string[] {
  const name = escaped(summary.variant.name)
  const marks = [`<text x="${LABEL_WIDTH - 10}" y="${y + 4}" text-anchor="end">${name}</text>`]
  for (const value of values)
    if (Number.isFinite(value)) marks.push(`<circle cx="${left.x(value)}" cy="${y}" r="2.5" class="run"/>`)
  marks.push(...interval(summary, y, left, 'mean'))
  if (comparison === undefined) {
    const x = right.x(0)
    const [at, anchor] = x > WIDTH - 90 ? [x - 6, 'end'] : [x + 6, 'start']
    marks.push(`<text x="${at}" y="${y + 4}" text-anchor="${anchor}" class="quiet">baseline</text>`)
  } else marks.push(...interval(comparison.difference, y, right, comparison.verdict))
  return marks
}

function interval(
  { mean, low, high }: { readonly mean: number; readonly low: number; readonly high: number },
  y: number,
  { x }: Panel,
  kind: string,
): string[] {
  if (!Number.isFinite(mean)) return []
  const marks: string[] = []
  if (Number.isFinite(low) && Number.isFinite(high))
    marks.push(`<path d="M${x(low)} ${y}H${x(high)}" class="interval ${kind}"/>`)
  const at = x(mean)
  // A diamond is sure of its direction, an empty circle is not.
  const isSure = ['better', 'worse', 'more', 'less'].includes(kind)
  if (isSure) marks.push(`<path d="M${at} ${y - 6}l6 6l-6 6l-6 -6z" class="mark ${kind}"/>`)
  else marks.push(`<circle cx="${at}" cy="${y}" r="4.5" class="mark ${kind}"/>`)
  return marks
}
