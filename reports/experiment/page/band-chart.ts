/** Lines with bands: the mean of each variant's repetitions, and the middle 80 % of them. */
import { scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'
import { escaped, rounded } from '../../svg/markup.js'
import { valueAxis } from '../../svg/value-axis.js'

export interface Band {
  readonly label: string
  readonly points: readonly {
    readonly x: number
    readonly low: number
    readonly mean: number
    readonly high: number
  }[]
}

export interface BandChart {
  readonly title: string
  readonly xLabel: string
  readonly bands: readonly Band[]
}

/** Variants beyond this share one dash pattern and colour with an earlier one. */
const COLOURS = 7
const WIDTH = 900
const HEIGHT = 300
const MARGIN = { top: 28, right: 250, bottom: 44, left: 64 }

export function bandChart({ title, xLabel, bands }: BandChart): string {
  const points = bands.flatMap(band => band.points)
  const right = WIDTH - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const xs = points.map(({ x }) => x)
  const x = scaleLinear([least(xs), most(xs)], [MARGIN.left, right])
  const y = valueAxis(
    points.flatMap(({ low, high }) => [low, high]),
    [bottom, MARGIN.top],
  )
  const shape = area<Band['points'][number]>()
    .x(point => rounded(x(point.x)))
    .y0(point => rounded(y(point.low)))
    .y1(point => rounded(y(point.high)))
  const course = line<Band['points'][number]>()
    .x(point => rounded(x(point.x)))
    .y(point => rounded(y(point.mean)))
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<text x="${MARGIN.left}" y="16" class="head">${escaped(title)}</text>`,
    ...y.ticks(5).map(tick => {
      const at = rounded(y(tick))
      const label = `<text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${y.tickFormat(5)(tick)}</text>`
      return `<path d="M${MARGIN.left} ${at}H${right}" class="grid"/>${label}`
    }),
    ...x.ticks(8).map(tick => {
      return `<text x="${rounded(x(tick))}" y="${bottom + 18}" text-anchor="middle">${x.tickFormat(8)(tick)}</text>`
    }),
    `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(xLabel)}</text>`,
    ...bands.map((band, i) => `<path d="${shape(band.points) ?? ''}" class="band c${i % COLOURS}"/>`),
    ...bands.map((band, i) => `<path d="${course(band.points) ?? ''}" class="line ${look(i)}"/>`),
    ...bands.map(({ label }, i) => legendEntry(label, i, right)),
    '</svg>',
  ].join('\n')
}

function legendEntry(label: string, i: number, right: number): string {
  const at = MARGIN.top + 8 + i * 18
  const text = `<text x="${right + 44}" y="${at + 4}">${escaped(label)}</text>`
  return `<path d="M${right + 12} ${at}h26" class="line ${look(i)}"/>${text}`
}

/** Colour and dashes: the second seven lines are dashed. */
function look(i: number): string {
  return `c${i % COLOURS}${i % (2 * COLOURS) >= COLOURS ? ' dashed' : ''}`
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity)
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity)
}
