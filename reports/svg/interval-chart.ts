/** Means with their intervals against one quantity, as one SVG document; texts on the x axis stand evenly apart. */
import { scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'
import { COLOURS, HEIGHT, horizontalGrid, MARGIN, WIDTH } from './line-chart.js'
import { escaped, rounded } from './markup.js'
import { valueAxis } from './value-axis.js'

export interface IntervalPoint {
  readonly x: string | number | boolean
  readonly mean: number
  /** NaN: no interval is known. */
  readonly low: number
  readonly high: number
}

export interface IntervalChart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly points: readonly IntervalPoint[]
}

export function intervalChart({ title, xLabel, yLabel, points }: IntervalChart): string {
  const [right, bottom] = [WIDTH - MARGIN.top, HEIGHT - MARGIN.bottom]
  const isNumeric = points.every(({ x }) => typeof x === 'number')
  const places = points.map(({ x }, i) => (isNumeric ? Number(x) : i))
  const ys = points
    .flatMap(({ mean, low, high }) => [mean, low, high])
    .filter(value => Number.isFinite(value))
  const padding = isNumeric ? 0 : 0.5
  const x = scaleLinear(
    [Math.min(...places) - padding, Math.max(...places) + padding],
    [MARGIN.left + 10, right - 10],
  )
  const y = valueAxis(ys, [bottom, MARGIN.top])
  const at = points.map(({ mean, low, high }, i) => ({
    x: rounded(x(places[i])),
    mean: rounded(y(mean)),
    low: rounded(y(Number.isFinite(low) ? low : mean)),
    high: rounded(y(Number.isFinite(high) ? high : mean)),
  }))
  const [colour] = COLOURS
  const band = area<(typeof at)[number]>(
    point => point.x,
    point => point.low,
    point => point.high,
  )(at)
  const course = line<(typeof at)[number]>(
    point => point.x,
    point => point.mean,
  )(at)
  const lines = isNumeric
    ? [
        `<path d="${band ?? ''}" fill="${colour}" fill-opacity="0.15"/>`,
        `<path d="${course ?? ''}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
      ]
    : []
  const dots = at.map(
    point =>
      `<path d="M${point.x} ${point.low}V${point.high}" stroke="${colour}" stroke-width="2"/>` +
      `<circle cx="${point.x}" cy="${point.mean}" r="3.5" fill="${colour}"/>`,
  )
  const labels = isNumeric
    ? x.ticks(8).map((tick): [number, string] => [x(tick), x.tickFormat(8)(tick)])
    : points.map((point, i): [number, string] => [x(i), String(point.x)])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif"`,
    ` font-size="12" fill="#333"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...y.ticks(5).map(tick => horizontalGrid(rounded(y(tick)), right, y.tickFormat(5)(tick))),
    ...labels.map(
      ([place, label]) =>
        `<text x="${rounded(place)}" y="${bottom + 18}" text-anchor="middle">${escaped(label)}</text>`,
    ),
    `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(16 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">`,
    `${escaped(yLabel)}</text>`,
    ...lines,
    ...dots,
    '</svg>\n',
  ].join('\n')
}
