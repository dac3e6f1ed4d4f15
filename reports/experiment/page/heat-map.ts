/** Nodes by time: how much of each node's cpu was requested, a cell a node and span of time. */
import { scaleLinear } from 'd3-scale'
import { escaped } from '../../svg/markup.js'
import { timeUnitFor } from '../../svg/time-unit.js'

export interface NodeLoads {
  /** What run the cells are of. */
  readonly run: string
  readonly nodes: readonly string[]
  /** Length of the run, seconds. */
  readonly duration: number
  /** Shares by node and span of time, 0 to 1; NaN while the node was not there. */
  readonly shares: readonly (readonly number[])[]
}

/** Rows drawn at most: further nodes are averaged in groups of equal size. */
const MOST_ROWS = 150
const WIDTH = 900
const LEFT = 150
const TOP = 10
/** Room for half of the last figure of the axis. */
const MARGIN = 20

export function heatMap({ nodes, shares, duration }: NodeLoads): string {
  const grouped = inGroups(nodes, shares)
  const rowHeight = grouped.length <= 30 ? 14 : grouped.length <= 75 ? 7 : 4
  const spans = shares[0]?.length ?? 0
  const cellWidth = (WIDTH - LEFT - MARGIN) / Math.max(spans, 1)
  const height = TOP + grouped.length * rowHeight + 42
  const labelEvery = Math.ceil(12 / rowHeight)
  const rows = grouped.flatMap(({ label, values }, i) => {
    const y = TOP + i * rowHeight
    const text =
      i % labelEvery === 0
        ? [`<text x="${LEFT - 8}" y="${y + 10}" text-anchor="end" class="small">${escaped(label)}</text>`]
        : []
    return [...text, ...runsOfEqual(values).map(run => cell(run, y, rowHeight, cellWidth))]
  })
  const { seconds, word } = timeUnitFor(duration)
  const scale = scaleLinear([0, duration / seconds], [LEFT, WIDTH - MARGIN])
  const format = scale.tickFormat(6)
  const ticks = scale.ticks(6).map(tick => {
    const at = scale(tick).toFixed(1)
    return `<text x="${at}" y="${height - 20}" text-anchor="middle">${format(tick)}</text>`
  })
  const axis = `virtual time in ${word}`
  ticks.push(`<text x="${(LEFT + WIDTH - MARGIN) / 2}" y="${height - 4}" text-anchor="middle">${axis}</text>`)
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="cpu requested by node and time">`,
    ...rows,
    ...ticks,
    '</svg>',
  ].join('\n')
}

interface Group {
  readonly label: string
  readonly values: readonly number[]
}

function inGroups(nodes: readonly string[], shares: NodeLoads['shares']): readonly Group[] {
  const size = Math.ceil(nodes.length / MOST_ROWS)
  const groups: Group[] = []
  for (let first = 0; first < nodes.length; first += size) {
    const members = shares.slice(first, first + size)
    const label = size === 1 ? nodes[first] : `${nodes[first]} ... (${members.length})`
    const spans = members[0]?.length ?? 0
    const values = Array.from({ length: spans }, (_, span) => meanOf(members.map(row => row[span])))
    groups.push({ label, values })
  }
  return groups
}

function meanOf(values: readonly number[]): number {
  const known = values.filter(value => !Number.isNaN(value))
  return known.length === 0 ? Number.NaN : known.reduce((a, b) => a + b, 0) / known.length
}

interface Run {
  readonly from: number
  readonly length: number
  /** In steps of a twentieth; -1: not there. */
  readonly level: number
}

/** Neighbours of one shade become one rectangle: far less markup. */
function runsOfEqual(values: readonly number[]): Run[] {
  const runs: Run[] = []
  for (const [i, value] of values.entries()) {
    const level = Number.isNaN(value) ? -1 : Math.round(Math.min(value, 1) * 20)
    const last = runs.at(-1)
    if (last !== undefined && last.level === level)
      runs[runs.length - 1] = { ...last, length: last.length + 1 }
    else runs.push({ from: i, length: 1, level })
  }
  return runs
}

function cell({ from, length, level }: Run, y: number, height: number, width: number): string {
  const x = (LEFT + from * width).toFixed(1)
  const paint = level < 0 ? 'class="absent"' : `class="heat" style="--share:${level * 5}%"`
  return `<rect x="${x}" y="${y}" width="${(length * width).toFixed(1)}" height="${height - 0.5}" ${paint}/>`
}
