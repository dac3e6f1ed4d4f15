import { scaleLinear } from 'd3-scale'
import { curveStepAfter, line } from 'd3-shape'
import { escaped, rounded } from './markup.js'
import { valueAxis } from './value-axis.js'

/** One line of a chart: points in order of x. */
export interface Line {
  readonly label: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LineChart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly lines: readonly Line[]
}

/** Okabe and Ito's colours, told apart also by the colour-blind. */
export const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const
export const WIDTH = 760
export const HEIGHT = 300
export const MARGIN = { top: 40, right: 150, bottom: 44, left: 64 }

/** A chart of step lines as one SVG document, the same bytes for the same data. */
export function lineChart({ title, xLabel, yLabel, lines }: LineChart): string {
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x))
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y))
  const right = WIDTH - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const x = scaleLinear([smallest(xs), largest(xs)], [MARGIN.left, right])
  const y = valueAxis(ys, [bottom, MARGIN.top])
  const draw = line<readonly [number, number]>(
    ([at]) => rounded(x(at)),
    ([, value]) => rounded(y(value)),
  ).curve(curveStepAfter)
  const paths = lines.map(
    ({ points }, i) =>
      `<path d="${draw(points) ?? ''}" fill="none" stroke="${colour(i)}" stroke-width="1.5"/>`,
  )
  const legend = lines.map(({ label }, i) => {
    const top = MARGIN.top + 8 + i * 20
    const text = `<text x="${right + 38}" y="${top + 4}">${escaped(label)}</text>`
    return `<path d="M${right + 12} ${top}h20" stroke="${colour(i)}" stroke-width="3"/>${text}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif"`,
    ` font-size="12" fill="#333"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...y.ticks(5).map(tick => horizontalGrid(rounded(y(tick)), right, y.tickFormat(5)(tick))),
    ...x.ticks(8).map(tick => {
      return `<text x="${rounded(x(tick))}" y="${bottom + 18}" text-anchor="middle">${x.tickFormat(8)(tick)}</text>`
    }),
    `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(16 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">`,
    `${escaped(yLabel)}</text>`,
    ...paths,
    ...legend,
    '</svg>\n',
  ].join('\n')
}

export function horizontalGrid(at: number, right: number, label: string): string {
  const grid = `<path d="M${MARGIN.left} ${at}H${right}" stroke="#ddd"/>`
  return `${grid}<text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${label}</text>`
}

function colour(i: number): string {
  return COLOURS[i % COLOURS.length]
}

function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
