/** Every run with its seed, status, figures and the command that makes it again. */
import { type ExperimentResults, judgedMetrics } from '../../../experiments/index.js'
import { escaped } from '../../svg/markup.js'
import { amountText, decimalsFor, metricName, plainScale, unitWord } from '../metric-words.js'

/** @param directory as the replay command names it */
export function runsTable(results: ExperimentResults, directory: string): string {
  const { experiment, rows } = results
  const metrics = judgedMetrics(results)
  const axes = experiment.axes.map(({ name }) => name)
  const heads = [
    head('run', 'run'),
    ...axes.map(name => head(name, 'text')),
    head('repetition', ''),
    head('seed', 'text'),
    head('status', 'text'),
    ...metrics.map(metric => head(`${metricName(metric)}${unitWord(metric)}`, '')),
    head('replay', 'text'),
  ]
  const body = rows.map(row => {
    const cells = [
      number(row.run, String(row.run)),
      ...axes.map(name => text(String(row.values[name] ?? ''))),
      number(row.repetition, String(row.repetition)),
      text(row.seed),
      text(row.reason === undefined ? row.status : `${row.status}: ${row.reason.split('\n')[0]}`),
      ...metrics.map(metric => {
        const value = row.metrics[metric.name]
        if (value === null || value === undefined) return number(Number.NaN, '')
        const scale = plainScale(metric)
        return number(value, amountText(scale, value, decimalsFor(scale, 0, value)))
      }),
      `<td class="text"><code>kubelapse replay ${escaped(directory)} --run ${row.run}</code></td>`,
    ]
    return `<tr>${cells.join('')}</tr>`
  })
  return [
    '<p><label>Filter <input class="filter" type="search" placeholder="words, such as a variant or a seed"></label>',
    `<span class="shown quiet" role="status">${rows.length} shown</span></p>`,
    '<div class="table" tabindex="0"><table class="runs sortable">',
    `<thead><tr>${heads.join('')}</tr></thead><tbody>`,
    ...body,
    '</tbody></table></div>',
  ].join('\n')
}

function head(name: string, kind: string): string {
  return `<th scope="col"${kind === 'text' ? ' class="text"' : ''}><button>${escaped(name)}</button></th>`
}

function number(value: number, shown: string): string {
  return `<td data-value="${Number.isNaN(value) ? '' : value}">${shown}</td>`
}

function text(value: string): string {
  return `<td class="text">${escaped(value)}</td>`
}
