/**
 * The page of an experiment: one HTML file that opens from disk and needs nothing else. Question and answer first, then
 * what they rest on, down to every run and how to make it again.
 */
import {
  compare,
  type ExperimentResults,
  judgedMetrics,
  samplesOf,
  summarise,
} from '../../../experiments/index.js'
import { escaped } from '../../svg/markup.js'
import { metricName } from '../metric-words.js'
import { verdictLines } from '../verdict.js'
import { bandChart } from './band-chart.js'
import { distributionCharts, seriesCharts } from './curves.js'
import { type DotRow, dotPlot } from './dot-plot.js'
import { heatMap, type NodeLoads } from './heat-map.js'
import { runsTable } from './runs-table.js'
import { SCRIPT } from './script.js'
import { STYLE } from './style.js'

const KEY_OF_BANDS = '<p class="quiet">Lines are means over repetitions, bands hold the middle 80 %.</p>'

export interface PageOptions {
  /** The result directory as commands name it; `.` keeps the page the same wherever it was made. */
  readonly directory: string
  /** Cells of the heat map, when a run was made again for it. */
  readonly loads?: NodeLoads
}

interface Section {
  readonly id: string
  readonly title: string
  readonly content: string
}

/** The whole page. The same results give the same bytes. */
export function experimentPage(results: ExperimentResults, options: PageOptions): string {
  const { experiment } = results
  const sections = [
    { id: 'metrics', title: 'Metrics', content: metricFigures(results) },
    { id: 'time', title: 'Over time', content: seriesFigures(results) },
    { id: 'distributions', title: 'Distributions', content: distributionFigures(results) },
    { id: 'nodes', title: 'Nodes', content: nodesFigure(options.loads) },
    { id: 'runs', title: 'Runs', content: runsTable(results, options.directory) },
  ].filter(({ content }) => content !== '')
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(experiment.name)} - kubelapse</title><style>${STYLE}</style></head><body>`,
    `<header><div><h1>${escaped(experiment.name)}</h1><p>${escaped(experiment.about)}</p></div>`,
    '<button class="theme" type="button" aria-label="light or dark">light / dark</button></header>',
    `<nav><a href="#answer">Answer</a>${sections.map(linkTo).join('')}</nav>`,
    '<main>',
    answer(results),
    ...sections.map(sectionText),
    '</main>',
    provenance(results, options),
    `<script>${SCRIPT}</script></body></html>`,
    '',
  ].join('\n')
}

function linkTo({ id, title }: Section): string {
  return `<a href="#${id}">${title}</a>`
}

function sectionText({ id, title, content }: Section): string {
  return `<section id="${id}"><h2>${title}</h2>\n${content}\n</section>`
}

function answer(results: ExperimentResults): string {
  const { experiment, repetitions, rows } = results
  const lines = verdictLines(results).map(line => `<li>${escaped(line)}</li>`)
  const chance =
    experiment.randomNumbers === 'common'
      ? 'Repetition by repetition all variants saw the same arrivals, loads and failures: differences are of pairs.'
      : 'Each variant had random numbers of its own.'
  const percent = Math.round(experiment.confidence * 1000) / 10
  const sizes = `${experiment.variants.length} variants, ${repetitions} repetitions, ${rows.length} runs`
  return [
    `<section id="answer"><h2>Answer</h2><ul class="answer">${lines.join('\n')}</ul>`,
    `<p class="quiet">${sizes}; intervals are of ${percent} %, over repetitions. ${chance}</p></section>`,
  ].join('\n')
}

function metricFigures(results: ExperimentResults): string {
  const { experiment } = results
  const summaries = summarise(results)
  const comparisons = compare(results)
  const figures = judgedMetrics(results).map(metric => {
    const samples = samplesOf(results, metric.name)
    const rows = experiment.variants.flatMap((variant): DotRow[] => {
      const summary = summaries.find(item => item.metric.name === metric.name && item.variant === variant)
      if (summary === undefined) return []
      const comparison = comparisons.find(
        item => item.metric.name === metric.name && item.variant === variant,
      )
      const values = samples[variant.index]
      return [comparison === undefined ? { summary, values } : { summary, values, comparison }]
    })
    const name = metricName(metric)
    const baseline = String(experiment.comparison?.baseline ?? 'the baseline')
    const better =
      metric.better === undefined ? '' : ` ${metric.better === 'lower' ? 'Lower' : 'Higher'} is better.`
    const caption = `<figcaption>${escaped(metric.about)}${better}</figcaption>`
    return `<figure><h3>${escaped(name)}</h3>${dotPlot(metric, rows, baseline)}${caption}</figure>`
  })
  if (figures.length === 0) return ''
  const key =
    '<p class="quiet">Small dots are runs, large ones means with their intervals. On the right a diamond is a ' +
    'difference shown to be there, an open circle one that chance alone can explain.</p>'
  return [key, ...figures].join('\n')
}

function seriesFigures(results: ExperimentResults): string {
  const charts = seriesCharts(results).map(chart => `<figure>${bandChart(chart)}</figure>`)
  return charts.length === 0 ? '' : [KEY_OF_BANDS, ...charts].join('\n')
}

function distributionFigures(results: ExperimentResults): string {
  return distributionCharts(results)
    .map(chart => `<figure>${bandChart(chart)}</figure>`)
    .join('\n')
}

function nodesFigure(loads: NodeLoads | undefined): string {
  if (loads === undefined) return ''
  const caption = `Share of each node's cpu that its pods requested, darker is more; ${escaped(loads.run)}.`
  return `<figure>${heatMap(loads)}<figcaption>${caption}</figcaption></figure>`
}

function provenance({ plan, rows, experiment }: ExperimentResults, { directory }: PageOptions): string {
  const inputs = plan.inputs.map(
    ({ file, sha256 }) => `<li>${escaped(file)} <code>sha256 ${sha256}</code></li>`,
  )
  const node = rows[0] === undefined ? '' : `, Node ${escaped(rows[0].node)}`
  return [
    `<footer><p>kubelapse ${escaped(plan.kubelapse)}${node}; seed ${escaped(experiment.seed)}; `,
    `plan <code>${escaped(plan.identity)}</code>. Any run again, from the directory of this page: `,
    `<code>kubelapse replay ${escaped(directory)} `,
    `--run N</code>.</p><ul>${inputs.join('\n')}</ul></footer>`,
  ].join('\n')
}
